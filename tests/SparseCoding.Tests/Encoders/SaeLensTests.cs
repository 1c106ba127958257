using System.Numerics.Tensors;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>SAELens folders: what was loaded gives SAELens' codes and reconstructions, and what is saved is the same SAE.</summary>
[TestFixture]
internal sealed class SaeLensTests
{
    private static IEnumerable<string> GoldenFolders => Directory.GetDirectories(RepositoryRoot.Combine("tests", "Golden", "saelens")).Select(f => Path.GetFileName(f)!).Order();

    [TestCaseSource(nameof(GoldenFolders))]
    public void LoadSaeLens_Golden_GivesSaeLensCodesAndReconstruction(string name)
    {
        string folder = RepositoryRoot.Combine("tests", "Golden", "saelens", name);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        int dimension = (int)expected.Get("x").RowLength;
        float[] x = expected.Get("x").ReadAllSingle();
        foreach (string path in new[] { folder, Path.Combine(folder, "sae_weights.safetensors") })
        {
            SaeEncoder sae = SaeEncoder.LoadSaeLens(path);
            AssertAlike(sae, x, expected.Get("codes").ReadAllDouble(), expected.Get("out").ReadAllDouble());
            Assert.That((sae.IsFitted, sae.Dimension, sae.AtomCount), Is.EqualTo((true, dimension, (int)expected.Get("codes").RowLength)));
        }
    }

    [Test]
    public void GoldenFolders_CoverWhatIsSupported() =>
        Assert.That(GoldenFolders, Is.SupersetOf(new[] { "standard", "topk-f16", "standard-uncentred-bf16", "topk-rescaled", "topk-rescaled-scaled", "jumprelu", "jumprelu-scaled", "flat-standard", "flat-topk" }));

    [TestCase("standard", true, false, 1.0)]
    [TestCase("standard", false, false, 1.0)]
    [TestCase("standard", true, false, 0.173)]
    [TestCase("topk", true, true, 1.0)]
    [TestCase("topk", false, true, 2.75)]
    [TestCase("topk", true, false, 1.0)]
    [TestCase("jumprelu", true, false, 1.0)]
    [TestCase("jumprelu", false, false, 0.5)]
    public void LoadSaeLens_RandomSae_EqualsTheFormulaUnfolded(string architecture, bool applyBDec, bool rescale, double scale)
    {
        using var folder = new TemporaryFolder();
        for (int seed = 0; seed < 5; seed++)
        {
            SaeLensOracle oracle = SaeLensOracle.Random(seed, 24, 70, architecture, applyBDec, rescale, k: 9);
            oracle.Write(folder.Path, scale == 1 ? "" : ", \"normalize_activations\": \"expected_average_only_in\"");
            SaeEncoder sae = SaeEncoder.LoadSaeLens(folder.Path, scale == 1 ? null : (float)scale);
            float[] x = Signals(oracle, scale, seed, out double[] codes, out double[] output);
            AssertAlike(sae, x, codes, output);
            Assert.That(sae.Options.Normalization, Is.EqualTo(scale == 1 ? InputNormalization.None : InputNormalization.MeanNorm));
            var norms = new float[70];
            sae.Dictionary.CopyNorms(norms);
            Assert.That(norms.Max() - norms.Min(), rescale ? Is.LessThan(1e-5f) : Is.GreaterThan(1f), "norms stay as they are, but where SAELens itself divides by them");
        }
    }

