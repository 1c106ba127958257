using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>
/// What a SAELens <c>cfg.json</c> says that changes codes or reconstruction: version 6 (nested metadata) and the flat layouts before it, read as
/// SAELens 6.18 reads them (<c>handle_config_defaulting</c>). A value that this library cannot honour exactly is an InvalidDataException that
/// names the entry; an entry that has no influence on the forward pass is not looked at.
/// </summary>
internal sealed class SaeLensConfig
{
    /// <summary>Name of the file in a folder.</summary>
    public const string FileName = "cfg.json";

    private const int MaximumBytes = 16 << 20;

    private readonly string _path;
    private readonly JsonElement _root;

    private SaeLensConfig(string path, JsonElement root)
    {
        _path = path;
        _root = root;
        bool nested = IsVersionSix();
        Dimension = Size("d_in");
        AtomCount = Size("d_sae");
        Architecture = ReadArchitecture(nested);
        if (Architecture == "topk")
        {
            K = ReadK(nested);
            RescaleByDecoderNorm = Flag("rescale_acts_by_decoder_norm", false);
        }

        ApplyDecoderBiasToInput = Flag("apply_b_dec_to_input", true);
        ExpectsUnitScale = ReadNormalization(nested);
        string reshape = Text("reshape_activations") ?? "none";
        if (reshape is not ("none" or "hook_z"))
        {
            Refuse("reshape_activations", reshape, "'none' or 'hook_z' (whose rows are all heads of a token one after the other)");
        }

        string type = Text("dtype") ?? "float32";
        if (type.Replace("torch.", "", StringComparison.Ordinal) is not ("float32" or "float64" or "float16" or "bfloat16"))
        {
            Refuse("dtype", type, "float32, float64, float16 or bfloat16");
        }

        HasFinetuningScale = Flag("finetuning_scaling_factor", false);
    }

    /// <summary>standard, topk or jumprelu.</summary>
    public string Architecture { get; }

    /// <summary>Dimension of a signal (d_in).</summary>
    public int Dimension { get; }

    /// <summary>Number of atoms (d_sae).</summary>
    public int AtomCount { get; }

    /// <summary>Active atoms of a topk; 0 for the others.</summary>
    public int K { get; }

    /// <summary>Whether b_dec is subtracted from the scaled signal before encoding.</summary>
    public bool ApplyDecoderBiasToInput { get; }

    /// <summary>Whether pre-activations are multiplied by the norms of W_dec and codes divided by them (topk).</summary>
    public bool RescaleByDecoderNorm { get; }

    /// <summary>Whether the weights expect signals whose mean norm is √d_in (expected_average_only_in), the factor not yet folded in.</summary>
    public bool ExpectsUnitScale { get; }

    /// <summary>Whether a finetuning scaling factor is in use.</summary>
    public bool HasFinetuningScale { get; }

    /// <summary>Reads and checks a file; FileNotFoundException when it is missing.</summary>
    public static SaeLensConfig Read(string path)
    {
        using JsonDocument document = Parse(path);
        try
        {
            return new SaeLensConfig(path, document.RootElement);
        }
        catch (InvalidOperationException exception)
        {
            // What the reader throws for text that is not valid UTF-8 or UTF-16.
            throw new InvalidDataException($"{path} holds text that is not valid: {exception.Message}", exception);
        }
    }

