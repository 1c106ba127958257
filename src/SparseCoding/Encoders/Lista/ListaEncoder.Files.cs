using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class ListaEncoder
{
    private const string Kind = "lista";

    /// <summary>Writes the encoder as safetensors, atomically; readable from Python as encoder.i.weight [atoms, dimension], encoder.i.threshold, decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Dictionary<string, string> metadata = NetworkFile.Metadata(State.Dictionary.Dimension, AtomCount, Options.LayerCount, State.Dictionary.Scale);
        metadata["options"] = EncoderJson.Write(Options, EncoderJson.Default.ListaOptions);
        metadata["training"] = EncoderJson.Write(TrainingOptions, EncoderJson.Default.TrainingOptions);
        RecordFile.Write(metadata, Training);
        StateFile.Write(path, Kind, metadata, UnrolledFile.Tensors(State));
    }

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static ListaEncoder Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        ListaOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.ListaOptions, path);
        TrainingOptions training = EncoderJson.Read(file.Text("training"), EncoderJson.Default.TrainingOptions, path);
        ListaEncoder recipe = InvalidOptions.AsData(path, () => new ListaEncoder(options, training));
        return new ListaEncoder(options, recipe.TrainingOptions, UnrolledFile.Read(file, SpecOf(options), options.AtomCount), RecordFile.Read(file));
    }
}
