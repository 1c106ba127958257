namespace SparseCoding.Tests;

/// <summary>What the papers claim of their selections, at a small size: the sign of each finding, with room.</summary>
[TestFixture]
internal sealed class SaeSeedSystemTests
{
    private static readonly TrainingOptions s_training = new() { Steps = 800, BatchSize = 256, LearningRate = new Schedule { Value = 3e-3f, WarmupSteps = 30, DecayShare = 0.2 } };

    /// <summary>Zipf world whose signals have 1 to 7 active sources: a budget for the batch (mutual choice) beats one for the row, follows the true L0, and quotas leave no latent unused.</summary>
    [Test]
    public void MutualAndFeatureChoice_OnAZipfWorld_DoWhatThePaperSays()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 64, Measurements = 32, Active = 1, MaxActive = 7, ZipfExponent = 1, CodeMinimum = 0.5f, Samples = 4096, Seed = 5 });
        SaeEncoder Fit(Selection selection) => new SaeEncoder(new SaeOptions { AtomCount = 64, Selection = selection }, s_training).Fit(world.Signals);
        SaeEncoder top = Fit(Selection.TopK(4)), batch = Fit(Selection.BatchTopK(4)), feature = Fit(new FeatureChoiceSelection(4) { ZipfExponent = 1 });
        SparseCodes codes = batch.Encode(world.Signals);
        double correlation = Spearman(ActivePerRow(world.Codes), ActivePerRow(codes));
        TestContext.Out.WriteLine(FormattableString.Invariant($"FVU TopK {Fvu(top, world):0.0000}, BatchTopK {Fvu(batch, world):0.0000}, feature choice {Fvu(feature, world):0.0000}; dead {Dead(top, world)}, {Dead(batch, world)}, {Dead(feature, world)}; Spearman {correlation:0.00}"));
        Assert.Multiple(() =>
        {
            Assert.That(Fvu(batch, world), Is.LessThan(Fvu(top, world)));
            Assert.That(correlation, Is.GreaterThan(0.6));
            Assert.That(Dead(feature, world), Is.Zero);
        });
    }

    /// <summary>Signed sources: one atom for both signs does with half the error of a TopK of the same size, or less.</summary>
    [Test]
    public void AbsTopK_OnASignedWorld_HasHalfTheError()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 32, Measurements = 24, Active = 3, Codes = CodeDistribution.Normal, CodeMinimum = 0.5f, Samples = 4096, Seed = 6 });
        SaeEncoder Fit(Selection selection) => new SaeEncoder(new SaeOptions { AtomCount = 32, Selection = selection }, s_training).Fit(world.Signals);
        SaeEncoder abs = Fit(Selection.AbsTopK(3));
        double signed = Fvu(abs, world), plain = Fvu(Fit(Selection.TopK(3)), world), mcc = Mcc.Between(world.Codes, abs.Encode(world.Signals)).Value;
        TestContext.Out.WriteLine(FormattableString.Invariant($"FVU AbsTopK {signed:0.0000}, TopK {plain:0.0000}; MCC {mcc:0.000}"));
        Assert.That(signed, Is.LessThan(0.5 * plain));
    }

    /// <summary>The negative finding of the variational SAE: noise and divergence cost reconstruction.</summary>
    [Test]
    public void Variational_AgainstTopK_ReconstructsWorse()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 32, Measurements = 16, Active = 3, Samples = 4096, Seed = 8 });
        SaeEncoder Fit(Selection selection) => new SaeEncoder(new SaeOptions { AtomCount = 32, Selection = selection }, s_training).Fit(world.Signals);
        SaeEncoder noisy = Fit(new VariationalTopKSelection(3) { DivergenceWeight = 0.05f, Deviation = 0.5f }), plain = Fit(Selection.TopK(3));
        TestContext.Out.WriteLine(FormattableString.Invariant($"FVU variational {Fvu(noisy, world):0.0000}, TopK {Fvu(plain, world):0.0000}; dead {Dead(noisy, world)}, {Dead(plain, world)}"));
        Assert.That(Fvu(noisy, world), Is.GreaterThan(Fvu(plain, world)));
    }

    private static double Fvu(SaeEncoder sae, SyntheticData world)
    {
        var signals = new float[world.Signals.FlattenedLength];
        var decoded = new float[signals.Length];
        world.Signals.FlattenTo(signals);
        sae.Decoder.Decode(sae.Encode(world.Signals)).FlattenTo(decoded);
        int d = sae.Dimension;
        double[] mean = [.. Enumerable.Range(0, d).Select(j => Enumerable.Range(0, signals.Length / d).Average(row => (double)signals[(row * d) + j]))];
        return signals.Select((x, i) => Math.Pow(x - decoded[i], 2)).Sum() / signals.Select((x, i) => Math.Pow(x - mean[i % d], 2)).Sum();
    }

    private static int Dead(SaeEncoder sae, SyntheticData world) => sae.AtomCount - sae.Encode(world.Signals).Atoms.ToArray().Distinct().Count();

    private static double[] ActivePerRow(SparseCodes codes) => [.. Enumerable.Range(0, codes.RowCount).Select(row => (double)codes[row].Atoms.Length)];

    private static double Spearman(double[] a, double[] b)
    {
        double[] Ranks(double[] values)
        {
            Dictionary<double, double> rank = values.Order().Select((v, i) => (v, i)).GroupBy(pair => pair.v).ToDictionary(group => group.Key, group => group.Average(pair => pair.i));
            return [.. values.Select(v => rank[v])];
        }

        double[] x = Ranks(a), y = Ranks(b);
        double mx = x.Average(), my = y.Average();
        return x.Zip(y, (u, v) => (u - mx) * (v - my)).Sum() / Math.Sqrt(x.Sum(u => (u - mx) * (u - mx)) * y.Sum(v => (v - my) * (v - my)));
    }
}
