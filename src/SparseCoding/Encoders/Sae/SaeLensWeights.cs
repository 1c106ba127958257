using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>
/// The tensors of a SAELens <c>sae_weights.safetensors</c>, as float32: W_enc [d_in, d_sae] (kept transposed), b_enc [d_sae], W_dec [d_sae, d_in],
/// b_dec [d_in], and threshold [d_sae] for a jumprelu. All shapes are checked before anything is read; a tensor that the architecture does not
/// have is refused by name, because it says that the file is something else.
/// </summary>
internal sealed class SaeLensWeights
{
    /// <summary>Name of the file in a folder.</summary>
    public const string FileName = "sae_weights.safetensors";

    /// <summary>Encoder, [atoms, dimension].</summary>
    public required float[] Encoder { get; init; }

    /// <summary>Bias of the encoder, [atoms].</summary>
    public required float[] EncoderBias { get; init; }

    /// <summary>Atoms, [atoms, dimension], of any norm.</summary>
    public required float[] Decoder { get; init; }

    /// <summary>Bias of the decoder, [dimension].</summary>
    public required float[] DecoderBias { get; init; }

    /// <summary>Thresholds, [atoms], for a jumprelu; null otherwise.</summary>
    public float[]? Thresholds { get; init; }

    /// <summary>Reads a file that belongs to a configuration.</summary>
    public static SaeLensWeights Read(string path, SaeLensConfig config)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        int dimension = config.Dimension, atoms = config.AtomCount;
        var shapes = new Dictionary<string, long[]>
        {
            ["W_enc"] = [dimension, atoms],
            ["b_enc"] = [atoms],
            ["W_dec"] = [atoms, dimension],
            ["b_dec"] = [dimension],
        };
        if (config.Architecture == "jumprelu")
        {
            shapes["threshold"] = [atoms];
        }

        foreach ((string name, long[] shape) in shapes)
        {
            CheckTensor(file, name, shape, config.Architecture);
        }

        foreach (StoredTensor tensor in file.Tensors)
        {
            if (!shapes.ContainsKey(tensor.Name))
            {
                CheckExtra(file, tensor, config);
            }
        }

        return new SaeLensWeights
        {
            Encoder = ReadTransposed(file, atoms, dimension),
            EncoderBias = ReadFinite(file, "b_enc"),
            Decoder = ReadFinite(file, "W_dec"),
            DecoderBias = ReadFinite(file, "b_dec"),
            Thresholds = shapes.ContainsKey("threshold") ? ReadFinite(file, "threshold") : null,
        };
    }

    private static void CheckTensor(SafetensorsFile file, string name, long[] shape, string architecture)
    {
        if (!file.TryGet(name, out StoredTensor? tensor))
        {
            string hint = name == "threshold" && file.TryGet("log_threshold", out _)
                ? " It has 'log_threshold', the state of a training run: save the SAE again with SAELens, which exports 'threshold'." : "";
            Throw.InvalidData($"{file.FileName}: a {architecture} SAE needs the tensor '{name}' {TensorShape.Format(shape)}, which is missing; the file holds "
                + $"{string.Join(", ", file.Tensors.Take(20).Select(t => SafetensorsHeader.Shown(t.Name)))}.{hint}");
        }

        if (!tensor.Shape.SequenceEqual(shape))
        {
            Throw.InvalidData($"{file.FileName}: tensor '{name}' has shape {TensorShape.Format(tensor.Shape)}, but cfg.json (d_in, d_sae) says {TensorShape.Format(shape)}.");
        }

        if (tensor.ElementType.IsInteger())
        {
            Throw.InvalidData($"{file.FileName}: tensor '{name}' holds {tensor.ElementType}, expected floating point.");
        }
    }

    /// <summary>SAELens before 5 wrote a scaling factor of ones into every file and ignores it itself; a real one changes the reconstruction.</summary>
    private static void CheckExtra(SafetensorsFile file, StoredTensor tensor, SaeLensConfig config)
    {
        if (tensor.Name is not ("scaling_factor" or "finetuning_scaling_factor"))
        {
            Throw.InvalidData($"{file.FileName}: tensor '{SafetensorsHeader.Shown(tensor.Name)}' is not part of a {config.Architecture} SAE; the architecture in cfg.json or the file is another one.");
        }

        if (tensor.ElementType.IsInteger() || tensor.ElementCount > config.AtomCount || tensor.ReadAllSingle().Any(v => !(Math.Abs(v - 1) <= 1.001e-5f)))
        {
            Throw.InvalidData($"{file.FileName}: tensor '{tensor.Name}' is a finetuning scaling factor other than 1 (finetuning_scaling_factor is "
                + $"{(config.HasFinetuningScale ? "true" : "false")} in cfg.json), which is not supported; fold it into W_dec first.");
        }
    }

    private static float[] ReadFinite(SafetensorsFile file, string name)
    {
        StoredTensor tensor = file.Get(name);
        float[] values = tensor.ReadAllSingle();
        Check(tensor, values, 0);
        return values;
    }

    /// <summary>W_enc [dimension, atoms] as [atoms, dimension], a block of rows at a time so that it is in memory once.</summary>
    private static float[] ReadTransposed(SafetensorsFile file, int atoms, int dimension)
    {
        StoredTensor tensor = file.Get("W_enc");
        if (tensor.ElementCount > Array.MaxLength)
        {
            Throw.NotSupported($"{file.FileName}: W_enc has {tensor.ElementCount} elements, more than one array holds.");
        }

        var result = new float[tensor.ElementCount];
        int blockRows = Math.Clamp((1 << 20) / atoms, 1, Math.Min(dimension, 16));
        var block = new float[blockRows * (long)atoms];
        for (int first = 0; first < dimension; first += blockRows)
        {
            int count = Math.Min(blockRows, dimension - first);
            Span<float> rows = block.AsSpan(0, count * atoms);
            tensor.ReadRows(first, count, rows);
            Check(tensor, rows, (long)first * atoms);
            for (int atom = 0; atom < atoms; atom++)
            {
                for (int i = 0; i < count; i++)
                {
                    result[(atom * dimension) + first + i] = rows[(i * atoms) + atom];
                }
            }
        }

        return result;
    }

    private static void Check(StoredTensor tensor, ReadOnlySpan<float> values, long firstElement)
    {
        int bad = FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.InvalidData($"{tensor.FileName}: tensor '{tensor.Name}' holds {values[bad]} as float32 at element {firstElement + bad}; the file is damaged or the training diverged.");
        }
    }
}
