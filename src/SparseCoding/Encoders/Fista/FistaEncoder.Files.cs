using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class FistaEncoder
{
    private const string Kind = "fista";

    /// <summary>Writes options and dictionary as safetensors, atomically; readable from Python as decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="InvalidOperationException">There is no dictionary yet.</exception>
    public void Save(string path) => DictionaryEncoderFile.Save(path, Kind, Options, EncoderJson.Default.FistaOptions, Dictionary, Training, LearningOptions is null ? null : m => m["learning"] = EncoderJson.Write(LearningOptions, EncoderJson.Default.DictionaryLearningOptions));

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static FistaEncoder Load(string path)
    {
        (FistaOptions options, AtomDictionary dictionary, TrainingRecord? record, string? learning) = DictionaryEncoderFile.Load(path, Kind, EncoderJson.Default.FistaOptions);
        return InvalidOptions.AsData(path, () => new FistaEncoder(options, learning is null ? null : EncoderJson.Read(learning, EncoderJson.Default.DictionaryLearningOptions, path), dictionary, record));
    }
}
