namespace SparseCoding.Encoders;

/// <summary>
/// Reads a hookpoint folder of sparsify (earlier "sae"): cfg.json and sae.safetensors with encoder.weight [F, d], encoder.bias [F], W_dec [F, d], b_dec [d]
/// and W_skip [d, d] of a skip connection. Source: sparsify 1.3.0, sparse_coder.py, config.py and fused_encoder.py (commit 9d3b136); signed as in 0.x.
/// </summary>
internal static class SparsifyLayout
{
    /// <summary>Name of the weights in a folder.</summary>
    public const string WeightsName = "sae.safetensors";

    /// <summary>Name of the configuration in a folder.</summary>
    public const string ConfigName = "cfg.json";

    /// <summary>Reads a folder, or the weights in it.</summary>
    public static ForeignSae Read(string folderOrFile)
    {
        string path = ForeignPath.File(folderOrFile, WeightsName);
        Config config = ForeignJson.Read(Path.Combine(Path.GetDirectoryName(path) ?? "", ConfigName), ReadConfig);
        using ForeignTensors tensors = ForeignTensors.OpenSafetensors(path);
        long d = config.Dimension, f = config.AtomCount;
        tensors.Kind = $"a SparseCoder of sparsify with d_in {d} and {f} latents (cfg.json)";
        tensors.Expect("encoder.weight", f, d);
        tensors.Expect("encoder.bias", f);
        tensors.Expect("W_dec", f, d);
        tensors.Expect("b_dec", d);
        if (config.Skip)
        {
            tensors.Expect("W_skip", d, d);
        }

        tensors.RefuseOthers();
        return new ForeignSae
        {
            Source = path,
            Selection = config.Selection,
            K = config.K,
            Dimension = config.Dimension,
            AtomCount = config.AtomCount,
            Encoder = tensors.Read("encoder.weight"),
            EncoderBias = tensors.Read("encoder.bias"),
            Decoder = tensors.Read("W_dec"),
            DecoderBias = tensors.Read("b_dec"),
            SubtractsDecoderBias = !config.Transcode,
            IsTranscoder = config.Transcode,
            Skip = config.Skip ? tensors.Read("W_skip") : null,
        };
    }

    private static Config ReadConfig(ForeignJson json)
    {
        int d = json.RequireInteger("d_in");
        int f = json.Integer("num_latents", 0) ?? 0;

        // 0 latents, or none in the first versions, means expansion_factor · d_in.
        long wanted = f > 0 ? f : (long)d * json.RequireInteger("expansion_factor");
        if (wanted > int.MaxValue)
        {
            json.Refuse("expansion_factor", $"{wanted / d}", "one with less than 2^31 latents");
        }

        int k = json.RequireInteger("k");
        if (k > wanted)
        {
            json.Refuse("k", $"{k}", $"an integer between 1 and the {wanted} latents");
        }

        bool signed = json.Flag("signed", false);
        string activation = json.Text("activation") ?? "topk";
        if (activation is not ("topk" or "groupmax") || (signed && activation != "topk"))
        {
            json.Refuse("activation", activation, "topk or groupmax (and topk together with signed)");
        }

        if (activation == "groupmax" && wanted % k != 0)
        {
            json.Refuse("k", $"{k}", $"a divisor of the {wanted} latents for groupmax");
        }

        ForeignSelection selection = activation == "groupmax" ? ForeignSelection.GroupMax : signed ? ForeignSelection.AbsTopK : ForeignSelection.TopK;
        return new Config(d, (int)wanted, k, selection, json.Flag("transcode", false), json.Flag("skip_connection", false));
    }

    private sealed record Config(int Dimension, int AtomCount, int K, ForeignSelection Selection, bool Transcode, bool Skip);
}
