using SparseCoding.Formats;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>Tensors and metadata of an SAE in the library's own files.</summary>
internal static class SaeStateFile
{
    /// <summary>The tensors of a state.</summary>
    public static List<TensorToWrite> Tensors(SaeState state)
    {
        LinearLayer encoder = state.Encoder;
        List<TensorToWrite> tensors = [TensorToWrite.Create("encoder.0.weight", encoder.Weights, encoder.Outputs, encoder.Inputs)];
        if (encoder.Bias is not null)
        {
            tensors.Add(TensorToWrite.Create("encoder.0.bias", encoder.Bias, encoder.Outputs));
        }

        if (state.InputOffset is not null)
        {
            tensors.Add(TensorToWrite.Create("encoder.offset", state.InputOffset, state.Dimension));
        }

        foreach (string name in state.Selection.VectorNames)
        {
            tensors.Add(TensorToWrite.Create(name, state.Vectors[name], state.AtomCount));
        }

        tensors.AddRange(DecoderFile.Tensors(state.Decoder));
        return tensors;
    }

    /// <summary>Metadata of a state: sizes, for readers that do not know the options.</summary>
    public static Dictionary<string, string> Metadata(SaeState state) => NetworkFile.Metadata(state.Dimension, state.AtomCount, 1, state.InputScale);

    /// <summary>Reads a state; every shape is checked against the options.</summary>
    public static SaeState Read(StateFile file, SaeOptions options)
    {
        InvalidOptions.AsData(file.FileName, () =>
        {
            options.Validate(null);
            return options;
        });
        int dimension = file.Count("dimension");
        LinearLayer layer = NetworkFile.ReadLayers(file, options.Selection, [], options.AtomCount)[0];
        IDecoder decoder = DecoderFile.Read(file, options, dimension);
        bool byRow = RowNormalizer.IsByRow(options.Normalization);
        return new SaeState
        {
            Encoder = layer,
            Selection = options.Selection,
            Decoder = byRow ? new RowNormalizedDecoder(decoder, options.Normalization) : decoder,
            Normalization = byRow ? options.Normalization : InputNormalization.None,
            InputOffset = file.Has("encoder.offset") ? file.Floats("encoder.offset", dimension) : null,
            InputScale = file.Positive("input_scale"),
            Vectors = options.Selection.VectorNames.ToDictionary(name => name, name => file.Floats(name, options.AtomCount)),
        };
    }
}
