using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Formats;
using SparseCoding.Training;

namespace SparseCoding;

/// <content>SAELens folders.</content>
public sealed partial class SaeEncoder
{
    /// <summary>Version of SAELens whose layout is written.</summary>
    private const string SaeLensVersion = "6.18.0";

    private const string SaeLensScalerFile = "activation_scaler.json";

    /// <summary>
    /// Reads a pretrained SAE as SAELens saves it: a folder with <c>cfg.json</c> and <c>sae_weights.safetensors</c>, of version 6 or the flat layouts
    /// before it, of architecture standard, topk or jumprelu, in float16, bfloat16, float32 or float64. With s the activation scale (else 1),
    /// pre = (s·x − b_dec) W_enc + b_enc (b_dec only where apply_b_dec_to_input), codes = ReLU(pre), the k largest of it, or it where pre exceeds the
    /// threshold, and x̂ = (codes · W_dec + b_dec)/s. Everything is computed in float32, whatever the dtype of the file.
    /// Anything else that the configuration asks for is refused by name; nothing is guessed.
    /// </summary>
    /// <param name="folderOrFile">The folder, or its <c>sae_weights.safetensors</c> with <c>cfg.json</c> beside it.</param>
    /// <param name="activationScale">
    /// Only for an SAE whose <c>normalize_activations</c> is still expected_average_only_in: s = √d_in / (mean norm of the training activations).
    /// Null takes it from <c>activation_scaler.json</c> in the folder, which SAELens writes with a training checkpoint; where there is none the file
    /// is refused, because its weights expect scaled activations and do not say how.
    /// </param>
    /// <returns>
    /// A fitted encoder without training options: it encodes, and asking it to Fit says so. Its dictionary keeps the norms of W_dec; only for a topk with
    /// rescale_acts_by_decoder_norm they are folded into the encoder, which changes neither codes nor reconstruction.
    /// </returns>
    /// <exception cref="FileNotFoundException">cfg.json or the weights are missing.</exception>
    /// <exception cref="InvalidDataException">Another architecture or mode, a missing tensor, a wrong shape, a damaged file; the message names it.</exception>
    /// <exception cref="ArgumentException">An activation scale that the configuration has no use for, or that is not positive.</exception>
    /// <remarks>Source: SAELens 6.18.0, sae_lens/saes and sae_lens/loading/pretrained_sae_loaders.py.</remarks>
    public static SaeEncoder LoadSaeLens(string folderOrFile, float? activationScale = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folderOrFile);
        string weightsPath = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, SaeLensWeights.FileName) : folderOrFile;
        FileByteSource.RequireFile(weightsPath);
        string folder = Path.GetDirectoryName(weightsPath) ?? "";
        SaeLensConfig config = SaeLensConfig.Read(Path.Combine(folder, SaeLensConfig.FileName));
        float scale = ScaleOf(config, folder, activationScale);
        SaeLensWeights weights = SaeLensWeights.Read(weightsPath, config);
        if (config.RescaleByDecoderNorm)
        {
            FoldNorms(weights, config.Dimension, weightsPath);
        }

        Selection selection = config.Architecture switch
        {
            "topk" => new TopKSelection(config.K),
            "jumprelu" => new JumpReluSelection(),
            _ => Selection.Relu,
        };
        float inputScale = 1 / scale;
        float[]? offset = weights.DecoderBias.AsSpan().ContainsAnyExcept(0f) ? [.. weights.DecoderBias.Select(b => b / scale)] : null;
        var state = new SaeState
        {
            Encoder = new LinearLayer(config.Dimension, config.AtomCount, weights.Encoder, weights.EncoderBias),
            Selection = selection,
            Decoder = new AtomDictionary(weights.Decoder, config.Dimension, offset, inputScale),
            InputOffset = config.ApplyDecoderBiasToInput ? offset : null,
            InputScale = inputScale,
            Vectors = weights.Thresholds is null ? SaeState.NoVectors : new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = weights.Thresholds },
        };
        var options = new SaeOptions
        {
            AtomCount = config.AtomCount,
            Selection = selection,
            Normalization = config.ExpectsUnitScale ? InputNormalization.MeanNorm : InputNormalization.None,
        };
        return new SaeEncoder(options, training: null, state, record: null);
    }

    /// <summary>
    /// Writes the encoder as a SAELens folder, float32, in the layout of version 6: <c>SAE.load_from_disk(folder)</c> gives the same codes and
    /// reconstruction within rounding. The input scale is folded into the weights, so that normalize_activations is none. Each file is written atomically.
    /// </summary>
    /// <param name="folder">Folder to write; made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public void SaveSaeLens(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        SaeState state = State;
        string architecture = SaeLensArchitecture(state.Selection);
        int dimension = state.Dimension, atoms = state.AtomCount;
        AtomDictionary dictionary = state.Dictionary;
        float[] bias = state.Encoder.Bias ?? new float[atoms];
        float[] offset = dictionary.HasOffset ? dictionary.OffsetValues.ToArray() : new float[dimension];

        // SAELens has one vector for both places. Where the encoder subtracts another one (or none), its part goes into b_enc.
        bool applied = state.InputOffset is null ? !dictionary.HasOffset : state.InputOffset.AsSpan().SequenceEqual(offset);
        float[] encoder = state.Encoder.Weights;
        if (!applied)
        {
            bias = state.AsNetwork().FoldInput().Bias;
        }

        var decoder = new float[dictionary.AtomValues.Length];
        for (int i = 0; i < decoder.Length; i++)
        {
            decoder[i] = dictionary.AtomValues[i] * dictionary.Scale;
        }

        void FillEncoder(long firstRow, Span<float> rows)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                (int row, int atom) = Math.DivRem(i, atoms);
                rows[i] = encoder[(atom * dimension) + (int)firstRow + row] / state.InputScale;
            }
        }

        var tensors = new List<TensorToWrite>
        {
            TensorToWrite.FromRows<float>("W_enc", FillEncoder, dimension, atoms),
            TensorToWrite.Create("b_enc", bias, atoms),
            TensorToWrite.Create("W_dec", decoder, atoms, dimension),
            TensorToWrite.Create("b_dec", offset, dimension),
        };
        if (architecture == "jumprelu")
        {
            tensors.Add(TensorToWrite.Create("threshold", state.Thresholds ?? new float[atoms], atoms));
        }

        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(Path.Combine(folder, SaeLensWeights.FileName), new Dictionary<string, string> { ["format"] = "pt" }, tensors);
        AtomicFile.Write(Path.Combine(folder, SaeLensConfig.FileName), stream => WriteSaeLensConfig(stream, state, architecture, applied));
    }

    /// <summary>What SAELens 6.18 calls it; a BatchTopK goes out as it encodes, with its threshold.</summary>
    private static string SaeLensArchitecture(Selection selection) => selection switch
    {
        ReluSelection => "standard",
        TopKSelection => "topk",
        JumpReluSelection or BatchTopKSelection => "jumprelu",
        _ => throw new NotSupportedException($"SAELens 6.18 has no architecture for {selection}; save it with Save."),
    };

    /// <summary>Factor on the signals: 1 for mode none, else the caller's or the checkpoint's.</summary>
    private static float ScaleOf(SaeLensConfig config, string folder, float? given)
    {
        if (given is { } value)
        {
            Throw.Positive(value, "activationScale");
        }

        string scalerPath = Path.Combine(folder, SaeLensScalerFile);
        float? stored = SaeLensConfig.ReadScaler(scalerPath);
        if (!config.ExpectsUnitScale)
        {
            if (given is not null)
            {
                Throw.Argument($"activationScale is {given}, but normalize_activations is none in {Path.Combine(folder, SaeLensConfig.FileName)}: the weights work on unscaled activations. Leave it out.", "activationScale");
            }

            if (stored is not null)
            {
                Throw.InvalidData($"{scalerPath} holds the scaling factor {stored}, but cfg.json says that activations are not scaled; one of the two is wrong.");
            }

            return 1;
        }

        float? factor = given ?? stored;
        if (factor is null)
        {
            Throw.InvalidData($"{Path.Combine(folder, SaeLensConfig.FileName)}: normalize_activations is 'expected_average_only_in', whose scaling factor is neither folded into the weights "
                + $"nor stored beside them ({SaeLensScalerFile}). Pass activationScale = √d_in / (mean norm of the training activations); SAELens' list of pretrained SAEs calls it norm_scaling_factor.");
        }

        return factor.Value;
    }

    /// <summary>
    /// codes = TopK((u W_enc + b_enc)·‖w_j‖) and û = (codes/‖w_j‖) W_dec + b_dec equal a plain topk with W_enc[:, j]‖w_j‖, b_enc[j]‖w_j‖ and atoms
    /// of norm 1: the norm only changes its place. A norm of 0 makes SAELens' own reconstruction 0/0, so it is refused.
    /// </summary>
    private static void FoldNorms(SaeLensWeights weights, int dimension, string path)
    {
        for (int atom = 0; atom < weights.EncoderBias.Length; atom++)
        {
            Span<float> row = weights.Decoder.AsSpan(atom * dimension, dimension);
            double squared = 0;
            foreach (float value in row)
            {
                squared += (double)value * value;
            }

            double norm = Math.Sqrt(squared);
            if (!((float)norm > 0))
            {
                Throw.InvalidData($"{path}: row {atom} of W_dec has norm {norm}, and rescale_acts_by_decoder_norm divides by it; remove that latent.");
            }

            foreach (ref float value in row)
            {
                value = (float)(value / norm);
            }

            foreach (ref float value in weights.Encoder.AsSpan(atom * dimension, dimension))
            {
                value = (float)(value * norm);
            }

            weights.EncoderBias[atom] = (float)(weights.EncoderBias[atom] * norm);
        }
    }

    private static void WriteSaeLensConfig(Stream stream, SaeState state, string architecture, bool applied)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("architecture", architecture);
        writer.WriteNumber("d_in", state.Dimension);
        writer.WriteNumber("d_sae", state.AtomCount);
        writer.WriteString("dtype", "float32");
        writer.WriteString("device", "cpu");
        writer.WriteBoolean("apply_b_dec_to_input", applied);
        writer.WriteString("normalize_activations", "none");
        writer.WriteString("reshape_activations", "none");
        if (state.Selection is TopKSelection top)
        {
            writer.WriteNumber("k", top.K);
            writer.WriteBoolean("rescale_acts_by_decoder_norm", false);
        }

        writer.WriteStartObject("metadata");
        writer.WriteString("sae_lens_version", SaeLensVersion);
        writer.WriteString("sae_lens_training_version", SaeLensVersion);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
