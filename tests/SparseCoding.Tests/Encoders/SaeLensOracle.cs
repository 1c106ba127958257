using System.Globalization;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>
/// A SAELens SAE as SAELens computes it, in float64: the formulas of SAELens 6.18.0 (sae_lens/saes) with the norms of the decoder left where they are.
/// Nothing is folded, so that folding is tested against it.
/// </summary>
internal sealed class SaeLensOracle
{
    /// <summary>W_enc [d_in, d_sae].</summary>
    public required float[] WEnc { get; init; }

    /// <summary>b_enc [d_sae].</summary>
    public required float[] BEnc { get; init; }

    /// <summary>W_dec [d_sae, d_in].</summary>
    public required float[] WDec { get; init; }

    /// <summary>b_dec [d_in].</summary>
    public required float[] BDec { get; init; }

    /// <summary>threshold [d_sae] of a jumprelu.</summary>
    public float[]? Threshold { get; init; }

    public required string Architecture { get; init; }

    public bool ApplyBDec { get; init; } = true;

    public bool Rescale { get; init; }

    public int K { get; init; }

    public int Dimension => BDec.Length;

    public int AtomCount => BEnc.Length;

    /// <summary>An SAE with atoms of very different norms.</summary>
    public static SaeLensOracle Random(int seed, int dimension, int atoms, string architecture, bool applyBDec = true, bool rescale = false, int k = 0)
    {
        var random = new Random(seed);
        float[] Normal(int count, double scale) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        float[] decoder = Normal(atoms * dimension, 1);
        for (int atom = 0; atom < atoms; atom++)
        {
            float norm = 0.05f + (4 * random.NextSingle());
            foreach (ref float value in decoder.AsSpan(atom * dimension, dimension))
            {
                value *= norm;
            }
        }

        return new SaeLensOracle
        {
            WEnc = Normal(dimension * atoms, 0.5),
            BEnc = Normal(atoms, 0.3),
            WDec = decoder,
            BDec = Normal(dimension, 1),
            Threshold = architecture == "jumprelu" ? [.. Normal(atoms, 0.5).Select(t => t + 0.3f)] : null,
            Architecture = architecture,
            ApplyBDec = applyBDec,
            Rescale = rescale,
            K = k,
        };
    }

    /// <summary>Codes and output for s·x, the output divided by s; and the smallest distance of a selection from its other outcome.</summary>
    public (double[] Codes, double[] Output, double Margin) Forward(ReadOnlySpan<float> x, double scale = 1)
    {
        int d = Dimension, f = AtomCount;
        var pre = new double[f];
        var norms = new double[f];
        for (int j = 0; j < f; j++)
        {
            pre[j] = BEnc[j];
            for (int i = 0; i < d; i++)
            {
                pre[j] += ((x[i] * scale) - (ApplyBDec ? BDec[i] : 0)) * WEnc[(i * f) + j];
                norms[j] += (double)WDec[(j * d) + i] * WDec[(j * d) + i];
            }

            norms[j] = Math.Sqrt(norms[j]);
        }

        var codes = new double[f];
        double margin = double.PositiveInfinity;
        if (Architecture == "topk")
        {
            double[] ranked = [.. pre.Select((p, j) => Rescale ? p * norms[j] : p)];
            int[] order = [.. Enumerable.Range(0, f).OrderByDescending(j => ranked[j])];
            foreach (int j in order[..K])
            {
                codes[j] = Math.Max(ranked[j], 0);
            }

            margin = K < f ? ranked[order[K - 1]] - ranked[order[K]] : margin;
        }
        else
        {
            for (int j = 0; j < f; j++)
            {
                codes[j] = Threshold is null || pre[j] > Threshold[j] ? Math.Max(pre[j], 0) : 0;
                margin = Math.Min(margin, Math.Min(Math.Abs(pre[j]), Threshold is null ? double.PositiveInfinity : Math.Abs(pre[j] - Threshold[j])));
            }
        }

        var output = new double[d];
        for (int i = 0; i < d; i++)
        {
            double sum = BDec[i];
            for (int j = 0; j < f; j++)
            {
                sum += (Rescale ? codes[j] / norms[j] : codes[j]) * WDec[(j * d) + i];
            }

            output[i] = sum / scale;
        }

        return (codes, output, margin);
    }

    /// <summary>Writes a folder as SAELens 6 does; extra entries of cfg.json go last, so that they replace earlier ones.</summary>
    public void Write(string folder, string moreJson = "", Func<Dictionary<string, TensorToWrite>, Dictionary<string, TensorToWrite>>? edit = null)
    {
        Directory.CreateDirectory(folder);
        var tensors = new Dictionary<string, TensorToWrite>
        {
            ["W_enc"] = TensorToWrite.Create("W_enc", WEnc, Dimension, AtomCount),
            ["b_enc"] = TensorToWrite.Create("b_enc", BEnc, AtomCount),
            ["W_dec"] = TensorToWrite.Create("W_dec", WDec, AtomCount, Dimension),
            ["b_dec"] = TensorToWrite.Create("b_dec", BDec, Dimension),
        };
        if (Threshold is not null)
        {
            tensors["threshold"] = TensorToWrite.Create("threshold", Threshold, AtomCount);
        }

        tensors = edit?.Invoke(tensors) ?? tensors;
        SafetensorsFile.Write(Path.Combine(folder, "sae_weights.safetensors"), null, [.. tensors.Values]);
        string k = Architecture == "topk" ? string.Create(CultureInfo.InvariantCulture, $", \"k\": {K}, \"rescale_acts_by_decoder_norm\": {(Rescale ? "true" : "false")}") : "";
        File.WriteAllText(
            Path.Combine(folder, "cfg.json"),
            $$"""
            {"d_in": {{Dimension}}, "d_sae": {{AtomCount}}, "dtype": "float32", "device": "cuda", "architecture": "{{Architecture}}",
             "apply_b_dec_to_input": {{(ApplyBDec ? "true" : "false")}}, "normalize_activations": "none", "reshape_activations": "none",
             "metadata": {"sae_lens_version": "6.18.0"}{{k}} {{moreJson}} }
            """);
    }
}
