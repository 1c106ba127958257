using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class IhtEncoder
{
    private const string Kind = "iht";

    /// <summary>Writes options and dictionary as safetensors, atomically; readable from Python as decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    public void Save(string path) => DictionaryEncoderFile.Save(path, Kind, Options, EncoderJson.Default.IhtOptions, Dictionary);

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static IhtEncoder Load(string path)
    {
        (IhtOptions options, AtomDictionary dictionary, _, _) = DictionaryEncoderFile.Load(path, Kind, EncoderJson.Default.IhtOptions);
        return InvalidOptions.AsData(path, () => new IhtEncoder(dictionary, options));
    }
}
