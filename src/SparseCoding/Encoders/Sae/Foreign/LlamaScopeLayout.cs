using System.Globalization;
using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>
/// Reads Llama Scope: hyperparams.json and checkpoints/final.safetensors with encoder.weight [F, d], encoder.bias [F], decoder.weight [d, F], decoder.bias [d].
/// With s = √d_model / dataset_average_activation_norm.in: pre = s·x Wᵀ + b, code = pre where it exceeds s · jump_relu_threshold (divided by ‖d_j‖ where sparsity_include_decoder_norm is set), x̂ = (code · D + b_dec)/s.
/// That the threshold is scaled too is what its authors corrected in SAELens (pull request 483). Source: loader llama_scope of SAELens 6.18.0.
/// The files of R1-Distill are a second layout: config.json, sae_weights.safetensors with log_jumprelu_threshold [F], and no stored norm.
/// </summary>
internal static class LlamaScopeLayout
{
    private const string ConfigName = "hyperparams.json";
    private const string DistillName = "sae_weights.safetensors";

    private static readonly string WeightsName = Path.Combine("checkpoints", "final.safetensors");

    /// <summary>Reads a folder. The scale is the caller's, only for the layout that does not store it.</summary>
    public static ForeignSae Read(string folder, float? activationScale)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (activationScale is { } given)
        {
            Throw.Positive(given, nameof(activationScale));
        }

        bool distill = !File.Exists(Path.Combine(folder, ConfigName)) && File.Exists(Path.Combine(folder, DistillName));
        Config config = distill
            ? ForeignJson.Read(Path.Combine(folder, "config.json"), ReadDistill)
            : ForeignJson.Read(Path.Combine(folder, ConfigName), ReadConfig);
        if (config.Scale is not null && activationScale is not null)
        {
            Throw.Argument($"activationScale is {activationScale}, but {Path.Combine(folder, ConfigName)} stores the norm that gives {config.Scale}. Leave it out.", nameof(activationScale));
        }

        if ((config.Scale ?? activationScale) is not { } scale)
        {
            Throw.InvalidData($"{folder}: these weights expect activations of mean norm √d_model, and no file says by what factor; pass activationScale = √d_model / (mean norm of the activations).");
            return null;
        }

        string path = ForeignPath.File(Path.Combine(folder, distill ? DistillName : WeightsName), WeightsName);
        using ForeignTensors tensors = ForeignTensors.OpenSafetensors(path);
        int d = config.Dimension, f = config.AtomCount;
        tensors.Kind = $"a JumpReLU SAE of Llama Scope with d_model {d} and {f} latents";
        tensors.Expect("encoder.weight", f, d);
        tensors.Expect("encoder.bias", f);
        tensors.Expect("decoder.weight", d, f);
        tensors.Expect("decoder.bias", d);
        if (distill)
        {
            tensors.Expect("log_jumprelu_threshold", f);
        }

        tensors.RefuseOthers();
        float[] thresholds = distill ? tensors.Read("log_jumprelu_threshold") : new float[f];
        for (int i = 0; i < thresholds.Length; i++)
        {
            thresholds[i] = distill ? MathF.Exp(thresholds[i]) : (float)(config.Threshold * scale);
        }

        float[] decoder = tensors.ReadTransposed("decoder.weight");
        if (config.IncludesDecoderNorm)
        {
            // Trained with pre · ‖d_j‖ compared with the threshold, the code being pre all the same.
            for (int i = 0; i < f; i++)
            {
                double norm = Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(decoder.AsSpan(i * d, d)));
                thresholds[i] = (float)Math.Min(float.MaxValue, thresholds[i] / norm);
            }
        }

        return new ForeignSae
        {
            Source = path,
            Selection = ForeignSelection.Threshold,
            Dimension = d,
            AtomCount = f,
            Encoder = tensors.Read("encoder.weight"),
            EncoderBias = tensors.Read("encoder.bias"),
            Decoder = decoder,
            DecoderBias = tensors.Read("decoder.bias"),
            SubtractsDecoderBias = false,
            Thresholds = thresholds,
            InputScale = (float)scale,
            ExpectsUnitScale = true,
        };
    }

    private static Config ReadConfig(ForeignJson json)
    {
        int d = json.RequireInteger("d_model"), f = json.RequireInteger("d_sae");
        double? norm = json.RequireChild("dataset_average_activation_norm").Number("in", 0), threshold = json.Number("jump_relu_threshold", 0);
        if (norm is null or 0 || threshold is null)
        {
            json.Refuse(threshold is null ? "jump_relu_threshold" : "dataset_average_activation_norm.in", (threshold is null ? threshold : norm)?.ToString(CultureInfo.InvariantCulture) ?? "missing", "a positive number");
        }

        string point = json.Text("hook_point_in") ?? "", output = json.Text("hook_point_out") ?? point;
        if (output != point)
        {
            json.Refuse("hook_point_out", output, $"'{point}' as hook_point_in: a transcoder predicts another signal, which is not computed yet");
        }

        if (json.Flag("apply_decoder_bias_to_pre_encoder", false))
        {
            json.Refuse("apply_decoder_bias_to_pre_encoder", "true", "false; the loader that is followed here subtracts no bias");
        }

        string mode = json.Text("norm_activation") ?? "dataset-wise";
        if (mode != "dataset-wise")
        {
            json.Refuse("norm_activation", mode, "dataset-wise");
        }

        string activation = json.Text("act_fn") ?? "jumprelu";
        if (activation != "jumprelu")
        {
            json.Refuse("act_fn", activation, "jumprelu");
        }

        return new Config(d, f, Math.Sqrt(d) / norm.Value, threshold.Value, json.Flag("sparsity_include_decoder_norm", false));
    }

    private static Config ReadDistill(ForeignJson json)
    {
        int d = json.RequireInteger("d_model"), factor = json.RequireInteger("expansion_factor");
        if ((long)d * factor > int.MaxValue)
        {
            json.Refuse("expansion_factor", $"{factor}", "one with less than 2^31 latents");
        }

        return new Config(d, d * factor, null, 0, false);
    }

    private sealed record Config(int Dimension, int AtomCount, double? Scale, double Threshold, bool IncludesDecoderNorm);
}