    /// <summary>The scaling factor that a training checkpoint keeps in activation_scaler.json beside the weights; null where there is none.</summary>
    public static float? ReadScaler(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using JsonDocument document = Parse(path);
        if (!document.RootElement.TryGetProperty("scaling_factor", out JsonElement factor) || factor.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (factor.ValueKind != JsonValueKind.Number || !factor.TryGetSingle(out float value) || !(value > 0) || !float.IsFinite(value))
        {
            Throw.InvalidData($"{path}: scaling_factor is {SafetensorsHeader.Shown(factor.ToString())}; a positive number or null is expected.");
            return null;
        }

        return value;
    }

    private static JsonDocument Parse(string path)
    {
        FileByteSource.RequireFile(path);
        if (new FileInfo(path).Length > MaximumBytes)
        {
            Throw.InvalidData($"{path} has {new FileInfo(path).Length} bytes; a SAELens configuration has at most {MaximumBytes}.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {exception.Message}", exception);
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind kind = document.RootElement.ValueKind;
            document.Dispose();
            Throw.InvalidData($"{path} holds JSON of kind {kind}, expected an object.");
        }

        return document;
    }

    /// <summary>Version 6 and later nest their metadata; a file without a version is an older one.</summary>
    private bool IsVersionSix()
    {
        string? version = Text("sae_lens_version");
        if (string.IsNullOrEmpty(version) && _root.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("sae_lens_version", out JsonElement inner) && inner.ValueKind == JsonValueKind.String)
        {
            version = inner.GetString();
        }

        if (string.IsNullOrEmpty(version))
        {
            return false;
        }

        string major = version.Split('.')[0];
        if (!int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            Refuse("sae_lens_version", version, "a version such as 6.18.0");
        }

        return number >= 6;
    }

    private string ReadArchitecture(bool nested)
    {
        bool given = _root.TryGetProperty("architecture", out _);
        string? architecture = Text("architecture");
        if (architecture is null && (nested || given))
        {
            Throw.InvalidData($"{_path} has no 'architecture', which SAELens 6 always writes; expected standard, topk or jumprelu.");
        }

        architecture ??= "standard";
        if (!nested)
        {
            string activation = Text("activation_fn") ?? Text("activation_fn_str") ?? "relu";
            if (activation is not ("relu" or "topk"))
            {
                Refuse("activation_fn", activation, "relu or topk");
            }

            if (activation == "topk")
            {
                if (architecture is not ("standard" or "topk"))
                {
                    Throw.InvalidData($"{_path}: activation_fn 'topk' together with architecture '{SafetensorsHeader.Shown(architecture)}' has no single meaning.");
                }

                architecture = "topk";
            }
        }

        if (architecture is not ("standard" or "topk" or "jumprelu"))
        {
            Refuse("architecture", architecture, "standard, topk or jumprelu"
                + (architecture.EndsWith("batchtopk", StringComparison.Ordinal) ? " (a batchtopk checkpoint of a training run becomes a jumprelu with save_inference_model)" : ""));
        }

        return architecture;
    }

    private int ReadK(bool nested)
    {
        JsonElement value = default;
        bool found = (!nested && _root.TryGetProperty("activation_fn_kwargs", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Object
            && arguments.TryGetProperty("k", out value)) || _root.TryGetProperty("k", out value);
        if (!found)
        {
            Throw.InvalidData($"{_path}: a topk needs 'k' ({(nested ? "" : "in activation_fn_kwargs or ")}at the top level), which is missing.");
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int k) || k < 1 || k > AtomCount)
        {
            Refuse("k", value.ToString(), $"an integer between 1 and d_sae = {AtomCount}");
            return 0;
        }

        return k;
    }

    /// <summary>False for none, true for expected_average_only_in; the modes that scale each row by itself leave no linear decoder and are refused.</summary>
    private bool ReadNormalization(bool nested)
    {
        if (!_root.TryGetProperty("normalize_activations", out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        if (!nested && value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.ValueKind == JsonValueKind.True;
        }

        string mode = Text("normalize_activations")!;
        if (mode is not ("none" or "expected_average_only_in"))
        {
            Refuse("normalize_activations", mode, "none or expected_average_only_in: a mode that scales or centres each row by itself has no dictionary x̂ = offset + scale · zD. "
                + "Normalise the activations first and save the SAE with mode none");
        }

        return mode == "expected_average_only_in";
    }

    private int Size(string key)
    {
        if (!_root.TryGetProperty(key, out JsonElement value))
        {
            Throw.InvalidData($"{_path} has no '{key}'; this is no SAELens configuration.");
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int size) || size < 1)
        {
            Refuse(key, value.ToString(), "a positive integer");
            return 0;
        }

        return size;
    }

    private bool Flag(string key, bool standard)
    {
        if (!_root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return standard;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(key, value.ToString(), "true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A text; null where it is absent or null, refused where it is something else.</summary>
    private string? Text(string key)
    {
        if (!_root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(key, value.ToString(), "a text");
        }

        return value.GetString();
    }

    [DoesNotReturn]
    private void Refuse(string key, string value, string expected) =>
        Throw.InvalidData($"{_path}: {key} is '{SafetensorsHeader.Shown(value)}', expected {expected}.");
}
