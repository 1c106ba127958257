using System.Numerics.Tensors;
using static SparseCoding.Tests.DictionaryLearning.DictionaryWorld;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>NMF and semi-NMF: monotone, signs kept, planted parts found, the stationarity conditions met, threads do not matter.</summary>
public sealed class FactorizationTests
{
    private static readonly (Tensor<float> Signals, AtomDictionary Dictionary) Parts = Planted(8, 16, 3, 250, 61, nonNegative: true);

    [Test]
    public void Nmf_EveryIteration_LowersTheObjectiveAndKeepsSigns([Values] NmfMethod method, [Values(0f, 0.05f)] float lambda)
    {
        if (method == NmfMethod.Multiplicative && lambda > 0)
        {
            Assert.That(MessageOf<NotSupportedException>(() => _ = new NmfLearner(new NmfOptions { AtomCount = 2, Method = method, Lambda = lambda })), Does.Contain("Lambda").And.Contains("Hals"));
            return;
        }

        FactorizationResult result = new NmfLearner(new NmfOptions { AtomCount = 8, Method = method, Lambda = lambda, Tolerance = 0, Iterations = 100, Seed = 3 }).Fit(Parts.Signals);
        AssertFalls(result);
        Assert.That(result.Codes.Values.ToArray(), Has.All.Positive);
        Assert.That(Atoms(result.Dictionary), Has.All.GreaterThanOrEqualTo(0f));
        Assert.That(result.Record.Steps, Is.EqualTo(100));
        double error = 0.5 * SquaredError(Parts.Signals, result.Dictionary, result.Codes) / 250;
        double l1 = result.Codes.Values.ToArray().Sum(v => (double)v) / 250;
        Assert.That(error + (lambda * l1), Is.EqualTo(result.Record.FinalLoss).Within(1e-4 * result.Record.FinalLoss + 1e-7));
    }

    [Test]
    public void Nmf_PlantedParts_AreFoundAndNewSignalsAreCoded()
    {
        AtomDictionary learned = new AtomDictionary(new float[1, 1]);
        double best = double.PositiveInfinity;
        FactorizationResult? kept = null;
        for (int seed = 0; seed < 4; seed++)
        {
            FactorizationResult result = new NmfLearner(new NmfOptions { AtomCount = 8, Iterations = 500, Tolerance = 1e-7f, Seed = seed }).Fit(Parts.Signals);
            if (result.Record.FinalLoss < best)
            {
                (best, learned, kept) = (result.Record.FinalLoss, result.Dictionary, result);
            }
        }

        Assert.That(Mcc.Between(Parts.Dictionary, learned).Value, Is.GreaterThan(0.95));

        // The encoder's exact codes are at least as good as those of the factorisation.
        SparseCodes codes = kept!.CreateEncoder().Encode(Parts.Signals);
        Assert.That(SquaredError(Parts.Signals, learned, codes), Is.LessThanOrEqualTo((SquaredError(Parts.Signals, learned, kept.Codes) * 1.001) + 1e-6));
    }

    [Test]
    public void Nmf_SecondOfTwoRankOneFactors_IsExact()
    {
        // X = z dᵀ with positive z, d: the unique factorisation of rank 1.
        var data = new float[6, 3];
        for (int i = 0; i < 6; i++)
        {
            (data[i, 0], data[i, 1], data[i, 2]) = (2f * (i + 1), 1f * (i + 1), 2f * (i + 1));
        }

        FactorizationResult result = new NmfLearner(new NmfOptions { AtomCount = 1 }).Fit(data);
        Assert.That(Atoms(result.Dictionary), Is.EqualTo(new[] { 2 / 3f, 1 / 3f, 2 / 3f }).Within(1e-6));
        Assert.That(result.Codes.Values.ToArray(), Is.EqualTo(new float[] { 3, 6, 9, 12, 15, 18 }).Within(1e-5));
    }

