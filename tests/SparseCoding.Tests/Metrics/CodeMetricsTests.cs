namespace SparseCoding.Tests;

/// <summary>Sparsity, supports and shrinkage against counts over dense codes.</summary>
[TestFixture]
internal sealed class CodeMetricsTests
{
    [TestCase(0.0f)]
    [TestCase(0.7f)]
    public void Sparsity_RandomCodes_AreTheCountsOfTheDenseMatrix(float threshold)
    {
        float[,] dense = MccTests.Sparse(new Random(3), 50, 6);
        for (int i = 0; i < 50; i++)
        {
            (dense[i, 2], dense[i, 4]) = (0, 2);
        }

        float[] all = [.. dense.Cast<float>()];
        SparsityMetrics metrics = SparsityMetrics.Measure(SparseCodes.FromDense(dense), threshold, denseLimit: 0.9);
        Assert.Multiple(() =>
        {
            Assert.That(metrics.L0, Is.EqualTo(all.Count(v => Math.Abs(v) > threshold) / 50.0));
            Assert.That(metrics.L0Share, Is.EqualTo(metrics.L0 / 6));
            Assert.That(metrics.L1, Is.EqualTo(all.Sum(v => Math.Abs((double)v)) / 50).Within(1e-12));
            Assert.That((metrics.Dead, metrics.Dense), Is.EqualTo((1, 1)));
            Assert.That(metrics.DeadShare, Is.EqualTo(1 / 6.0));
            Assert.That(metrics.Density[0], Is.EqualTo(Enumerable.Range(0, 50).Count(i => Math.Abs(dense[i, 0]) > threshold) / 50.0));
            Assert.That(metrics.Density[4], Is.EqualTo(1));
        });
    }

