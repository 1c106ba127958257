using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>k-means against scikit-learn from the same start (tests/Golden/kmeans_golden.py), its laws, and what is refused by name.</summary>
public sealed class KMeansTests
{
    private static readonly float[,] s_waves = Waves();

    [TestCase(3, 867.1075840481061, 10, "54 81 65")]
    [TestCase(7, 457.4311304486142, 6, "29 29 29 29 28 28 28")]
    [TestCase(12, 402.0312641636492, 7, "26 12 18 18 18 26 28 5 15 13 12 9")]
    public void FitFrom_FirstRows_HasScikitLearnsInertiaAndClusters(int clusters, double inertia, int rounds, string sizes)
    {
        KMeansEncoder trained = new KMeansEncoder(new KMeansOptions { AtomCount = clusters, Tolerance = 0, MaxIterations = 1000 }).FitFrom(s_waves, FirstRows(clusters));
        Assert.That(2 * 200 * trained.Training!.FinalLoss, Is.EqualTo(inertia).Within(1e-6 * inertia));
        SparseCodes codes = trained.Encode(s_waves);
        Assert.That(string.Join(' ', Enumerable.Range(0, clusters).Select(k => codes.Atoms.Count(k))), Is.EqualTo(sizes));
        Assert.That(codes.Values.ToArray(), Has.All.EqualTo(1f));
        Assert.That(trained.Training.Steps, Is.EqualTo(rounds), "rounds");
    }

    [Test]
    public void Fit_RoundAfterRound_LossNeverRisesAndEndsAtMeansOfNearestSignals([Values] bool spherical, [Values] KMeansStart start, [Values(1, 5, 30)] int clusters)
    {
        KMeansEncoder trained = new KMeansEncoder(new KMeansOptions { AtomCount = clusters, Spherical = spherical, Start = start, Tolerance = 0, Seed = 4 }).Fit(s_waves);
        double[] losses = [.. trained.Training!.Curve.Select(p => p.Loss)];
        Assert.That(losses, Is.Ordered.Descending);
        Assert.That(trained.Training.FinalLoss, Is.EqualTo(losses[^1]));
        if (spherical)
        {
            Assert.That(trained.Dictionary.NormValues.ToArray(), Has.All.EqualTo(1).Within(1e-6));
        }

        // A fixed point: one more round moves nothing.
        KMeansEncoder again = new KMeansEncoder(trained.Options).FitFrom(s_waves, trained.Dictionary);
        Assert.That(again.Dictionary.AtomValues.ToArray(), Is.EqualTo(trained.Dictionary.AtomValues.ToArray()).Within(1e-6));
        Assert.That(trained.Encode(s_waves).Atoms.ToArray().Distinct().Count(), Is.EqualTo(clusters), "no cluster is empty");
    }

    [Test]
    public void FitFrom_AStartThatLeavesClustersEmpty_GivesThemTheFarthestSignals()
    {
        // The second and third centre get nothing; the farthest signals are those at 9 and at 5, in this order.
        float[,] signals = { { 0 }, { 0.1f }, { 0.2f }, { 5 }, { 9 } };
        var start = new AtomDictionary(new float[,] { { 0 }, { -50 }, { -60 } });
        KMeansEncoder one = new KMeansEncoder(new KMeansOptions { AtomCount = 3, MaxIterations = 1 }).FitFrom(signals, start);
        Assert.That(one.Dictionary.AtomValues.ToArray(), Is.EqualTo((float[])[0.1f, 9, 5]).Within(1e-6));
        KMeansEncoder all = new KMeansEncoder(new KMeansOptions { AtomCount = 3, Tolerance = 0 }).FitFrom(signals, start);
        Assert.That(2 * 5 * all.Training!.FinalLoss, Is.EqualTo(0.02).Within(1e-6));
    }

    [Test]
    public void Fit_PlusPlus_FindsPlantedClustersThatAreFarApart([Values] bool spherical, [Values(0, 64)] int batch)
    {
        const int Clusters = 12, M = 8, Count = 1200;
        float[] centres = TestMatrices.Dictionary<float>(Clusters, M, 5), noise = TestMatrices.Normal<float>(Count, M, 6);
        var signals = new float[Count, M];
        for (int row = 0; row < Count; row++)
        {
            for (int j = 0; j < M; j++)
            {
                signals[row, j] = (3 * centres[(row % Clusters * M) + j]) + (0.05f * noise[(row * M) + j]);
            }
        }

        var options = new KMeansOptions { AtomCount = Clusters, Spherical = spherical, BatchSize = batch, Restarts = 4, Seed = 2, Tolerance = 0, MaxIterations = batch == 0 ? 100 : 60 };
        KMeansEncoder trained = new KMeansEncoder(options).Fit(signals);
        Assert.That(DictionaryRecovery.Between(new AtomDictionary(centres, M), trained.Dictionary.Normalized()).MeanCosine, Is.GreaterThan(0.999));
        int[] labels = trained.Encode(signals).Atoms.ToArray();
        Assert.That(Enumerable.Range(0, Count).All(row => labels[row] == labels[row % Clusters]), Is.True);
        Assert.That(trained.Training!.FinalLoss, Is.LessThan(spherical ? 0.002 : 0.02));
    }

