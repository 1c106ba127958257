using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class SparseCodingEncoder
{
    private const string Kind = "sparse_coding";

    /// <summary>Writes options and dictionary as safetensors, atomically; readable from Python as decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="InvalidOperationException">There is no dictionary yet.</exception>
    public void Save(string path) => DictionaryEncoderFile.Save(path, Kind, Options, EncoderJson.Default.SparseCodingOptions, Dictionary, Training, m => m["learning"] = EncoderJson.Write(TrainingOptions, EncoderJson.Default.TrainingOptions));

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static SparseCodingEncoder Load(string path)
    {
        (SparseCodingOptions options, AtomDictionary dictionary, TrainingRecord? record, string? learning) = DictionaryEncoderFile.Load(path, Kind, EncoderJson.Default.SparseCodingOptions);
        TrainingOptions training = learning is null ? DefaultTraining : EncoderJson.Read(learning, EncoderJson.Default.TrainingOptions, path);
        return InvalidOptions.AsData(path, () => new SparseCodingEncoder(options, training, dictionary, record));
    }
}
