using System.Globalization;

namespace SparseCoding.Encoders;

/// <summary>
/// What a SAELens <c>cfg.json</c> says that changes codes or reconstruction: version 6 (nested metadata) and the flat layouts before it, read as
/// SAELens 6.18 reads them (<c>handle_config_defaulting</c>). A value that cannot be honoured exactly is an InvalidDataException that names the entry;
/// an entry that has no influence on the forward pass is not looked at.
/// </summary>
internal sealed class SaeLensConfig
{
    /// <summary>Name of the file in a folder.</summary>
    public const string FileName = "cfg.json";

    private const string Known = "standard, topk, jumprelu, gated, transcoder, skip_transcoder or jumprelu_transcoder";

    private SaeLensConfig(ForeignJson json)
    {
        bool nested = IsVersionSix(json);
        Dimension = json.RequireInteger("d_in");
        AtomCount = json.RequireInteger("d_sae");
        Architecture = ReadArchitecture(json, nested);
        if (Architecture == "topk")
        {
            K = ReadK(json, nested);
            RescaleByDecoderNorm = json.Flag("rescale_acts_by_decoder_norm", false);
        }

        OutputDimension = IsTranscoder ? json.RequireInteger("d_out") : Dimension;
        ApplyDecoderBiasToInput = json.Flag("apply_b_dec_to_input", true);
        if (IsTranscoder && ApplyDecoderBiasToInput)
        {
            json.Refuse("apply_b_dec_to_input", "true", $"false for a {Architecture}");
        }

        ReadNormalization(json, nested);
        if (IsTranscoder && (ExpectsUnitScale || RowNormalization != RowNormalization.None))
        {
            json.Refuse("normalize_activations", json.Text("normalize_activations") ?? "true", $"none for a {Architecture}");
        }

        string reshape = json.Text("reshape_activations") ?? "none";
        if (reshape is not ("none" or "hook_z"))
        {
            json.Refuse("reshape_activations", reshape, "'none' or 'hook_z' (whose rows are all heads of a token one after the other)");
        }

        string type = json.Text("dtype") ?? "float32";
        if (type.Replace("torch.", "", StringComparison.Ordinal) is not ("float32" or "float64" or "float16" or "bfloat16"))
        {
            json.Refuse("dtype", type, "float32, float64, float16 or bfloat16");
        }

        HasFinetuningScale = !nested && json.Flag("finetuning_scaling_factor", false);
        StatedL0 = json.Child("metadata")?.Number("l0", 0);
    }

    /// <summary>standard, topk, jumprelu, gated, transcoder, skip_transcoder or jumprelu_transcoder.</summary>
    public string Architecture { get; }

    /// <summary>Whether it predicts another signal than its input.</summary>
    public bool IsTranscoder => Architecture.EndsWith("transcoder", StringComparison.Ordinal);

    /// <summary>Dimension of a signal (d_in).</summary>
    public int Dimension { get; }

    /// <summary>Dimension of what a transcoder predicts (d_out); otherwise that of a signal.</summary>
    public int OutputDimension { get; }

    /// <summary>Number of atoms (d_sae).</summary>
    public int AtomCount { get; }

    /// <summary>Active atoms of a topk; 0 for the others.</summary>
    public int K { get; }

    /// <summary>Whether b_dec is subtracted from the scaled signal before encoding.</summary>
    public bool ApplyDecoderBiasToInput { get; }

    /// <summary>Whether pre-activations are multiplied by the norms of W_dec and codes divided by them (topk).</summary>
    public bool RescaleByDecoderNorm { get; }

    /// <summary>Whether the weights expect signals whose mean norm is √d_in (expected_average_only_in), the factor not yet folded in.</summary>
    public bool ExpectsUnitScale { get; private set; }

    /// <summary>What is done to each row.</summary>
    public RowNormalization RowNormalization { get; private set; }

    /// <summary>Whether codes are multiplied by a tensor before decoding: only before version 6.</summary>
    public bool HasFinetuningScale { get; }

