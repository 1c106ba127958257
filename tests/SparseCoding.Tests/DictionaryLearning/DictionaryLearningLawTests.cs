using System.Numerics.Tensors;
using static SparseCoding.Tests.DictionaryLearning.DictionaryWorld;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>What learning must do whatever the update: find planted atoms, never raise the objective where theory says so, keep signs, replace atoms that do no work.</summary>
public sealed class DictionaryLearningLawTests
{
    /// <summary>The field's remedies against atoms that share one direction (Rubinstein et al. 2008): few users, and near-copies, are replaced.</summary>
    private static readonly DictionaryLearningOptions Robust = new() { Iterations = 150, Restarts = 5, MinUsage = 0.04f, MaxCoherence = 0.95f };

    public static IEnumerable<DictionaryUpdate> AllUpdates => Updates;

    [TestCaseSource(nameof(AllUpdates))]
    public void Fit_PlantedDictionary_IsFoundFromSeveralSeeds(DictionaryUpdate update)
    {
        foreach (int seed in (int[])[1, 2, 3])
        {
            (Tensor<float> signals, AtomDictionary planted) = Planted(20, 16, 2, 800, 40 + seed);
            var omp = new OmpEncoder(new OmpOptions { AtomCount = 20, MaxActive = 2 }, Robust with { Update = update, Seed = seed, Tolerance = update is GradientUpdate ? 0 : 1e-5f });
            AtomDictionary learned = omp.Fit(signals).Dictionary;
            Assert.That(Mcc.Between(planted, learned).Value, Is.GreaterThan(0.99), $"{update}, seed {seed}");
        }
    }

    [Test]
    public void Fit_ExactCoderAndDescentUpdate_NeverRaisesTheObjective([Values] bool nonNegative, [Values] bool approximate)
    {
        (Tensor<float> signals, _) = Planted(16, 10, 3, 300, 7, nonNegative);
        var learning = new DictionaryLearningOptions
        {
            Update = approximate ? DictionaryUpdate.ApproximateKSvd : DictionaryUpdate.BlockCoordinate,
            NonNegativeAtoms = nonNegative,
            Iterations = 60,
            Restarts = 1,
            Tolerance = 0,
            MaxCoherence = 1,
            Seed = 3,
        };
        LassoEncoder trained = new LassoEncoder(new LassoOptions { AtomCount = 16, Lambda = 0.1f, NonNegative = nonNegative, GapTolerance = 1e-7f }, learning).Fit(signals);
        double[] curve = [.. trained.Training!.Curve.Select(p => p.Loss)];
        Assert.That(curve, Has.Length.EqualTo(60));
        for (int i = 1; i < curve.Length; i++)
        {
            Assert.That(curve[i], Is.LessThanOrEqualTo(curve[i - 1] * (1 + 1e-5)), $"alternation {i + 1}");
        }

        Assert.That(curve[^1], Is.LessThan(0.8 * curve[0]));
    }

