using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>
/// Reads a .pt of openai/sparse_autoencoder: pre_bias [d], encoder.weight [F, d], latent_bias [F], decoder.weight [d, F], or decoder.linear.weight [F, d]
/// where the decoder is the encoder transposed; counters of training; activation ("ReLU", "TopK" or "Identity") and activation_state_dict {k, postact_fn}.
/// A TopK file means that each row goes through LayerNorm first (its own loader's rule). Source: model.py, commit 4965b94.
/// </summary>
internal static class OpenAILayout
{
    /// <summary>Reads a file.</summary>
    public static ForeignSae Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using ForeignTensors tensors = ForeignTensors.OpenPyTorch(path);
        tensors.Kind = "an Autoencoder of openai/sparse_autoencoder";
        (int f, int d) = tensors.MatrixShape("encoder.weight");
        bool tied = tensors.Has("decoder.linear.weight");
        string decoder = tied ? "decoder.linear.weight" : "decoder.weight";
        tensors.Expect("encoder.weight", f, d);
        tensors.Expect("pre_bias", d);
        tensors.Expect("latent_bias", f);
        tensors.Expect(decoder, tied ? f : d, tied ? d : f);
        bool counted = tensors.Has("latents_activation_frequency");
        if (counted)
        {
            tensors.Expect("latents_activation_frequency", f);
        }

        tensors.Pass("stats_last_nonzero", "latents_mean_square");
        int k = ActiveOf(tensors, f);
        tensors.RefuseOthers();
        return new ForeignSae
        {
            Source = path,
            Selection = k > 0 ? ForeignSelection.TopK : ForeignSelection.Relu,
            K = k,
            Dimension = d,
            AtomCount = f,
            Encoder = tensors.Read("encoder.weight"),
            EncoderBias = tensors.Read("latent_bias"),
            Decoder = tied ? tensors.Read(decoder) : tensors.ReadTransposed(decoder),
            DecoderBias = tensors.Read("pre_bias"),
            SubtractsDecoderBias = true,
            RowNormalization = k > 0 ? RowNormalization.LayerNorm : RowNormalization.None,
            ExpectedL0 = counted ? FrequencyL0(tensors.Read("latents_activation_frequency")) : null,
        };
    }

    /// <summary>k of a TopK; 0 for ReLU, which is also what its loader takes where nothing is said.</summary>
    private static int ActiveOf(ForeignTensors tensors, int atoms)
    {
        string activation = tensors.Value("activation") as string ?? (tensors.Has("activation") ? "not a text" : "ReLU");
        var state = tensors.Value("activation_state_dict") as PickleDictionary;
        if (activation == "ReLU")
        {
            return 0;
        }

        if (activation != "TopK")
        {
            Throw.InvalidData($"{tensors.FileName}: activation is '{SafetensorsHeader.Shown(activation)}', expected ReLU or TopK (with Identity every latent is active, which is no sparse code).");
        }

        object? post = null;
        if (state is null || !state.TryGet("k", out object? value) || value is not long k || k < 1 || k > atoms || !state.TryGet("postact_fn", out post) || post is not "ReLU")
        {
            Throw.InvalidData($"{tensors.FileName}: activation_state_dict of a TopK needs k, an integer between 1 and {atoms}, and postact_fn 'ReLU'{(post is string name ? $", but postact_fn is '{SafetensorsHeader.Shown(name)}'" : "")}.");
            return 0;
        }

        // Its own state_dict also leaves the two beside the weights, which its strict loader then stumbles over; where they are, they must agree.
        if ((tensors.Has("activation.k") && !Equals(tensors.Value("activation.k"), k)) || (tensors.Value("activation.postact_fn") ?? "ReLU") is not "ReLU")
        {
            Throw.InvalidData($"{tensors.FileName}: activation.k and activation.postact_fn are not those of activation_state_dict.");
        }

        return (int)k;
    }

    /// <summary>The buffer starts as ones and holds frequencies once somebody has counted; ones everywhere say nothing.</summary>
    private static double? FrequencyL0(float[] frequencies)
    {
        bool counted = frequencies.AsSpan().ContainsAnyExcept(1f) && !Array.Exists(frequencies, value => value is < 0 or > 1);
        return counted ? frequencies.Sum(value => (double)value) : null;
    }
}