    [Test]
    public void LoadSaeLens_Foreign_HasNoTrainingOptionsAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        ActivationSource data = ActivationSource.FromView(new float[8, 4]);
        foreach (string architecture in new[] { "standard", "jumprelu" })
        {
            SaeLensOracle.Random(1, 4, 6, architecture).Write(folder.Path);
            SaeEncoder sae = SaeEncoder.LoadSaeLens(folder.Path);
            Assert.That((sae.TrainingOptions, sae.Training), Is.EqualTo(((TrainingOptions?)null, (TrainingRecord?)null)));
            Assert.That(() => sae.Fit(data), Throws.InvalidOperationException.With.Message.Contain("foreign"));
            Assert.That(() => sae.Fit(data, sae.Dictionary), Throws.InvalidOperationException.With.Message.Contain("foreign"));
            Assert.That(() => sae.CreateTrainer(data), Throws.InvalidOperationException.With.Message.Contain("foreign"));
        }
    }

    [Test]
    public void LoadSaeLens_IterativeEncoderOnItsDictionary_RespectsBiasNormsAndScale()
    {
        using var folder = new TemporaryFolder();
        SaeLensOracle oracle = SaeLensOracle.Random(3, 10, 10, "standard");
        oracle.Write(folder.Path, ", \"normalize_activations\": \"expected_average_only_in\"");
        SaeEncoder sae = SaeEncoder.LoadSaeLens(folder.Path, 0.4f);

        // x̂ = (zD + b_dec)/s: a code through the dictionary is the same as through SAELens' decoder.
        SparseCodes code = SparseCodes.FromRows(10, [0, 2], [2, 7], [1.5f, -0.25f]);
        float[] decoded = sae.Dictionary.Decode(code).ToArray();
        for (int i = 0; i < 10; i++)
        {
            double wanted = ((1.5 * oracle.WDec[20 + i]) - (0.25 * oracle.WDec[70 + i]) + oracle.BDec[i]) / 0.4;
            Assert.That(decoded[i], Is.EqualTo(wanted).Within(1e-5 * (1 + Math.Abs(wanted))));
        }
    }

    [TestCase("standard", true, 1.0)]
    [TestCase("standard", false, 1.0)]
    [TestCase("topk", true, 0.3)]
    [TestCase("jumprelu", true, 1.0)]
    [TestCase("jumprelu", false, 1.7)]
    public void SaveSaeLens_LoadedSae_RoundTrips(string architecture, bool applyBDec, double scale)
    {
        using var folder = new TemporaryFolder();
        SaeLensOracle oracle = SaeLensOracle.Random(5, 24, 70, architecture, applyBDec, rescale: architecture == "topk", k: 9);
        oracle.Write(folder.Path, scale == 1 ? "" : ", \"normalize_activations\": \"expected_average_only_in\"");
        SaeEncoder sae = SaeEncoder.LoadSaeLens(folder.Path, scale == 1 ? null : (float)scale);
        string saved = folder.File("saved");
        sae.SaveSaeLens(saved);
        SaeEncoder again = SaeEncoder.LoadSaeLens(saved);
        float[] x = Signals(oracle, scale, 17, out double[] codes, out double[] output);
        AssertAlike(again, x, codes, output);
        Assert.That(again.Options.Selection, Is.EqualTo(sae.Options.Selection));

        // The library's own file keeps everything to the bit.
        sae.Save(folder.File("own.safetensors"));
        SaeEncoder own = SaeEncoder.Load(folder.File("own.safetensors"));
        Assert.That(own.Encode(View(x, 24)).Values.ToArray(), Is.EqualTo(sae.Encode(View(x, 24)).Values.ToArray()));
        Assert.That(own.TrainingOptions, Is.Null);
    }

    [TestCase(true, InputNormalization.MeanNorm, 0)]
    [TestCase(true, InputNormalization.None, 3)]
    [TestCase(false, InputNormalization.None, 0)]
    public void SaveSaeLens_TrainedHere_LoadsWithTheSameCodes(bool bias, InputNormalization normalization, int k)
    {
        using var folder = new TemporaryFolder();
        var data = new float[400, 8];
        var random = new Random(2);
        for (int i = 0; i < data.Length; i++)
        {
            data[i / 8, i % 8] = (random.NextSingle() * 6) - 1;
        }

        var options = new SaeOptions { AtomCount = 20, Bias = bias, Normalization = normalization, Selection = k == 0 ? Selection.Relu : Selection.TopK(k) };
        SaeEncoder sae = new SaeEncoder(options, new TrainingOptions { Steps = 40, BatchSize = 64 }).Fit(ActivationSource.FromView(data));
        sae.SaveSaeLens(folder.Path);
        SaeEncoder again = SaeEncoder.LoadSaeLens(folder.Path);
        Assert.That(again.Encode(data).ToDense().ToArray(), Is.EqualTo(sae.Encode(data).ToDense().ToArray()).Within(2e-5f));
        Assert.That(again.Dictionary.Decode(again.Encode(data)).ToArray(), Is.EqualTo(sae.Dictionary.Decode(sae.Encode(data)).ToArray()).Within(5e-5f));
        string cfg = File.ReadAllText(folder.File("cfg.json"));
        Assert.That(cfg, Does.Contain("\"normalize_activations\": \"none\"").And.Contain("\"apply_b_dec_to_input\": true"));
        Assert.That(() => new SaeEncoder(options).SaveSaeLens(folder.Path), Throws.InvalidOperationException);
    }

    /// <summary>Signals whose selections are not decided by rounding, one after the other, with SAELens' answers in float64.</summary>
    private static float[] Signals(SaeLensOracle oracle, double scale, int seed, out double[] codes, out double[] output)
    {
        var random = new Random(seed + 100);
        var x = new List<float>();
        var allCodes = new List<double>();
        var allOutputs = new List<double>();
        while (x.Count < 40 * oracle.Dimension)
        {
            float[] row = [.. Enumerable.Range(0, oracle.Dimension).Select(_ => (float)((random.NextDouble() - 0.5) * 8 / scale))];
            (double[] code, double[] decoded, double margin) = oracle.Forward(row, (float)scale);
            if (margin > 1e-4)
            {
                x.AddRange(row);
                allCodes.AddRange(code);
                allOutputs.AddRange(decoded);
            }
        }

        codes = [.. allCodes];
        output = [.. allOutputs];
        return [.. x];
    }

    private static SignalView View(float[] x, int dimension) => SignalView.FromRows(x, dimension);

    /// <summary>Same support, values within 1e-5 of the largest.</summary>
    private static void AssertAlike(SaeEncoder sae, float[] x, double[] codes, double[] output)
    {
        SparseCodes found = sae.Encode(View(x, sae.Dimension));
        float[] dense = found.ToDense().ToArray();
        float[] decoded = sae.Dictionary.Decode(found).ToArray();
        Assert.That(dense, Has.Length.EqualTo(codes.Length));
        Assert.That(decoded, Has.Length.EqualTo(output.Length));
        double codeScale = codes.Max(Math.Abs), outputScale = output.Max(Math.Abs);
        Assert.That(codes.Count(c => c > 0), Is.Positive);
        for (int i = 0; i < codes.Length; i++)
        {
            Assert.That(dense[i] != 0, Is.EqualTo(codes[i] != 0), $"support at {i}: {dense[i]} against {codes[i]}");
            Assert.That(dense[i], Is.EqualTo(codes[i]).Within(1e-5 * codeScale), $"code {i}");
        }

        for (int i = 0; i < output.Length; i++)
        {
            Assert.That(decoded[i], Is.EqualTo(output[i]).Within(1e-5 * outputScale), $"output {i}");
        }
    }
}
