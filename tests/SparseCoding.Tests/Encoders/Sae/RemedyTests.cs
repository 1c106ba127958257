using SparseCoding.Backends;
using SparseCoding.Contracts;
using SparseCoding.Encoders;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>The rules of the remedies by hand numbers and laws, their refusals, and that they do revive.</summary>
[TestFixture]
internal sealed class RemedyTests
{
    private static readonly float[,] s_signals = Rows(SyntheticData.Generate(new SyntheticDataOptions { Sources = 256, Measurements = 32, Active = 4, Samples = 2048, ZipfExponent = 1, Offset = 3, Seed = 7 }));

    private static readonly TrainingOptions s_uncentred = new()
    {
        Steps = 400,
        BatchSize = 128,
        LearningRate = new Schedule { Value = 0.01f, WarmupSteps = 20, DecayShare = 0.2 },
        OffsetStart = OffsetStart.Zero,
        Lambda = 0,
    };

    [Test]
    public void AuxZipf_WithoutAThreshold_IsAuxKToTheBit()
    {
        var auxK = new AuxKRemedy { DeadAfter = 20, K = 8 };
        SparseCodes expected = Fit(Selection.TopK(4), auxK).Encode(s_signals);
        SparseCodes actual = Fit(Selection.TopK(4), new AuxZipfRemedy { DeadAfter = 20, K = 8, Threshold = 0 }).Encode(s_signals);
        SparseCodes without = Fit(Selection.TopK(4)).Encode(s_signals);
        Assert.That(actual.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
        Assert.That(without.Values.ToArray(), Is.Not.EqualTo(expected.Values.ToArray()), "AuxK was at work");
    }

    [Test]
    public void MarkUnderused_AgainstZipfsLaw_MarksWhatFallsBelow()
    {
        // Σρ = 1.1; the law 1/r over four ranks sums to 25/12: expected .528, .264, .176, .132 by rank, halved by τ.
        var options = new AuxZipfRemedy { Threshold = 0.5, Exponent = 1, RankShift = 0 };
        float[] flags = new float[4];
        LatentUsage.MarkUnderused([0.06f, 0.9f, 0.14f, 0], options, flags);
        Assert.That(flags, Is.EqualTo(new float[] { 1, 0, 0, 1 }), "ranks: .9, .14 above .132, .06 below .088, 0");
        LatentUsage.MarkUnderused([0.06f, 0.9f, 0.13f, 0], options, flags = new float[4]);
        Assert.That(flags, Is.EqualTo(new float[] { 1, 0, 1, 1 }));
    }

    [Test]
    public void Adapt_ByHand_MovesEachBiasAsThePaperSays()
    {
        var options = new BiasAdaptationRemedy { Groups = 2, HighestRate = 0.1, LowestRate = 0.01, DecreaseRate = 0.01f, IncreaseRate = 0.02f };
        float[] bias = [-0.5f, -0.995f, -0.3f, -0.01f, -0.2f, -0.4f];
        float[] rates = [0.2f, 0.5f, 0, 0, 0.05f, 0.05f], largest = [2, 3, 0, 0, 1, 4];
        BiasAdaptationPart.Adapt(bias, rates, largest, [0, 0, 0, 0, 0, 1], [-1, -1, -1, -1, -1, -1], options);

        // Group 0: mean of the largest over those that fired T = (2 + 3 + 1)/3 = 2; group 1 aims at .01, which .05 exceeds.
        Assert.That(bias, Is.EqualTo(new[] { -0.52f, -1, -0.26f, 0, -0.2f, -0.44f }).Within(1e-6));
        Assert.That(Enumerable.Range(0, 10).Select(new BiasAdaptationRemedy().Target), Is.Ordered.Descending);
        Assert.That(new BiasAdaptationRemedy().Target(9), Is.EqualTo(0.001).Within(1e-12));
    }

    [Test]
    public void BiasAdaptation_TiedWithAKnownDictionary_IsRefusedByName()
    {
        var sae = new SaeEncoder(new SaeOptions { AtomCount = 2, Remedies = [new BiasAdaptationRemedy { TieEncoder = true }] });
        Assert.That(
            () => sae.Fit(new float[,] { { 1, 0 }, { 0, 1 } }, new AtomDictionary(SignalView.FromRows([2, 0, 0, 2], 2))),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("TieEncoder").And.Message.Contains("known"));
    }

    /// <summary>After training at least 90 % of the latents fire at most 1.2 times their target.</summary>
    [Test]
    public void BiasAdaptation_AfterTraining_HoldsTheRates()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 48, Measurements = 24, ActiveProbability = 0.02, Samples = 4096, ZipfExponent = 1, CodeMinimum = 0.5f, Seed = 7 });
        var remedy = new BiasAdaptationRemedy { BufferSteps = 10, DecreaseRate = 0.05f, IncreaseRate = 0.05f };
        SaeEncoder encoder = new SaeEncoder(new SaeOptions { AtomCount = 64, Remedies = [remedy] }, new TrainingOptions { Steps = 2500, BatchSize = 128, Lambda = 0, LearningRate = 3e-3f, Seed = 5 }).Fit(world.Signals);
        ReadOnlySpan<double> rates = SparsityMetrics.Measure(encoder.Encode(world.Signals)).Density;
        int[] groups = BiasAdaptationPart.DrawGroups(5, 64, remedy.Groups);
        int held = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            held += rates[i] <= 1.2 * remedy.Target(groups[i]) ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{held} of 64");
        Assert.That(groups.Distinct().Count(), Is.EqualTo(10));
        Assert.That(held, Is.GreaterThanOrEqualTo(58));
    }

    [Test]
    public void Draw_OverManySteps_FollowsTheSquaredLoss()
    {
        float[] losses = [1, 2, 0, 3];
        var first = new int[4];
        for (ulong step = 0; step < 4000; step++)
        {
            int[] rows = ResamplingPart.Draw(losses, 4, new RandomStream(3L, "test", step));
            Assert.That(rows, Is.Unique.And.Length.EqualTo(3).And.No.Contains(2));
            first[rows[0]]++;
        }

        // Squares 1, 4, 9 of 14; five standard deviations.
        Assert.That(first[0] / 4000.0, Is.EqualTo(1 / 14.0).Within(0.021));
        Assert.That(first[1] / 4000.0, Is.EqualTo(4 / 14.0).Within(0.036));
        Assert.That(first[3] / 4000.0, Is.EqualTo(9 / 14.0).Within(0.038));
    }

    [Test]
    public void Resampling_OfASilentLatent_StartsItAtASignal()
    {
        const int Dead = 3;
        using var backend = new ReferenceBackend();
        var form = new SaeForm(Selection.Relu, null, new ResamplingRemedy { Every = 5, DeadAfter = 3, UntilShare = 1 }, true, true);
        using SaeNetwork network = form.Create(backend);
        float[] signals = TestMatrices.Normal<float>(SaeForm.Rows, SaeForm.Dimension, 2);
        network.Load(signals);
        Parameter weights = network.Parameters.Single(p => p.Name == "encoder.0.weight"), bias = network.Parameters.Single(p => p.Name == "encoder.0.bias");
        var low = new float[SaeForm.AtomCount];
        low[Dead] = -100;
        backend.Write(bias.Value, 0, low);
        for (int step = 1; step <= 5; step++)
        {
            network.Backward(step);
            network.Optimize(step);
        }

        double[] atom = Row(network.Atoms.Value, Dead), row = Row(weights.Value, Dead);
        double meanNorm = Enumerable.Range(0, SaeForm.AtomCount).Where(i => i != Dead).Average(i => Norm(Row(weights.Value, i)));
        Assert.Multiple(() =>
        {
            Assert.That(Norm(atom), Is.EqualTo(1).Within(1e-6));
            Assert.That(Norm(row), Is.EqualTo(0.2 * meanNorm).Within(1e-6));
            Assert.That(row.Zip(atom, (a, b) => a * b).Sum(), Is.EqualTo(0.2 * meanNorm).Within(1e-6), "one direction");
            Assert.That(Row(weights.First!, Dead).Concat(Row(weights.Second!, Dead)).Concat(Row(network.Atoms.First!, Dead)), Is.All.Zero);
            Assert.That(ReferenceMatrix.Of(bias.Value).Span[Dead], Is.Zero);
            Assert.That(ReferenceMatrix.Of(bias.First!).Span[Dead], Is.Zero);
            Assert.That(Row(weights.First!, 0), Is.Not.All.Zero, "others keep their moments");
        });
    }

    [Test]
    public void Ghost_OfHugePreActivations_StaysFinite()
    {
        var big = new float[s_signals.GetLength(0), s_signals.GetLength(1)];
        for (int i = 0; i < big.GetLength(0); i++)
        {
            for (int j = 0; j < big.GetLength(1); j++)
            {
                big[i, j] = 1e4f * s_signals[i, j];
            }
        }

        SaeEncoder encoder = new SaeEncoder(Options(Selection.TopK(4), new GhostGradientRemedy { DeadAfter = 5 }), s_uncentred with { Steps = 60 }).Fit(big);
        Assert.That(encoder.Training!.FinalLoss, Is.Not.NaN.And.GreaterThan(0));
    }

    /// <summary>Without centring a fixed part of the latents points away from the mean and never fires; every remedy leaves fewer of them.</summary>
    [TestCaseSource(nameof(Revivers))]
    public void Remedy_WhereThePlainEncoderLeavesDeadLatents_LeavesFewer(Selection selection, DeadLatentRemedy remedy)
    {
        TrainingOptions training = selection is ReluSelection ? s_uncentred with { Lambda = 0.1f, LearningRate = 3e-3f } : s_uncentred;
        double before = Dead(new SaeEncoder(Options(selection), training)), after = Dead(new SaeEncoder(Options(selection, remedy), training));
        TestContext.Out.WriteLine(FormattableString.Invariant($"{before:P1} to {after:P1}"));
        Assert.That(before, Is.GreaterThan(0.25));
        Assert.That(after, Is.LessThan(0.95 * before));
    }

    [TestCase(Initialization.Tied, OffsetStart.Mean)]
    [TestCase(Initialization.Tied, OffsetStart.GeometricMedian)]
    [TestCase(Initialization.DataPoints, OffsetStart.Mean)]
    public void Start_Centred_LeavesFewerDeadLatents(Initialization initialization, OffsetStart start)
    {
        double before = Dead(new SaeEncoder(Options(Selection.TopK(4)), s_uncentred));
        double after = Dead(new SaeEncoder(Options(Selection.TopK(4)), s_uncentred with { Initialization = initialization, OffsetStart = start }));
        TestContext.Out.WriteLine(FormattableString.Invariant($"{before:P1} to {after:P1}"));
        Assert.That(after, Is.LessThan(0.8 * before));
    }

    /// <summary>A checkpoint that is taken while there are dead latents goes on with the same bits: the list is part of the state.</summary>
    [TestCaseSource(nameof(Resumed))]
    public void Resume_WithDeadLatents_GivesTheSameBits(Selection selection, DeadLatentRemedy remedy, string? list)
    {
        using var folder = new TemporaryFolder();
        var recipe = new SaeEncoder(Options(selection, remedy), s_uncentred with { Steps = 200 });
        SparseCodes expected = recipe.Fit(s_signals).Encode(s_signals);
        string path = Path.Combine(folder.Path, "checkpoint");
        using var stop = new CancellationTokenSource();
        var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => { if (p.Step >= 107) { stop.Cancel(); } }), ProgressInterval = TimeSpan.Zero };
        using (SaeTrainer stopped = recipe.CreateTrainer(s_signals, context))
        {
            Assert.That(() => stopped.Run(s_signals, stop.Token), Throws.InstanceOf<OperationCanceledException>());
            stopped.SaveCheckpoint(path);
        }

        if (list is not null)
        {
            using StateFile file = StateFile.Open(path, "sae.trainer");
            Assert.That(file.Floats(list + ".dead", 1, 512).Count(flag => flag != 0), Is.GreaterThan(20), "dead latents in the list");
        }

        using SaeTrainer resumed = SaeTrainer.Resume(path);
        resumed.Run(s_signals);
        SparseCodes actual = resumed.Snapshot().Encode(s_signals);
        Assert.That(actual.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
        Assert.That(actual.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
    }

    [TestCaseSource(nameof(Refused))]
    public void Validate_WhatDoesNotFit_IsRefusedByName(SaeOptions options, string name) =>
        Assert.That(() => new SaeEncoder(options), Throws.ArgumentException.With.Message.Contains(name));

    [Test]
    public void Resampling_OnAKnownDictionary_IsRefused() => Assert.That(
        () => new SaeEncoder(Options(Selection.Relu, new ResamplingRemedy())).Fit(s_signals, new AtomDictionary(TestMatrices.Normal<float>(512, 32, 1), 32)),
        Throws.InstanceOf<NotSupportedException>().With.Message.Contains("ResamplingRemedy"));

    private static IEnumerable<TestCaseData> Revivers()
    {
        foreach (DeadLatentRemedy remedy in (DeadLatentRemedy[])[new AuxKRemedy { DeadAfter = 40 }, new AuxZipfRemedy { DeadAfter = 40 }, new ResamplingRemedy { Every = 80, DeadAfter = 40 }, new GhostGradientRemedy { DeadAfter = 40 }])
        {
            yield return new TestCaseData(Selection.TopK(4), remedy).SetArgDisplayNames("TopK " + remedy.GetType().Name);
        }

        foreach (DeadLatentRemedy remedy in (DeadLatentRemedy[])[new PreActivationRemedy { DeadAfter = 40, Weight = 3e-3f }, new BiasAdaptationRemedy { BufferSteps = 5, IncreaseRate = 0.1f }])
        {
            yield return new TestCaseData(Selection.Relu, remedy).SetArgDisplayNames("ReLU " + remedy.GetType().Name);
        }
    }

    private static IEnumerable<TestCaseData> Resumed()
    {
        foreach ((Selection selection, DeadLatentRemedy remedy, string? list) in ((Selection, DeadLatentRemedy, string?)[])
        [
            (Selection.TopK(4), new AuxKRemedy { DeadAfter = 20 }, "auxk"),
            (Selection.BatchTopK(4), new AuxKRemedy { DeadAfter = 20 }, "auxk"),
            (Selection.TopK(4), new AuxZipfRemedy { DeadAfter = 20 }, "auxzipf"),
            (Selection.TopK(4), new GhostGradientRemedy { DeadAfter = 20 }, "ghost"),
            (Selection.Relu, new PreActivationRemedy { DeadAfter = 20 }, "preact"),
            (Selection.TopK(4), new ResamplingRemedy { Every = 60, DeadAfter = 20 }, null),
            (Selection.Relu, new BiasAdaptationRemedy { BufferSteps = 10 }, null),
        ])
        {
            yield return new TestCaseData(selection, remedy, list).SetArgDisplayNames(selection.GetType().Name + " " + remedy.GetType().Name);
        }
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return new TestCaseData(Options(Selection.TopK(4), new PreActivationRemedy()), "pre-activation loss").SetArgDisplayNames("pre-activation loss without thresholds");
        yield return new TestCaseData(Options(Selection.TopK(4), new BiasAdaptationRemedy()), "BiasAdaptation").SetArgDisplayNames("bias adaptation under TopK");
        yield return new TestCaseData(Options(Selection.Relu, new BiasAdaptationRemedy()) with { Bias = false }, "Bias is false").SetArgDisplayNames("bias adaptation without biases");
        yield return new TestCaseData(Options(Selection.Relu, new BiasAdaptationRemedy { LowestRate = 0.5 }), "LowestRate").SetArgDisplayNames("rates the wrong way round");
        yield return new TestCaseData(Options(Selection.Relu, new BiasAdaptationRemedy(), new ResamplingRemedy()), "BiasAdaptation owns").SetArgDisplayNames("two owners of the biases");
        yield return new TestCaseData(Options(Selection.TopK(4), new AuxKRemedy(), new AuxZipfRemedy()), "count twice").SetArgDisplayNames("AuxK and AuxZipf");
        yield return new TestCaseData(Options(Selection.TopK(4), new AuxKRemedy(), new AuxKRemedy { K = 3 }), "more than one").SetArgDisplayNames("AuxK twice");
    }

    private static SaeEncoder Fit(Selection selection, params DeadLatentRemedy[] remedies) =>
        new SaeEncoder(Options(selection, remedies), s_uncentred with { Steps = 120 }).Fit(s_signals);

    private static SaeOptions Options(Selection selection, params DeadLatentRemedy[] remedies) => new() { AtomCount = 512, Selection = selection, Remedies = [.. remedies] };

    private static double Dead(SaeEncoder recipe) => SparsityMetrics.Measure(recipe.Fit(s_signals).Encode(s_signals)).DeadShare;

    private static double[] Row(DeviceMatrix matrix, int row) => ReferenceMatrix.Of(matrix).Span.Slice(row * matrix.Columns, matrix.Columns).ToArray();

    private static double Norm(double[] row) => Math.Sqrt(row.Sum(v => v * v));

    private static float[,] Rows(SyntheticData world)
    {
        var rows = new float[world.Signals.Lengths[0], world.Signals.Lengths[1]];
        for (int i = 0; i < rows.GetLength(0); i++)
        {
            for (int j = 0; j < rows.GetLength(1); j++)
            {
                rows[i, j] = world.Signals[i, j];
            }
        }

        return rows;
    }
}
