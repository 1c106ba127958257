using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class KMeansEncoder
{
    private const string Kind = "kmeans";

    /// <summary>Writes options and centres as safetensors, atomically; readable from Python as decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public void Save(string path) => DictionaryEncoderFile.Save(path, Kind, Options, EncoderJson.Default.KMeansOptions, Dictionary, Training);

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static KMeansEncoder Load(string path)
    {
        (KMeansOptions options, AtomDictionary dictionary, TrainingRecord? record, _) = DictionaryEncoderFile.Load(path, Kind, EncoderJson.Default.KMeansOptions);
        if (options.AtomCount != dictionary.AtomCount)
        {
            throw new InvalidDataException($"{path}: the options say {options.AtomCount} atoms, but there are {dictionary.AtomCount}.");
        }

        return new KMeansEncoder(options, dictionary, record);
    }
}