    [Test]
    public void SemiNmf_DenseAtoms_NeverRisesAndSparseAtomsHaveTheirNumberOfEntries([Values(1.0, 0.25)] double density)
    {
        (Tensor<float> signals, _) = Planted(6, 12, 2, 200, 71);
        FactorizationResult result = new SemiNmfLearner(new SemiNmfOptions { AtomCount = 6, AtomDensity = density, Iterations = 80, Patience = 80, Seed = 1 }).Fit(signals);
        Assert.That(result.Codes.Values.ToArray(), Has.All.Positive);
        if (density == 1)
        {
            AssertFalls(result, 1e-5);
        }

        for (int k = 0; k < 6; k++)
        {
            Assert.That(Atoms(result.Dictionary).AsSpan(k * 12, 12).ToArray().Count(v => v != 0), Is.AtMost((int)Math.Ceiling(12 * density)));
        }

        Assert.That(result.Record.FinalLoss, Is.EqualTo(result.Record.Curve.Min(p => p.Loss)), "the best iteration is kept");
        double error = 0.5 * SquaredError(signals, result.Dictionary, result.Codes) / 200;
        Assert.That(error, Is.EqualTo(result.Record.FinalLoss).Within(1e-3 * error));
    }

    [Test]
    public void SemiNmf_SignalsOfAnExactFactorisation_AreNearlyExplained()
    {
        (_, AtomDictionary planted) = Planted(6, 20, 2, 300, 73);
        float[] codes = TestMatrices.Codes<float>(300, 6, 2, 74, nonNegative: true), x = TestMatrices.Signals(codes, Atoms(planted), 6, 20);
        FactorizationResult best = Enumerable.Range(0, 4)
            .Select(seed => new SemiNmfLearner(new SemiNmfOptions { AtomCount = 6, Iterations = 800, Tolerance = 1e-6f, Seed = seed }).Fit(Tensor.Create(x, [300, 20])))
            .MinBy(r => r.Record.FinalLoss)!;
        Assert.That(best.Record.FinalLoss, Is.LessThan(0.05 * 0.5 * x.Sum(v => (double)v * v) / 300));
        Assert.That(Mcc.Between(planted, best.Dictionary).Value, Is.GreaterThan(0.75));
    }

    [Test]
    public void Fit_AnyNumberOfThreads_GivesTheSameBits()
    {
        float[] positive = Array.ConvertAll(Values(ManySignals), Math.Abs);
        Tensor<float> data = Tensor.Create(positive, ManySignals.Lengths);
        FactorizationResult Learn(bool semi, int threads) => semi
            ? new SemiNmfLearner(new SemiNmfOptions { AtomCount = 20, Iterations = 4 }).Fit(data, new RunContext { Threads = threads })
            : new NmfLearner(new NmfOptions { AtomCount = 20, Iterations = 4 }).Fit(data, new RunContext { Threads = threads });
        foreach (bool semi in (bool[])[false, true])
        {
            FactorizationResult one = Learn(semi, 1), four = Learn(semi, 4);
            AssertSameBits(four.Dictionary, one.Dictionary, "dictionary");
            AssertSameBits(four.Codes, one.Codes, "codes");
        }
    }

    [Test]
    public void Fit_BadData_IsNamed() => Assert.Multiple(() =>
    {
        var nmf = new NmfLearner(new NmfOptions { AtomCount = 2 });
        Assert.That(MessageOf<ArgumentException>(() => nmf.Fit(new float[,] { { 1, 2 }, { 0, -3 } })), Does.Contain("row 1, column 1").And.Contains("SemiNmfLearner"));
        Assert.Catch<ArgumentNullException>(() => nmf.Fit(null!));
        Assert.That(MessageOf<ArgumentException>(() => nmf.Fit(new float[400, 500], new RunContext { MemoryBudget = 1 << 20 })), Does.Contain("memory budget"));
        Assert.That(MessageOf<NotSupportedException>(() => nmf.Fit(new float[,] { { 1, 2 } }, new RunContext { Checkpoint = "x" })), Does.Contain("checkpoint"));
        Assert.Catch<OperationCanceledException>(() => nmf.Fit(new float[,] { { 1, 2 } }, cancellationToken: new CancellationToken(true)));
        Assert.That(nmf.Fit(new float[3, 4]).Codes.NonZeroCount, Is.Zero, "zeros");
        Assert.Catch<ArgumentException>(() => _ = new SemiNmfOptions { AtomCount = 2, AtomDensity = 0 });
        Assert.Catch<ArgumentException>(() => _ = new NmfOptions { AtomCount = 0 });
    });

    private static void AssertFalls(FactorizationResult result, double tolerance = 1e-6)
    {
        TrainingPoint[] curve = [.. result.Record.Curve];
        for (int i = 1; i < curve.Length; i++)
        {
            Assert.That(curve[i].Loss, Is.LessThanOrEqualTo(curve[i - 1].Loss + (tolerance * curve[0].Loss)), $"iteration {i + 1}");
        }

        Assert.That(curve[^1].Loss, Is.LessThan(0.9 * curve[0].Loss));
    }
}