    [Test]
    public void Fit_NonNegativeAtoms_StayNonNegativeAndAreFound([Values(0, 2, 3, 4)] int update)
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(12, 16, 2, 300, 9, nonNegative: true);
        var options = new LassoOptions { AtomCount = 12, Lambda = update == 2 ? 0 : 0.02f, NonNegative = true };
        var learning = new DictionaryLearningOptions { Update = Updates[update], NonNegativeAtoms = true, Iterations = 60, Restarts = 2, Seed = 2 };
        AtomDictionary learned = new LassoEncoder(options, learning).Fit(signals).Dictionary;
        Assert.That(Atoms(learned), Has.All.GreaterThanOrEqualTo(0f));
        Assert.That(Mcc.Between(planted, learned).Value, Is.GreaterThan(0.95));
    }

    [Test]
    public void Fit_EveryStart_LearnsAndSvdStartsAtTheSingularVectors([Values] DictionaryStart start)
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(20, 12, 2, 800, 41);
        DictionaryLearningOptions learning = Robust with { Start = start, Seed = 5 };
        AtomDictionary learned = new OmpEncoder(new OmpOptions { AtomCount = 20, MaxActive = 2 }, learning).Fit(signals).Dictionary;
        Assert.That(Mcc.Between(planted, learned).Value, Is.GreaterThan(0.98));
    }

    [Test]
    public void Start_Svd_IsThatOfTheDecomposition()
    {
        float[] x = TestMatrices.Normal<float>(30, 6, 3);
        float[] atoms = SparseCoding.DictionaryLearning.AtomStarts.Create(new DictionaryLearningOptions { Start = DictionaryStart.Svd }, x, 4, 6, 0);
        SparseCoding.Numerics.Svd svd = SparseCoding.Numerics.Svd.Compute(SparseCoding.Numerics.Matrix64.From(x, 30, 6));
        for (int i = 0; i < 4; i++)
        {
            double dot = 0;
            for (int c = 0; c < 6; c++)
            {
                dot += svd.Right.Row(i)[c] * atoms[(i * 6) + c];
            }

            Assert.That(Math.Abs(dot), Is.EqualTo(1).Within(1e-6));
            Assert.That(atoms.AsSpan(i * 6, 6).ToArray().MaxBy(Math.Abs), Is.Positive);
        }
    }

    [Test]
    public void Run_MeanOverBatches_GivesNearlyTheDictionaryOfAllSignals()
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(20, 12, 2, 4000, 43);
        foreach (DictionaryUpdate update in (DictionaryUpdate[])[DictionaryUpdate.BlockCoordinate, DictionaryUpdate.Mod, DictionaryUpdate.Gradient(new Schedule { Value = 0.03f, DecayShare = 0.5 })])
        {
            DictionaryLearningOptions learning = Robust with { Update = update, BatchSize = 200, Iterations = 200, Seed = 1, Forgetting = update is GradientUpdate ? 0 : 5 };
            AtomDictionary learned = new OmpEncoder(new OmpOptions { AtomCount = 20, MaxActive = 2 }, learning).Fit(signals).Dictionary;
            Assert.That(Mcc.Between(planted, learned).Value, Is.GreaterThan(0.98), update.ToString());
        }
    }

    [Test]
    public void Fit_AtomThatNoSignalUses_IsReplacedAndTheNaiveMethodLeavesItDead()
    {
        // Signals lie in the first four dimensions and one atom starts outside: no coder ever uses it.
        (Tensor<float> inside, AtomDictionary planted) = Planted(6, 4, 1, 200, 3);
        var wide = new float[200 * 6];
        float[] values = Values(inside), known = Atoms(planted);
        for (int i = 0; i < values.Length; i++)
        {
            wide[(i / 4 * 6) + (i % 4)] = values[i];
        }

        Tensor<float> signals = Tensor.Create(wide, [200, 6]);
        var start = new float[6 * 6];
        for (int i = 0; i < 5 * 4; i++)
        {
            start[(i / 4 * 6) + (i % 4)] = known[i];
        }

        start[(5 * 6) + 5] = 1;
        TrainingRecord Learn(long unusedAfter, out AtomDictionary dictionary)
        {
            var omp = new OmpEncoder(new OmpOptions { AtomCount = 6, MaxActive = 1 }, new DictionaryLearningOptions { UnusedAfter = unusedAfter, MaxCoherence = 1 });
            using DictionaryTrainer<OmpEncoder> trainer = omp.CreateTrainer(6, new AtomDictionary(start, 6));
            for (int i = 0; i < 20; i++)
            {
                trainer.Step(signals);
            }

            dictionary = trainer.Snapshot().Dictionary;
            return trainer.Record;
        }

        TrainingRecord naive = Learn(long.MaxValue, out AtomDictionary dead), record = Learn(200, out AtomDictionary alive);
        Assert.That(Atoms(dead).AsSpan(30).ToArray(), Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 1 }), "the naive method keeps the dead atom");
        Assert.That(naive.Replacements, Is.Empty);
        Assert.That(record.Replacements[0], Is.EqualTo(new AtomReplacement(1, 5, ReplacementReason.Unused)));
        Assert.That(Atoms(alive)[35], Is.Zero);
        Assert.That(record.Curve[^1].Loss, Is.LessThan(0.9 * naive.Curve[^1].Loss));
    }

    [Test]
    public void Fit_TwoAtomsOfOneDirection_AreToldApartAndTheNaiveMethodLeavesThem()
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(6, 8, 1, 300, 5);
        float[] start = Atoms(planted);
        for (int c = 0; c < 8; c++)
        {
            start[(5 * 8) + c] = -start[c]; // atom 5 is atom 0 with the other sign, and the true one is lost
        }

        TrainingRecord Learn(float limit, out AtomDictionary dictionary)
        {
            using DictionaryTrainer<OmpEncoder> trainer = new OmpEncoder(new OmpOptions { AtomCount = 6, MaxActive = 1 }, new DictionaryLearningOptions { MaxCoherence = limit, UnusedAfter = long.MaxValue }).CreateTrainer(8, new AtomDictionary(start, 8));
            for (int i = 0; i < 10; i++)
            {
                trainer.Step(signals);
            }

            dictionary = trainer.Snapshot().Dictionary;
            return trainer.Record;
        }

        Assert.That(Learn(1, out AtomDictionary naive).Replacements, Is.Empty);
        Assert.That(Mcc.Between(planted, naive).Value, Is.LessThan(0.95));
        TrainingRecord record = Learn(0.99f, out AtomDictionary learned);
        Assert.That(record.Replacements.Select(r => (r.Atom, r.Reason)), Is.EqualTo(new[] { (5, ReplacementReason.Duplicate) }));
        Assert.That(Mcc.Between(planted, learned).Value, Is.GreaterThan(0.999));
    }

    [Test]
    public void Fit_AtomThatFewSignalsUse_IsReplacedWhereAskedOnly()
    {
        // Axis signals; one outlier direction that a single signal of 200 uses.
        var data = new float[200, 5];
        for (int i = 0; i < 200; i++)
        {
            data[i, i % 4] = 1 + (i % 7);
        }

        data[0, 0] = 0;
        data[0, 4] = 1;
        var start = new AtomDictionary(new float[,] { { 1, 0, 0, 0, 0 }, { 0, 1, 0, 0, 0 }, { 0, 0, 1, 0, 0 }, { 0, 0, 0, 0, 1 } });
        AtomReplacement[] Learn(float minUsage)
        {
            using DictionaryTrainer<OmpEncoder> trainer = new OmpEncoder(new OmpOptions { AtomCount = 4, MaxActive = 1, ResidualTolerance = 1e-4f }, new DictionaryLearningOptions { MinUsage = minUsage }).CreateTrainer(5, start);
            trainer.Run(data);
            return [.. trainer.Record.Replacements];
        }

        Assert.That(Learn(0), Is.Empty);
        Assert.That(Learn(0.02f)[0], Is.EqualTo(new AtomReplacement(1, 3, ReplacementReason.RarelyUsed)));
    }

    [Test]
    public void Fit_ImpossiblePairs_AreRefusedByName() => Assert.Multiple(() =>
    {
        (Tensor<float> signals, _) = Planted(8, 6, 2, 50, 3);
        string Refused(DictionaryLearningOptions learning, float lambda = 0.1f) =>
            MessageOf<NotSupportedException>(() => new LassoEncoder(new LassoOptions { AtomCount = 8, Lambda = lambda, NonNegative = true }, learning).Fit(signals));
        Assert.That(Refused(new() { Update = DictionaryUpdate.Mod, NonNegativeAtoms = true }), Does.Contain("NonNegativeAtoms").And.Contains("Mod"));
        Assert.That(Refused(new() { Update = DictionaryUpdate.KSvd }), Does.Contain("KSvd").And.Contains("Lambda"));
        Assert.That(Refused(new() { Update = DictionaryUpdate.ApproximateKSvd, BatchSize = 10 }), Does.Contain("ApproximateKSvd").And.Contains("BatchSize = 0"));
        Assert.That(Refused(new() { Update = DictionaryUpdate.Gradient(0.1f), Forgetting = 1 }), Does.Contain("Gradient").And.Contains("Forgetting"));
        Assert.That(MessageOf<ArgumentException>(() => new LassoEncoder(new LassoOptions { AtomCount = 8, Lambda = 0 }).Fit(signals)), Does.Contain("penalty"));
        Assert.That(MessageOf<ArgumentException>(() => new OmpEncoder(new OmpOptions { AtomCount = 8 }).CreateTrainer(6, new AtomDictionary(new float[7, 6]))), Does.Contain("7 atoms").And.Contains("8 atoms"));
        Assert.That(MessageOf<ArgumentException>(() => new OmpEncoder(new OmpOptions { AtomCount = 8 }).CreateTrainer(6, new AtomDictionary(new float[8, 6], new float[] { 1, 0, 0, 0, 0, 0 }))), Does.Contain("offset"));
        Assert.That(MessageOf<InvalidOperationException>(() => new ItoEncoder(new ItoOptions { Lambda = 1 }).Fit(signals)), Does.Contain("AtomCount"));
    });
}
