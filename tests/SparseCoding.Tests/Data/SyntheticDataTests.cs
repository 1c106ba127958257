using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The generator against the laws of its distributions, and its streams against each other.</summary>
[TestFixture]
internal sealed class SyntheticDataTests
{
    private static readonly SyntheticDataOptions Default = new() { Seed = 1 };

    [Test]
    public void Generate_Default_IsThePapersWorld()
    {
        SyntheticData world = SyntheticData.Generate(Default with { Samples = 20_000 });
        double mean = world.Codes.Values.ToArray().Average(v => (double)v);
        int[] counts = Counts(world.Codes);
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, 20_000).All(r => world.Codes[r].Count == 3), Is.True, "exactly K");
            Assert.That(world.Codes.Values.ToArray(), Is.All.GreaterThan(0));
            Assert.That(mean, Is.EqualTo(Math.Sqrt(2 / Math.PI)).Within(4 * 0.603 / Math.Sqrt(60_000)));
            Assert.That(counts, Is.All.EqualTo(3750).Within(5 * Math.Sqrt(20_000 * (3.0 / 16) * (13.0 / 16))));
            Assert.That(world.Signals.Lengths.ToArray(), Is.EqualTo(new nint[] { 20_000, 8 }));
            Assert.That(Norms(world.Dictionary), Is.All.EqualTo(1).Within(1e-6));
            Assert.That(world.Dictionary.HasOffset, Is.False);
        });
        float[] decoded = Flat(world.Dictionary.Decode(world.Codes));
        Assert.That(Flat(world.Signals), Is.EqualTo(decoded), "x = zD, without noise");
    }

    [Test]
    public void Generate_SameOptions_SameBits_OtherSeed_Others()
    {
        float[] one = Flat(SyntheticData.Generate(Default).Signals), other = Flat(SyntheticData.Generate(Default with { Seed = 2 }).Signals);
        Assert.That(Flat(SyntheticData.Generate(Default with { }).Signals), Is.EqualTo(one));
        Assert.That(other, Is.Not.EqualTo(one));
    }

    [Test]
    public void Generate_NoiseAndOffset_LeaveCodesAndAtomsAsTheyAre()
    {
        SyntheticData plain = SyntheticData.Generate(Default);
        SyntheticData noisy = SyntheticData.Generate(Default with { Noise = 0.3f, Offset = 5 });
        AssertSame(noisy.Codes, plain.Codes);
        Assert.That(Flat(noisy.Dictionary.ToTensor()), Is.EqualTo(Flat(plain.Dictionary.ToTensor())));
        var offset = new float[8];
        noisy.Dictionary.CopyOffset(offset);
        Assert.That(TensorPrimitives.Norm<float>(offset), Is.EqualTo(5).Within(1e-5));
        float[] noise = Flat(noisy.Signals), clean = Flat(noisy.Dictionary.Decode(noisy.Codes));
        double variance = noise.Zip(clean, (a, b) => Math.Pow(a - b, 2)).Average();
        Assert.That(Math.Sqrt(variance), Is.EqualTo(0.3).Within(0.3 * 5 / Math.Sqrt(2.0 * noise.Length)));
    }

    [Test]
    public void Generate_OtherPartsChanged_SupportsStay()
    {
        SparseCodes codes = SyntheticData.Generate(Default).Codes;
        SparseCodes other = SyntheticData.Generate(Default with { Codes = CodeDistribution.Uniform, CodeScale = 2, Measurements = 5, AtomNormSpread = 1 }).Codes;
        Assert.That(other.Atoms.ToArray(), Is.EqualTo(codes.Atoms.ToArray()));
        Assert.That(other.Values.ToArray(), Is.Not.EqualTo(codes.Values.ToArray()));
    }

    [Test]
    public void Generate_MoreSamples_ContinueTheSameRows()
    {
        SyntheticData few = SyntheticData.Generate(Default with { Samples = 300 }), many = SyntheticData.Generate(Default with { Samples = 1000 });
        AssertSame(many.Codes.Slice(0, 300), few.Codes);
        Assert.That(Flat(many.Signals)[..2400], Is.EqualTo(Flat(few.Signals)));
    }

    [Test]
    public void Generate_MaxActive_CountsAreUniform()
    {
        SyntheticData world = SyntheticData.Generate(Default with { Active = 2, MaxActive = 5, Samples = 8000 });
        int[] histogram = new int[17];
        for (int r = 0; r < 8000; r++)
        {
            histogram[world.Codes[r].Count]++;
        }

        Assert.That(histogram[2..6], Is.All.EqualTo(2000).Within(200));
        Assert.That(histogram.Sum() - histogram[2..6].Sum(), Is.Zero);
    }

    [TestCase(0.0)]
    [TestCase(0.5)]
    public void Generate_Independent_FrequenciesAreTheAskedOnes(double strength)
    {
        const int Samples = 20_000, Sources = 200;
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions
        {
            Sources = Sources, Measurements = 4, ActiveProbability = 0.05, ZipfExponent = 0.8, CorrelationStrength = strength, Samples = Samples, Seed = 3,
        });
        double[] weights = [.. Enumerable.Range(1, Sources).Select(j => Math.Pow(j, -0.8))];
        double factor = 0.05 * Sources / weights.Sum();
        int[] counts = Counts(world.Codes);
        double worst = 0;
        for (int j = 0; j < Sources; j++)
        {
            double p = Math.Min(1, factor * weights[j]);
            worst = Math.Max(worst, Math.Abs(counts[j] - (Samples * p)) / Math.Sqrt(Samples * p * (1 - p) + 1e-9));
            if (p == 1)
            {
                Assert.That(counts[j], Is.EqualTo(Samples));
            }
        }

        Assert.That(worst, Is.LessThan(5), "standard errors");
    }

    [Test]
    public void Generate_ProbabilityThatMustBeCut_KeepsTheMean()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 10, ActiveProbability = 0.5, ZipfExponent = 2, Samples = 20_000 });
        int[] counts = Counts(world.Codes);
        Assert.That(counts.Sum() / 20_000.0, Is.EqualTo(5).Within(0.05));
        Assert.That(counts[0], Is.EqualTo(20_000));
        Assert.That(counts[9], Is.LessThan(counts[5]));
    }

    [Test]
    public void Generate_ZipfWithOneActive_SlopeIsTheExponent()
    {
        SyntheticData world = SyntheticData.Generate(Default with { Active = 1, ZipfExponent = 1, Samples = 40_000 });
        int[] counts = Counts(world.Codes);
        double[] x = [.. Enumerable.Range(1, 16).Select(j => Math.Log(j))], y = [.. counts.Select(c => Math.Log(c))];
        double mx = x.Average(), my = y.Average();
        double slope = x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / x.Sum(a => (a - mx) * (a - mx));
        Assert.That(slope, Is.EqualTo(-1).Within(0.05));
    }

    [TestCase(0.0, 15)]
    [TestCase(5.0, 12)]
    public void Generate_SteepZipfAndManyActive_IsExactlyK(double strength, int active)
    {
        SyntheticData world = SyntheticData.Generate(Default with { Active = active, ZipfExponent = 10, CorrelationStrength = strength / 10, Samples = 300 });
        Assert.That(Enumerable.Range(0, 300).All(r => world.Codes[r].Count == active), Is.True);
        Assert.That(Counts(world.Codes)[0], Is.EqualTo(300));
    }

    [Test]
    public void Generate_SuccessiveDraws_HaveThePairProbabilities()
    {
        // Two of three with weights 1, 1/2, 1/3: P({0, 1}) = p0 p1/(1 − p0) + p1 p0/(1 − p1).
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 3, Active = 2, ZipfExponent = 1, Samples = 40_000, Seed = 5 });
        double[] p = [6.0 / 11, 3.0 / 11, 2.0 / 11];
        for (int missing = 0; missing < 3; missing++)
        {
            (double a, double b) = (p[(missing + 1) % 3], p[(missing + 2) % 3]);
            double expected = (a * b / (1 - a)) + (a * b / (1 - b));
            Assert.That(1 - (Counts(world.Codes)[missing] / 40_000.0), Is.EqualTo(expected).Within(0.0125), $"without {missing}");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Generate_CorrelatedSupports_CorrelateAndIndependentOnesDoNot(bool bernoulli)
    {
        SyntheticDataOptions options = Default with
        {
            Sources = 12, Active = 4, ActiveProbability = bernoulli ? 0.3 : null, CorrelationRank = 2, CorrelationStrength = 0.8, Samples = 20_000,
        };
        Assert.Multiple(() =>
        {
            Assert.That(MeanAbsoluteCorrelation(SyntheticData.Generate(options).Codes), Is.GreaterThan(0.2));
            Assert.That(MeanAbsoluteCorrelation(SyntheticData.Generate(options with { CorrelationStrength = 0 }).Codes), Is.LessThan(bernoulli ? 0.02 : 0.12));
        });
    }

    [Test]
    public void Generate_CopulaOfTwoFactorsEqualSign_HasTheOrthantProbability()
    {
        // With p = 1/2 both are active with probability 1/4 + asin(r)/2π; rank 1 makes r = ±ρ.
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 2, ActiveProbability = 0.5, CorrelationRank = 1, CorrelationStrength = 0.6, Samples = 40_000 });
        double both = Enumerable.Range(0, 40_000).Count(r => world.Codes[r].Count == 2) / 40_000.0;
        double plus = 0.25 + (Math.Asin(0.6) / (2 * Math.PI)), minus = 0.25 - (Math.Asin(0.6) / (2 * Math.PI));
        Assert.That(Math.Min(Math.Abs(both - plus), Math.Abs(both - minus)), Is.LessThan(0.012));
    }

    [Test]
    public void Generate_NormalUniformAndShape_HaveTheirMoments()
    {
        double[] normal = Values(Default with { Codes = CodeDistribution.Normal, Samples = 10_000 });
        double[] uniform = Values(Default with { Codes = CodeDistribution.Uniform, Samples = 10_000, CodeScale = 2, CodeMinimum = 1 });
        SparseCodes decayed = SyntheticData.Generate(Default with { ImportanceDecay = 0.5 }).Codes, plain = SyntheticData.Generate(Default).Codes;
        Assert.Multiple(() =>
        {
            Assert.That(normal.Average(), Is.Zero.Within(0.03));
            Assert.That(normal.Average(v => v * v), Is.EqualTo(1).Within(0.05));
            Assert.That(uniform.Average(), Is.EqualTo(2).Within(0.03));
            Assert.That(uniform, Is.All.InRange(1, 3));
            Assert.That(decayed.Values[0], Is.EqualTo(plain.Values[0] * Math.Pow(0.5, plain.Atoms[0])).Within(1e-6));
        });
    }

    [Test]
    public void Generate_AtomNormSpread_IsLogNormal()
    {
        float[] norms = Norms(SyntheticData.Generate(Default with { Sources = 2000, AtomNormSpread = 0.5f, Samples = 1 }).Dictionary);
        double[] logs = [.. norms.Select(n => Math.Log(n))];
        Assert.That(logs.Average(), Is.Zero.Within(0.06));
        Assert.That(Math.Sqrt(logs.Average(l => l * l)), Is.EqualTo(0.5).Within(0.05));
    }

    [Test]
    public void Generate_WideWorld_NeedsNoDenseCodes()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16_384, Measurements = 32, Active = 20, ZipfExponent = 0.5, Samples = 2000 });
        Assert.That(world.Codes.NonZeroCount, Is.EqualTo(40_000));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(40L << 20), "a dense matrix would take 131 MB");
    }

    [Test]
    public void Split_Half_GivesBothPartsInOrder()
    {
        SyntheticData world = SyntheticData.Generate(Default);
        (SyntheticData train, SyntheticData test) = world.Split(0.5);
        Assert.Multiple(() =>
        {
            Assert.That(train.Codes.RowCount, Is.EqualTo(1024));
            Assert.That(Flat(train.Signals).Concat(Flat(test.Signals)), Is.EqualTo(Flat(world.Signals)));
            Assert.That(test.Codes[5].Values.ToArray(), Is.EqualTo(world.Codes[1029].Values.ToArray()));
            Assert.That(test.Dictionary, Is.SameAs(world.Dictionary));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-2)]
    [TestCase(double.NaN)]
    [TestCase(1e-9)]
    public void Split_OnePartEmpty_IsRefused(double fraction) =>
        Assert.That(() => SyntheticData.Generate(Default).Split(fraction), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("fraction"));

    private static IEnumerable<TestCaseData> Contradictions()
    {
        yield return new TestCaseData(Default with { Active = 17 }, "Active");
        yield return new TestCaseData(Default with { MaxActive = 2 }, "MaxActive");
        yield return new TestCaseData(Default with { MaxActive = 17 }, "MaxActive");
        yield return new TestCaseData(Default with { MaxActive = 5, ActiveProbability = 0.1 }, "MaxActive");
        yield return new TestCaseData(Default with { Samples = int.MaxValue }, "Samples");
        yield return new TestCaseData(Default with { Sources = int.MaxValue }, "Sources");
    }

    [TestCaseSource(nameof(Contradictions))]
    public void Generate_Contradiction_IsNamed(SyntheticDataOptions options, string parameter) =>
        Assert.That(() => SyntheticData.Generate(options), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo(parameter));

    [Test]
    public void Options_ValueOutOfRange_IsNamed() => Assert.Multiple(() =>
    {
        AssertRefused(() => _ = Default with { Sources = 0 }, "Sources");
        AssertRefused(() => _ = Default with { Active = 0 }, "Active");
        AssertRefused(() => _ = Default with { Noise = float.NaN }, "Noise");
        AssertRefused(() => _ = Default with { ActiveProbability = 0 }, "ActiveProbability");
        AssertRefused(() => _ = Default with { ActiveProbability = double.NaN }, "ActiveProbability");
        AssertRefused(() => _ = Default with { CorrelationStrength = 1 }, "CorrelationStrength");
        AssertRefused(() => _ = Default with { ImportanceDecay = 0 }, "ImportanceDecay");
        AssertRefused(() => _ = Default with { Seed = -1 }, "Seed");
        Assert.That(() => SyntheticData.Generate(null!), Throws.ArgumentNullException);
    });

    internal static float[] Flat(Tensor<float> tensor)
    {
        var flat = new float[tensor.FlattenedLength];
        tensor.FlattenTo(flat);
        return flat;
    }

    private static void AssertRefused(Action action, string parameter) =>
        Assert.That(action, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(parameter));

    private static void AssertSame(SparseCodes actual, SparseCodes expected) => Assert.Multiple(() =>
    {
        Assert.That(actual.RowOffsets.ToArray(), Is.EqualTo(expected.RowOffsets.ToArray()));
        Assert.That(actual.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
        Assert.That(actual.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
    });

    private static double[] Values(SyntheticDataOptions options) => [.. SyntheticData.Generate(options).Codes.Values.ToArray().Select(v => (double)v)];

    private static int[] Counts(SparseCodes codes)
    {
        var counts = new int[codes.AtomCount];
        foreach (int atom in codes.Atoms)
        {
            counts[atom]++;
        }

        return counts;
    }

    private static float[] Norms(AtomDictionary dictionary)
    {
        var norms = new float[dictionary.AtomCount];
        dictionary.CopyNorms(norms);
        return norms;
    }

    private static double MeanAbsoluteCorrelation(SparseCodes codes)
    {
        int n = codes.RowCount, m = codes.AtomCount;
        var both = new double[m, m];
        for (int r = 0; r < n; r++)
        {
            foreach (int i in codes[r].Atoms)
            {
                foreach (int j in codes[r].Atoms)
                {
                    both[i, j] += 1.0 / n;
                }
            }
        }

        double sum = 0;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (double p, double q) = (both[i, i], both[j, j]);
                sum += Math.Abs(both[i, j] - (p * q)) / Math.Sqrt(p * (1 - p) * q * (1 - q));
            }
        }

        return sum / (m * (m - 1) / 2);
    }
}
