using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <content>The library's own files.</content>
public sealed partial class SaeEncoder
{
    private const string Kind = "sae";

    /// <summary>Writes the encoder as safetensors, atomically; readable from Python as W = encoder.0.weight [atoms, dimension], decoder.atoms [atoms, dimension].</summary>
    /// <param name="path">File to write.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Dictionary<string, string> metadata = SaeStateFile.Metadata(State);
        metadata["options"] = EncoderJson.Write(Options, EncoderJson.Default.SaeOptions);
        if (TrainingOptions is not null)
        {
            metadata["training"] = EncoderJson.Write(TrainingOptions, EncoderJson.Default.TrainingOptions);
        }

        RecordFile.Write(metadata, Training);
        StateFile.Write(path, Kind, metadata, SaeStateFile.Tensors(State));
    }

    /// <summary>Reads an encoder that <see cref="Save"/> wrote.</summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged; the message says what is wrong.</exception>
    public static SaeEncoder Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        SaeOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.SaeOptions, path);
        TrainingOptions? training = file.OptionalText("training") is { } json ? EncoderJson.Read(json, EncoderJson.Default.TrainingOptions, path) : null;
        SaeState state = SaeStateFile.Read(file, options);
        return new SaeEncoder(options, training, state, RecordFile.Read(file));
    }
}