    [Test]
    public void Support_PerfectPermutedCodes_IsPerfect()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Samples = 400, Seed = 8 });
        var dense = new float[400, 16];
        for (int r = 0; r < 400; r++)
        {
            for (int j = 0; j < 16; j++)
            {
                dense[r, 15 - j] = 2 * world.Codes[r][j];
            }
        }

        SupportMetrics metrics = SupportMetrics.Measure(world.Codes, SparseCodes.FromDense(dense));
        Assert.That((metrics.Precision, metrics.Recall, metrics.F1, metrics.ExactShare, metrics.MeanLatentF1), Is.EqualTo((1.0, 1.0, 1.0, 1.0, 1.0)));
        Assert.That(metrics.Latents.Select(s => s.Source), Is.EqualTo(Enumerable.Range(0, 16).Reverse()));
    }

    [Test]
    public void Support_RandomCodes_AreTheCountsOfTheDenseMatrices()
    {
        var random = new Random(9);
        const float Threshold = 0.4f;
        float[,] truth = MccTests.Sparse(random, 80, 5), found = MccTests.Sparse(random, 80, 7);
        SparseCodes a = SparseCodes.FromDense(truth), b = SparseCodes.FromDense(found);
        SupportMetrics metrics = SupportMetrics.Measure(a, b, Threshold);
        int[] partner = [.. Enumerable.Repeat(-1, 7)];
        foreach (MatchedPair pair in Mcc.Between(a, b).Matching)
        {
            partner[pair.Found] = pair.Truth;
        }

        bool True(int r, int j) => j >= 0 && Math.Abs(truth[r, j]) > Threshold;
        bool Found(int r, int j) => Math.Abs(found[r, j]) > Threshold;
        int hits = 0, actives = 0, expected = 0, exact = 0;
        for (int r = 0; r < 80; r++)
        {
            int h = Enumerable.Range(0, 7).Count(j => Found(r, j) && True(r, partner[j])), f = Enumerable.Range(0, 7).Count(j => Found(r, j)), t = Enumerable.Range(0, 5).Count(j => True(r, j));
            (hits, actives, expected, exact) = (hits + h, actives + f, expected + t, exact + (h == f && h == t ? 1 : 0));
        }

        Assert.Multiple(() =>
        {
            Assert.That(metrics.Precision, Is.EqualTo((double)hits / actives));
            Assert.That(metrics.Recall, Is.EqualTo((double)hits / expected));
            Assert.That(metrics.F1, Is.EqualTo(2.0 * hits / (actives + expected)));
            Assert.That(metrics.ExactShare, Is.EqualTo(exact / 80.0));
            for (int j = 0; j < 7; j++)
            {
                int nearest = Enumerable.Range(0, 5).MaxBy(i => Math.Abs(MccTests.Pearson(truth, i, found, j)));
                double both = Enumerable.Range(0, 80).Count(r => Found(r, j) && True(r, nearest));
                double of = Enumerable.Range(0, 80).Count(r => Found(r, j)), to = Enumerable.Range(0, 80).Count(r => True(r, nearest));
                Assert.That(metrics.Latents[j], Is.EqualTo(new LatentScore(j, nearest, both / of, both / to, 2 * both / (of + to))));
            }
        });
    }

    [Test]
    public void Support_DeadLatent_CountsZero()
    {
        SparseCodes truth = SparseCodes.FromDense(new float[,] { { 1, 0 }, { 0, 1 }, { 1, 1 } });
        SparseCodes found = SparseCodes.FromDense(new float[,] { { 1, 0 }, { 0, 0 }, { 1, 0 } });
        SupportMetrics metrics = SupportMetrics.Measure(truth, found);
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Latents[1], Is.EqualTo(new LatentScore(1, 0, 0, 0, 0)));
            Assert.That(metrics.MeanLatentF1, Is.EqualTo(0.5));
            Assert.That(SupportMetrics.Measure(truth, SparseCodes.FromDense(new float[3, 2])).Precision, Is.NaN);
        });
    }

    [Test]
    public void Shrinkage_ScaledCodes_HasTheSlopeAndRespectsNorms()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Samples = 300, AtomNormSpread = 0.4f, Seed = 2 });
        MatchedPair[] identity = [.. Enumerable.Range(0, 16).Select(j => new MatchedPair(j, j, 1))];
        var norms = new float[16];
        world.Dictionary.CopyNorms(norms);

        // The same signals in unit atoms, shrunk by .8, every other one sign-flipped, half of the sources missed in one row.
        var dense = new float[300, 16];
        for (int r = 1; r < 300; r++)
        {
            for (int j = 0; j < 16; j++)
            {
                dense[r, j] = 0.8f * norms[j] * world.Codes[r][j] * (j % 2 == 0 ? -1 : 1);
            }
        }

        ShrinkageMetrics metrics = ShrinkageMetrics.Measure(world.Codes, SparseCodes.FromDense(dense), identity, world.Dictionary, world.Dictionary.Normalized());
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Slope, Is.EqualTo(0.8).Within(1e-6));
            Assert.That(metrics.PairSlopes[2], Is.EqualTo(-0.8).Within(1e-6));
            Assert.That(metrics.Entries, Is.EqualTo(299 * 3));
            Assert.That(ShrinkageMetrics.Measure(world.Codes, SparseCodes.FromDense(new float[300, 16]), identity).Slope, Is.NaN);
        });
    }

    [Test]
    public void Shrinkage_HalvedCodes_HalveTheSlope()
    {
        (SyntheticData world, _) = SyntheticData.Generate(new SyntheticDataOptions { Samples = 200, Seed = 6 }).Split(0.5);
        SparseCodes codes = new OmpEncoder(world.Dictionary, new OmpOptions { MaxActive = 3 }).Encode(world.Signals);
        SparseCodes half = SparseCodes.FromRows(16, codes.RowOffsets, codes.Atoms, [.. codes.Values.ToArray().Select(v => v / 2)]);
        MccResult mcc = Mcc.Between(world.Codes, codes);
        double slope = ShrinkageMetrics.Measure(world.Codes, codes, mcc.Matching).Slope, halved = ShrinkageMetrics.Measure(world.Codes, half, mcc.Matching).Slope;
        Assert.That(halved, Is.EqualTo(slope / 2).Within(1e-7));
    }

    [Test]
    public void Measure_BadInput_IsNamed()
    {
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 1, 0 } });
        Assert.Multiple(() =>
        {
            Assert.That(() => SparsityMetrics.Measure(codes.Slice(0, 0)), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("codes"));
            Assert.That(() => SparsityMetrics.Measure(codes, -1), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("threshold"));
            Assert.That(() => SparsityMetrics.Measure(codes, 0, 2), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("denseLimit"));
            Assert.That(() => SupportMetrics.Measure(codes, codes, float.NaN), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("threshold"));
            Assert.That(() => ShrinkageMetrics.Measure(codes, codes, [new MatchedPair(0, 5, 1)]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("matching"));
            Assert.That(() => ShrinkageMetrics.Measure(codes, codes, [], MccTests.Random(3, 2, 1)), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("trueDictionary"));
        });
    }
}