    /// <summary>metadata.l0, which later versions write; null where it is absent.</summary>
    public double? StatedL0 { get; }

    /// <summary>Reads and checks a file; FileNotFoundException when it is missing.</summary>
    public static SaeLensConfig Read(string path) => ForeignJson.Read(path, json => new SaeLensConfig(json));

    /// <summary>The scaling factor that a training checkpoint keeps in activation_scaler.json beside the weights; null where there is none.</summary>
    public static float? ReadScaler(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        return ForeignJson.Read(path, json =>
        {
            double? factor = json.Number("scaling_factor", 0);
            if (factor is { } value && !((float)value > 0 && float.IsFinite((float)value)))
            {
                json.Refuse("scaling_factor", value.ToString(CultureInfo.InvariantCulture), "a positive number or null");
            }

            return (float?)factor;
        });
    }

    /// <summary>Version 6 and later nest their metadata; a file without a version is an older one.</summary>
    private static bool IsVersionSix(ForeignJson json)
    {
        string? version = json.Text("sae_lens_version");
        version = string.IsNullOrEmpty(version) ? json.Child("metadata")?.Text("sae_lens_version") : version;
        if (string.IsNullOrEmpty(version))
        {
            return false;
        }

        if (!int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            json.Refuse("sae_lens_version", version, "a version such as 6.18.0");
        }

        return number >= 6;
    }

    private static string ReadArchitecture(ForeignJson json, bool nested)
    {
        string? architecture = json.Text("architecture");
        if (architecture is null && (nested || json.Has("architecture")))
        {
            json.Refuse("architecture", "missing", "what SAELens 6 always writes: " + Known);
        }

        architecture ??= "standard";
        string activation = nested ? "relu" : json.Text("activation_fn") ?? json.Text("activation_fn_str") ?? "relu";
        if (activation is not ("relu" or "topk"))
        {
            json.Refuse("activation_fn", activation, "relu or topk");
        }

        if (activation == "topk")
        {
            if (architecture is not ("standard" or "topk"))
            {
                json.Refuse("activation_fn", "topk", $"relu together with the architecture '{architecture}'; the two together have no single meaning");
            }

            architecture = "topk";
        }

        if (architecture is not ("standard" or "topk" or "jumprelu" or "gated" or "transcoder" or "skip_transcoder" or "jumprelu_transcoder"))
        {
            json.Refuse("architecture", architecture, Known
                + (architecture.EndsWith("batchtopk", StringComparison.Ordinal) ? " (a batchtopk checkpoint of a training run becomes a jumprelu with save_inference_model)" : ""));
        }

        return architecture;
    }

    private int ReadK(ForeignJson json, bool nested)
    {
        int? k = (nested ? null : json.Child("activation_fn_kwargs")?.Integer("k")) ?? json.Integer("k");
        if (k is null || k > AtomCount)
        {
            string places = nested ? "k" : "k (in activation_fn_kwargs or at the top level)";
            json.Refuse("k", k is null ? "missing" : $"{k}", $"an integer between 1 and d_sae = {AtomCount} as {places}");
        }

        return k.Value;
    }

    private void ReadNormalization(ForeignJson json, bool nested)
    {
        if (!nested && json.IsFlag("normalize_activations"))
        {
            ExpectsUnitScale = json.Flag("normalize_activations", false);
            return;
        }

        string mode = json.Text("normalize_activations") ?? "none";
        ExpectsUnitScale = mode == "expected_average_only_in";
        RowNormalization = mode switch
        {
            "layer_norm" => RowNormalization.LayerNorm,
            "constant_norm_rescale" => RowNormalization.ConstantNorm,
            _ => RowNormalization.None,
        };
        if (!ExpectsUnitScale && mode != "none" && RowNormalization == RowNormalization.None)
        {
            json.Refuse("normalize_activations", mode, "none, expected_average_only_in, layer_norm or constant_norm_rescale");
        }
    }
}
