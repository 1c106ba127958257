using System.Reflection;
using System.Text.RegularExpressions;
using SparseCoding.Backends;
using SparseCoding.Encoders;

namespace SparseCoding.Tests;

/// <summary>Identities of the seed papers' systems that no other fixture has, and the list of all of them in docs/results/seed-systems.md.</summary>
[TestFixture]
internal sealed partial class SeedIdentityTests
{
    /// <summary>Feature choice by sorting every column: its quota of entries, the largest, lower rows on a tie.</summary>
    [Test]
    public void Selections_OfABatch_AreTheBudgetsBySorting([Values(0, 1)] double exponent)
    {
        const int Rows = 40, Atoms = 9;
        float[] values = [.. TestMatrices.Normal<float>(Rows, Atoms, 3).Select(Math.Abs)], quotas = new FeatureChoiceSelection(2.5) { ZipfExponent = exponent }.Quotas(Atoms, Rows), kept = new float[Rows * Atoms];
        using Backend backend = ComputeDevice.Cpu.CreateBackend(1);
        using DeviceMatrix pre = backend.Allocate(Rows, Atoms), quota = backend.Allocate(1, Atoms), target = backend.Allocate(Rows, Atoms), smallest = backend.Allocate(1, Atoms);
        backend.Write(pre, 0, values);
        backend.Write(quota, 0, quotas);
        backend.KeepLargestOfColumns(pre, quota, target, smallest);
        backend.Read(target, 0, kept);
        for (int j = 0; j < Atoms; j++)
        {
            int[] expected = [.. Enumerable.Range(0, Rows).OrderByDescending(row => values[(row * Atoms) + j]).Take((int)quotas[j]).Order()];
            Assert.That(Enumerable.Range(0, Rows).Where(row => kept[(row * Atoms) + j] != 0), Is.EqualTo(expected), $"column {j}");
        }

        Assert.That(kept.Count(v => v != 0), Is.EqualTo(100));
    }

    /// <summary>Directions tied, scales and biases free; rates are held, and the decoder's bias stays where it started.</summary>
    [Test]
    public void TieEncoder_AfterTraining_HasRowsAlongTheAtoms()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 32, Measurements = 16, ActiveProbability = 0.05, Samples = 2048, CodeMinimum = 0.5f, Offset = 1, Seed = 7 });
        var options = new SaeOptions { AtomCount = 48, Remedies = [new BiasAdaptationRemedy { TieEncoder = true, BufferSteps = 5, DecreaseRate = 0.05f }] };
        SaeEncoder sae = new SaeEncoder(options, new TrainingOptions { Steps = 400, BatchSize = 128, Lambda = 0, LearningRate = 3e-3f }).Fit(world.Signals);
        float[] weights = sae.State.Encoder.Weights, atoms = SyntheticDataTests.Flat(sae.Dictionary.ToTensor()), offset = new float[16], mean = new float[16];
        sae.Dictionary.CopyOffset(offset);
        double[] lengths = new double[48];
        for (int i = 0; i < 48; i++)
        {
            ReadOnlySpan<float> w = weights.AsSpan(i * 16, 16), d = atoms.AsSpan(i * 16, 16);
            lengths[i] = System.Numerics.Tensors.TensorPrimitives.Norm(w);
            Assert.That(System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(w, d), Is.EqualTo(1).Within(1e-5), $"atom {i}");
        }

        float[] signals = SyntheticDataTests.Flat(world.Signals);
        for (int i = 0; i < signals.Length; i++)
        {
            mean[i % 16] += signals[i] / 2048;
        }

        Assert.Multiple(() =>
        {
            Assert.That(lengths.Max() - lengths.Min(), Is.GreaterThan(0.01), "scales are learned");
            Assert.That(sae.State.Encoder.Bias, Is.All.LessThanOrEqualTo(0));
            Assert.That(sae.State.Encoder.Bias!.Min(), Is.LessThan(-0.05));
            Assert.That(offset, Is.EqualTo(mean).Within(1e-4));
            Assert.That(() => new SaeEncoder(options with { Decoder = new LinearDecoderOptions { UnitNorm = false } }), Throws.ArgumentException.With.Message.Contains("TieEncoder"));
        });
    }

    /// <summary>The report's pairs are those of PairStrength in order, with their counts; its correlation is Pearson's.</summary>
    [Test]
    public void InteractionReport_OfADecoder_RanksItsPairs()
    {
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = Selection.TopK(3), Decoder = new PolynomialDecoderOptions() }, new TrainingOptions { Steps = 40, BatchSize = 50 }).Fit(DecoderForm.Signals(200, 4, 1));
        var decoder = (PolynomialDecoder)sae.Decoder;
        SparseCodes codes = sae.Encode(DecoderForm.Signals(200, 4, 1));
        InteractionReport report = InteractionReport.Measure(decoder, codes, 1000), top = InteractionReport.Measure(decoder, codes, 3);
        float[,] dense = new float[200, 8];
        Buffer.BlockCopy(SyntheticDataTests.Flat(codes.ToDense()), 0, dense, 0, sizeof(float) * 1600);
        Assert.That(report.Pairs, Has.Count.EqualTo(28));
        foreach (AtomInteraction pair in report.Pairs)
        {
            Assert.That(pair.First, Is.LessThan(pair.Second));
            Assert.That(pair.Strength, Is.EqualTo(decoder.PairStrength(pair.First, pair.Second)));
            Assert.That(pair.CoOccurrences, Is.EqualTo(Enumerable.Range(0, 200).Count(row => dense[row, pair.First] != 0 && dense[row, pair.Second] != 0)));
        }

        double[] x = [.. report.Pairs.Select(p => p.Strength)], y = [.. report.Pairs.Select(p => (double)p.CoOccurrences)];
        double mx = x.Average(), my = y.Average(), r = x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / Math.Sqrt(x.Sum(a => (a - mx) * (a - mx)) * y.Sum(b => (b - my) * (b - my)));
        Assert.Multiple(() =>
        {
            Assert.That(x, Is.Ordered.Descending);
            Assert.That(report.CoOccurrenceCorrelation, Is.EqualTo(r).Within(1e-9));
            Assert.That(top.Pairs, Is.EqualTo(report.Pairs.Take(3)));
            Assert.That((top.PairCount, top.RankOf(report.Pairs[2].Second, report.Pairs[2].First), top.RankOf(report.Pairs[5].First, report.Pairs[5].Second)), Is.EqualTo((28, 2, -1)));
            Assert.That(() => InteractionReport.Measure(decoder, SparseCodes.FromDense(new float[2, 3])), Throws.ArgumentException.With.Message.Contains("8 atoms"));
        });
    }

    /// <summary>Every test that the results page names is one of this assembly.</summary>
    [Test]
    public void Page_NamesTests_ThatExist()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "results", "seed-systems.md"));
        MatchCollection named = TestName().Matches(page);
        Dictionary<string, Type> types = typeof(SeedIdentityTests).Assembly.GetTypes().Where(type => type.Name.EndsWith("Tests", StringComparison.Ordinal)).GroupBy(type => type.Name).ToDictionary(group => group.Key, group => group.First());
        Assert.That(named, Has.Count.GreaterThan(20));
        foreach (Match match in named)
        {
            Assert.That(types, Contains.Key(match.Groups[1].Value));
            Assert.That(types[match.Groups[1].Value].GetMethod(match.Groups[2].Value, BindingFlags.Public | BindingFlags.Instance), Is.Not.Null, match.Value);
        }
    }

    [GeneratedRegex(@"`([A-Za-z]+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
