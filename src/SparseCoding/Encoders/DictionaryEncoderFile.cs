using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>The library's own files of encoders whose state is a dictionary.</summary>
internal static class DictionaryEncoderFile
{
    /// <summary>Writes options, dictionary and record atomically.</summary>
    public static void Save<T>(string path, string kind, T options, JsonTypeInfo<T> type, AtomDictionary dictionary, TrainingRecord? record = null, Action<Dictionary<string, string>>? more = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var metadata = new Dictionary<string, string>
        {
            ["options"] = EncoderJson.Write(options, type),
            ["atoms"] = dictionary.AtomCount.ToString(CultureInfo.InvariantCulture),
            ["dimension"] = dictionary.Dimension.ToString(CultureInfo.InvariantCulture),
        };
        more?.Invoke(metadata);
        RecordFile.Write(metadata, record);
        StateFile.Write(path, kind, metadata, [.. NetworkFile.DictionaryTensors(dictionary)]);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static (T Options, AtomDictionary Dictionary, TrainingRecord? Record, string? Learning) Load<T>(string path, string kind, JsonTypeInfo<T> type)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, kind);
        T options = EncoderJson.Read(file.Text("options"), type, path);
        AtomDictionary dictionary = NetworkFile.ReadDictionary(file, file.Count("atoms"), file.Count("dimension"));
        return (options, dictionary, RecordFile.Read(file), file.OptionalText("learning"));
    }
}
