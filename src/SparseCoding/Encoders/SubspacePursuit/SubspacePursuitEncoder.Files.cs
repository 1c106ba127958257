using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class SubspacePursuitEncoder
{
    private const string Kind = "subspace-pursuit";

    /// <summary>Writes options and dictionary as safetensors, atomically; readable from Python as decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    public void Save(string path) => DictionaryEncoderFile.Save(path, Kind, Options, EncoderJson.Default.SubspacePursuitOptions, Dictionary);

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static SubspacePursuitEncoder Load(string path)
    {
        (SubspacePursuitOptions options, AtomDictionary dictionary, _, _) = DictionaryEncoderFile.Load(path, Kind, EncoderJson.Default.SubspacePursuitOptions);
        return InvalidOptions.AsData(path, () => new SubspacePursuitEncoder(dictionary, options));
    }
}