    [Test]
    public void Encode_Spherical_IsTheCoefficientOnTheNearestDirection()
    {
        KMeansEncoder trained = new KMeansEncoder(new KMeansOptions { AtomCount = 4, Spherical = true }).Fit(s_waves);
        var zero = new float[1, 5];
        Assert.That(trained.Encode(zero).NonZeroCount, Is.Zero);
        SparseCodes codes = trained.Encode(s_waves);
        float[] d = trained.Dictionary.AtomValues.ToArray();
        for (int row = 0; row < 200; row++)
        {
            double[] inner = [.. Enumerable.Range(0, 4).Select(k => Enumerable.Range(0, 5).Sum(j => (double)s_waves[row, j] * d[(k * 5) + j]))];
            Assert.That(codes[row][Array.IndexOf(inner, inner.Max())], Is.EqualTo(inner.Max()).Within(1e-5));
        }
    }

    [Test]
    public void Fit_FewerSignalsThanCentresOrDuplicates_GivesFiniteCentres([Values] KMeansStart start, [Values(0, 3)] int batch)
    {
        KMeansEncoder trained = new KMeansEncoder(new KMeansOptions { AtomCount = 6, Start = start, BatchSize = batch }).Fit(new float[,] { { 1, 2 }, { 1, 2 }, { 3, 4 } });
        Assert.That(trained.Dictionary.AtomValues.ToArray(), Has.All.Matches<float>(float.IsFinite));
        Assert.That(trained.Training!.FinalLoss, Is.EqualTo(0).Within(1e-9));
    }

    /// <summary>Two values that a product in float32 cannot tell apart: 1000 · 1000.1 − ½ · 1000.1² rounds to what 1000 gives.</summary>
    [Test]
    public void Fit_ClustersFarFromZero_AreToldApart([Values(0, 32)] int batch)
    {
        float[] signals = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? 1000f : 1000.1f)];
        KMeansEncoder fitted = new KMeansEncoder(new KMeansOptions { AtomCount = 2, BatchSize = batch, Restarts = 1 }).FitFrom(
            ActivationSource.FromView(SignalView.FromRows(signals, 1)), new AtomDictionary(SignalView.FromRows([999.9f, 1000.2f], 1)));
        Assert.That(fitted.Dictionary.ToTensor().ToArray().Order(), Is.EqualTo(new[] { 1000f, 1000.1f }).Within(1e-3f));
        SparseCodes codes = fitted.Encode(SignalView.FromRows(signals, 1));
        Assert.That(Enumerable.Range(0, 400).Select(i => codes[i].Atoms[0] == codes[i % 2].Atoms[0]), Is.All.True);
        Assert.That(codes[0].Atoms[0], Is.Not.EqualTo(codes[1].Atoms[0]));
    }

    /// <summary>A batch of one signal that is already a centre moves nothing, which says nothing of the other centres.</summary>
    [Test]
    public void Fit_OneSignalABatch_IsNotAtRestByChance()
    {
        float[] signals = [.. Enumerable.Range(0, 300).Select(i => i < 290 ? 0f : 10f)];
        KMeansEncoder fitted = new KMeansEncoder(new KMeansOptions { AtomCount = 2, BatchSize = 1, MaxIterations = 5000 }).FitFrom(
            ActivationSource.FromView(SignalView.FromRows(signals, 1)), new AtomDictionary(SignalView.FromRows([0f, 7f], 1)));
        Assert.That(fitted.Training!.Steps, Is.GreaterThanOrEqualTo(20));
    }

    [Test]
    public void Fit_WhatCannotBe_IsRefusedByName() => Assert.Multiple(() =>
    {
        var encoder = new KMeansEncoder(new KMeansOptions { AtomCount = 3 });
        Assert.That(MessageOf<NotSupportedException>(() => encoder.Fit(s_waves, new RunContext { Checkpoint = "never" })), Does.Contain("checkpoints"));
        Assert.That(MessageOf<ArgumentException>(() => encoder.Fit(Tensor.Create(new float[1 << 19], [1 << 16, 8]), new RunContext { MemoryBudget = 1 << 20 })), Does.Contain("BatchSize").And.Contains("MemoryBudget"));
        Assert.That(MessageOf<ArgumentException>(() => encoder.FitFrom(s_waves, FirstRows(4))), Does.Contain("[4, 5]").And.Contains("[3, 5]"));
        Assert.That(MessageOf<NotSupportedException>(() => new KMeansEncoder(new KMeansOptions { AtomCount = Atoms }).FitFrom(Signals, Affine)), Does.Contain("offset"));
    });

    private static AtomDictionary FirstRows(int count)
    {
        var rows = new float[count, 5];
        Array.Copy(s_waves, rows, count * 5);
        return new AtomDictionary(rows);
    }

    private static float[,] Waves()
    {
        var x = new float[200, 5];
        for (int i = 0; i < 200; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                x[i, j] = (float)(Math.Sin(1.3 * i * (j + 1)) + (2 * Math.Cos((0.7 * (i % 7)) + j)));
            }
        }

        return x;
    }
}
