using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>
/// Reads a SAELens folder: cfg.json, sae_weights.safetensors and, where they are there, activation_scaler.json and sparsity.safetensors.
/// Tensors: W_enc [d_in, d_sae], b_enc [d_sae], W_dec [d_sae, d_out], b_dec [d_out]; threshold [d_sae] of a jumprelu; b_gate, b_mag, r_mag [d_sae]
/// instead of b_enc of a gated; W_skip [d_out, d_in] of a skip_transcoder. Source: SAELens 6.18.0, sae_lens/saes and pretrained_sae_loaders.py;
/// scaling factors as in 5.11.
/// </summary>
internal static class SaeLensLayout
{
    /// <summary>Name of the weights in a folder.</summary>
    public const string WeightsName = "sae_weights.safetensors";

    private const string ScalerName = "activation_scaler.json";
    private const string SparsityName = "sparsity.safetensors";

    // SAELens writes log10(frequency + this).
    private const double SparsityEpsilon = 1e-10;

    private static readonly string[] ScaleNames = ["scaling_factor", "finetuning_scaling_factor"];

    /// <summary>Reads a folder, or the weights in it. The scale is the caller's, or null.</summary>
    public static ForeignSae Read(string folderOrFile, float? activationScale)
    {
        string path = ForeignPath.File(folderOrFile, WeightsName);
        string folder = Path.GetDirectoryName(path) ?? "";
        string configPath = Path.Combine(folder, SaeLensConfig.FileName);
        SaeLensConfig config = SaeLensConfig.Read(configPath);
        float scale = ScaleOf(config, folder, activationScale);
        using ForeignTensors tensors = ForeignTensors.OpenSafetensors(path);
        Announce(tensors, config);
        int atoms = config.AtomCount;
        bool gated = config.Architecture == "gated";
        float[] decoder = tensors.Read("W_dec");
        FoldScale(tensors, config, decoder);
        return new ForeignSae
        {
            Source = path,
            Selection = config.Architecture switch
            {
                "topk" => ForeignSelection.TopK,
                "jumprelu" or "jumprelu_transcoder" => ForeignSelection.Threshold,
                "gated" => ForeignSelection.Gated,
                _ => ForeignSelection.Relu,
            },
            K = config.K,
            Dimension = config.Dimension,
            AtomCount = atoms,
            Encoder = tensors.ReadTransposed("W_enc"),
            EncoderBias = gated ? new float[atoms] : tensors.Read("b_enc"),
            Decoder = decoder,
            DecoderBias = tensors.Read("b_dec"),
            SubtractsDecoderBias = config.ApplyDecoderBiasToInput,
            Thresholds = tensors.Has("threshold") ? tensors.Read("threshold") : null,
            GateBias = gated ? tensors.Read("b_gate") : null,
            MagnitudeBias = gated ? tensors.Read("b_mag") : null,
            LogMagnitude = gated ? tensors.Read("r_mag") : null,
            IsTranscoder = config.IsTranscoder,
            Skip = tensors.Has("W_skip") ? tensors.Read("W_skip") : null,
            InputScale = scale,
            ExpectsUnitScale = config.ExpectsUnitScale,
            RescalesByDecoderNorm = config.RescaleByDecoderNorm,
            RowNormalization = config.RowNormalization,
            ExpectedL0 = config.StatedL0 ?? SparsityL0(Path.Combine(folder, SparsityName), atoms),
        };
    }

    private static void Announce(ForeignTensors tensors, SaeLensConfig config)
    {
        long dimension = config.Dimension, atoms = config.AtomCount, output = config.OutputDimension;
        tensors.Kind = $"a {config.Architecture} SAE of SAELens with d_in {dimension} and d_sae {atoms} (cfg.json)";
        tensors.Expect("W_enc", dimension, atoms);
        tensors.Expect("W_dec", atoms, output);
        tensors.Expect("b_dec", output);
        if (config.Architecture == "gated")
        {
            tensors.Expect("b_gate", atoms);
            tensors.Expect("b_mag", atoms);
            tensors.Expect("r_mag", atoms);
        }
        else
        {
            tensors.Expect("b_enc", atoms);
        }

        if (config.Architecture is "jumprelu" or "jumprelu_transcoder")
        {
            if (tensors.Has("log_threshold") && !tensors.Has("threshold"))
            {
                Throw.InvalidData($"{tensors.FileName}: it has 'log_threshold' instead of 'threshold', which is missing: the state of a training run. Save the SAE again with SAELens, which exports 'threshold'.");
            }

            tensors.Expect("threshold", atoms);
        }

        if (config.Architecture == "skip_transcoder")
        {
            tensors.Expect("W_skip", output, dimension);
        }

        foreach (string name in ScaleNames.Where(tensors.Has))
        {
            tensors.Expect(name, atoms);
        }

        tensors.RefuseOthers();
    }

    /// <summary>
    /// Before version 6 codes were multiplied by a scaling factor before decoding, x̂ = (code · s) W_dec + b_dec, so that it can move into W_dec. For a
    /// while SAELens wrote a factor of ones into every file (1 within 1e-5, its own test); another one without the flag in cfg.json is a contradiction.
    /// </summary>
    private static void FoldScale(ForeignTensors tensors, SaeLensConfig config, float[] decoder)
    {
        foreach (string name in ScaleNames.Where(tensors.Has))
        {
            float[] factors = tensors.Read(name);
            if (!Array.Exists(factors, factor => !(Math.Abs(factor - 1) <= 1.001e-5f)))
            {
                continue;
            }

            if (!config.HasFinetuningScale)
            {
                Throw.InvalidData($"{tensors.FileName}: tensor '{name}' is a finetuning scaling factor other than 1, but cfg.json does not say that it is in use "
                    + "(finetuning_scaling_factor, before version 6); fold it into W_dec, or correct the configuration.");
            }

            int output = config.OutputDimension;
            for (int i = 0; i < decoder.Length; i++)
            {
                decoder[i] *= factors[i / output];
            }
        }
    }

    /// <summary>Factor on the signals: 1 for mode none, else the caller's or the checkpoint's.</summary>
    private static float ScaleOf(SaeLensConfig config, string folder, float? given)
    {
        if (given is { } value)
        {
            Throw.Positive(value, "activationScale");
        }

        string scalerPath = Path.Combine(folder, ScalerName), configPath = Path.Combine(folder, SaeLensConfig.FileName);
        float? stored = SaeLensConfig.ReadScaler(scalerPath);
        if (!config.ExpectsUnitScale)
        {
            if (given is not null)
            {
                Throw.Argument($"activationScale is {given}, but normalize_activations is not expected_average_only_in in {configPath}: the weights work on unscaled activations. Leave it out.", "activationScale");
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
            Throw.InvalidData($"{configPath}: normalize_activations is 'expected_average_only_in', whose scaling factor is neither folded into the weights "
                + $"nor stored beside them ({ScalerName}). Pass activationScale = √d_in / (mean norm of the training activations); SAELens' list of pretrained SAEs calls it norm_scaling_factor.");
        }

        return factor.Value;
    }

    /// <summary>Sum of the firing frequencies that a training run left behind; null where there are none.</summary>
    private static double? SparsityL0(string path, int atoms)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using ForeignTensors tensors = ForeignTensors.OpenSafetensors(path);
        tensors.Kind = "the sparsity of this SAE";
        tensors.Expect("sparsity", atoms);
        tensors.RefuseOthers();
        return tensors.Read("sparsity").Sum(value => Math.Max(0, Math.Pow(10, value) - SparsityEpsilon));
    }
}
