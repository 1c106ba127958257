namespace SparseCoding.Tests;

/// <summary>A wanted L0 is reached, whatever the selection and penalty; and what cannot be reached is refused.</summary>
[TestFixture]
internal sealed class L0ControllerTests
{
    private const int Dimension = 12, Sources = 24, Samples = 1024;

    private static IEnumerable<TestCaseData> Controlled()
    {
        var controller = new L0Controller { Target = 4 };
        yield return new TestCaseData(new JumpReluSelection { Bandwidth = 0.2f, InitialThreshold = 0.1f }, new L0Penalty { Weight = 0.01f, Controller = controller }).SetArgDisplayNames("JumpReLU, L0");
        yield return new TestCaseData(Selection.Relu, new L1Penalty { Weight = 0.01f, Controller = controller }).SetArgDisplayNames("ReLU, L1");
        yield return new TestCaseData(Selection.Relu, new TanhPenalty { Weight = 0.01f, Controller = controller }).SetArgDisplayNames("ReLU, tanh");
        yield return new TestCaseData(Selection.Relu, new LogPenalty { Weight = 0.01f, Controller = controller }).SetArgDisplayNames("ReLU, log");
        yield return new TestCaseData(Selection.Relu, new LpPenalty { Weight = 0.01f, Power = 0.7f, Offset = 0.01f, Controller = controller }).SetArgDisplayNames("ReLU, Lp");
    }

    [TestCaseSource(nameof(Controlled))]
    public void Fit_WithATarget_EndsWithinFivePercent(Selection selection, SparsityPenalty penalty)
    {
        SyntheticData world = World();
        var recipe = new SaeEncoder(
            new SaeOptions { AtomCount = Sources, Selection = selection, Penalty = penalty },
            new TrainingOptions { Steps = 1500, BatchSize = 256, LearningRate = new Schedule { Value = 3e-3f, WarmupSteps = 20, DecayShare = 0.2 } });
        SaeEncoder sae = recipe.Fit(world.Signals);
        SparseCodes codes = sae.Encode(world.Signals);
        double l0 = (double)codes.NonZeroCount / Samples;
        TestContext.Out.WriteLine(FormattableString.Invariant($"{l0:0.000} of {penalty.Controller!.Target}"));
        Assert.That(l0, Is.EqualTo((double)penalty.Controller!.Target).Within(5).Percent);
    }

    /// <summary>
    /// Thresholds, kernel and first weight at their defaults, which are for signals of norm 1, and signals a thousand times smaller to ten times larger, not normalised: too many and too few active atoms at the start,
    /// kernels far wider and far narrower than the pre-activations. The target is reached from all of them.
    /// </summary>
    [Test]
    public void Fit_JumpReluOfAnyScale_EndsWithinFivePercent([Values(0.01f, 0.3f, 10f)] float scale, [Values(1, 2, 4, 8)] float target)
    {
        var values = new float[Samples * Dimension];
        ((SignalView)World().Signals).CopyRows(0, Samples, values);
        values = Array.ConvertAll(values, value => scale * value);
        var recipe = new SaeEncoder(
            new SaeOptions { AtomCount = Sources, Selection = Selection.JumpRelu, Penalty = new L0Penalty { Weight = 0.01f, Controller = new L0Controller { Target = target } } },
            new TrainingOptions { Steps = 1200, BatchSize = 256, LearningRate = new Schedule { Value = 3e-3f, WarmupSteps = 20, DecayShare = 0.2 } });
        SaeEncoder sae = recipe.Fit(ActivationSource.FromView(SignalView.FromRows(values, Dimension)));
        double l0 = (double)sae.Encode(SignalView.FromRows(values, Dimension)).NonZeroCount / Samples;
        TestContext.Out.WriteLine(FormattableString.Invariant($"{l0:0.000} of {target}"));
        Assert.That(l0, Is.EqualTo((double)target).Within(5).Percent);
    }

    /// <summary>Without the controller's hand on the thresholds a penalty cannot lower them: what starts with too few active atoms stays there.</summary>
    [Test]
    public void Fit_WithoutThresholdRate_CannotRaiseTheCount()
    {
        SyntheticData world = World();
        double Fit(float rate)
        {
            var controller = new L0Controller { Target = 8, ThresholdRate = rate };
            var recipe = new SaeEncoder(
                new SaeOptions { AtomCount = Sources, Selection = new JumpReluSelection { InitialThreshold = 1 }, Penalty = new L0Penalty { Weight = 0.01f, Controller = controller } },
                new TrainingOptions { Steps = 500, BatchSize = 256, LearningRate = 1e-3f });
            return (double)recipe.Fit(world.Signals).Encode(world.Signals).NonZeroCount / Samples;
        }

        double without = Fit(0), with = Fit(new L0Controller { Target = 8 }.ThresholdRate);
        TestContext.Out.WriteLine(FormattableString.Invariant($"{without:0.000} without, {with:0.000} with, of 8"));
        Assert.Multiple(() =>
        {
            Assert.That(without, Is.LessThan(6));
            Assert.That(with, Is.EqualTo(8).Within(5).Percent);
        });
    }

    /// <summary>The weight that the controller raises is part of the loss: that the loss grows with it is no divergence.</summary>
    [Test]
    public void Fit_LossThatGrowsWithTheWeight_IsNoDivergence()
    {
        var recipe = new SaeEncoder(
            new SaeOptions { AtomCount = Sources, Selection = Selection.Relu, Penalty = new L1Penalty { Weight = 1e-3f, Controller = new L0Controller { Target = 1 } } },
            new TrainingOptions { Steps = 400, BatchSize = 256, DivergenceFactor = 1e-6 });
        TrainingRecord record = recipe.Fit(World().Signals).Training!;
        Assert.That(record.Completed);
        Assert.That(record.Curve.Max(p => p.Loss), Is.GreaterThan(record.Curve[0].Loss * (1 + 1e-6)), "the loss did grow, so that the check had something to find");
    }

    /// <summary>A square pulls as hard as it is far: with a weight that outweighs the reconstruction it ends near its target from either side.</summary>
    [Test]
    public void Fit_WithASquaredPenalty_EndsNearItsTarget([Values(4, 6)] double target)
    {
        SyntheticData world = World();
        var recipe = new SaeEncoder(
            new SaeOptions { AtomCount = Sources, Selection = new JumpReluSelection { Bandwidth = 0.2f, InitialThreshold = 0.3f }, Penalty = new SquaredL0Penalty { Weight = 10, Target = target } },
            new TrainingOptions { Steps = 500, BatchSize = 256, LearningRate = new Schedule { Value = 3e-3f, WarmupSteps = 20, DecayShare = 0.2 } });
        double l0 = (double)recipe.Fit(world.Signals).Encode(world.Signals).NonZeroCount / Samples;
        TestContext.Out.WriteLine(FormattableString.Invariant($"{l0:0.000} of {target}"));
        Assert.That(l0, Is.EqualTo(target).Within(10).Percent);
    }

    /// <summary>An average of weights lags behind the weights, and its pre-activations are others: the threshold is that of the average, so that encoding keeps what training kept.</summary>
    [TestCaseSource(nameof(Thresholded))]
    public void Fit_WithAveragedWeights_KeepsTheCountOfTraining(Selection selection)
    {
        SyntheticData world = World();
        var training = new TrainingOptions { Steps = 160, BatchSize = 256, LearningRate = 0.01f, AveragingDecay = 0.999f, Initialization = Initialization.Independent };
        var options = new SaeOptions { AtomCount = Sources, Selection = selection };
        SaeEncoder averaged = new SaeEncoder(options, training).Fit(world.Signals), plain = new SaeEncoder(options, training with { AveragingDecay = 0 }).Fit(world.Signals);
        var mixed = new SaeEncoder(options, training, averaged.State with { Vectors = plain.State.Vectors }, null);
        double L0(SaeEncoder sae) => (double)sae.Encode(world.Signals).NonZeroCount / Samples;
        TestContext.Out.WriteLine(FormattableString.Invariant($"{selection}: {L0(averaged):0.000} of 3; {L0(mixed):0.000} with the threshold of the last weights"));
        Assert.That(L0(averaged), Is.EqualTo(3).Within(6).Percent);
        Assert.That(Math.Abs(L0(mixed) - 3), Is.GreaterThan(1.5 * Math.Abs(L0(averaged) - 3)));
    }

    private static IEnumerable<Selection> Thresholded => [new BatchTopKSelection(3) { ThresholdDecay = 0.9 }, new FeatureChoiceSelection(3) { ThresholdDecay = 0.9 }];

    [Test]
    public void Validate_ASquaredPenaltyThatCannotBe_IsRefused()
    {
        var penalty = new SquaredL0Penalty { Weight = 1, Target = 5 };
        SaeOptions Options(SparsityPenalty with, Selection? selection = null) => new() { AtomCount = 4, Selection = selection ?? Selection.JumpRelu, Penalty = with };
        Assert.Multiple(() =>
        {
            Assert.That(() => new SaeEncoder(Options(penalty)), Throws.ArgumentException.With.Message.Contains("only 4"));
            Assert.That(() => new SaeEncoder(Options(penalty with { Target = 2 }, Selection.Relu)), Throws.ArgumentException.With.Message.Contains("ReluSelection"));
            Assert.That(() => new SaeEncoder(Options(penalty with { Target = 2, Controller = new L0Controller { Target = 2 } })), Throws.ArgumentException.With.Message.Contains("Leave Controller out"));
            Assert.That(() => penalty with { Target = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Validate_ATargetThatCannotBe_IsRefused()
    {
        var penalty = new L1Penalty { Weight = 1, Controller = new L0Controller { Target = 5 } };
        Assert.Multiple(() =>
        {
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = Selection.TopK(4), Penalty = penalty }), Throws.ArgumentException.With.Message.Contains("keeps at most 4"));
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 4, Penalty = penalty }), Throws.ArgumentException.With.Message.Contains("only 4"));
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 8, Penalty = penalty with { Weight = 0 } }), Throws.ArgumentException.With.Message.Contains("which is 0"));
        });
    }

    /// <summary>The power falls, and the factor that goes with it keeps the size of the penalty: at the end the codes still have a penalty of the first one's order.</summary>
    [Test]
    public void Fit_WithAnnealedPower_KeepsTheSizeOfThePenalty()
    {
        SyntheticData world = World();
        var training = new TrainingOptions { Steps = 600, BatchSize = 256, LearningRate = 3e-3f };
        SaeEncoder Fit(SparsityPenalty penalty) => new SaeEncoder(new SaeOptions { AtomCount = Sources, Penalty = penalty }, training).Fit(world.Signals);
        double plain = (double)Fit(new LpPenalty { Weight = 0.1f, Offset = 0.01f }).Encode(world.Signals).NonZeroCount / Samples;
        double annealed = (double)Fit(new LpPenalty { Weight = 0.1f, Offset = 0.01f, FinalPower = 0.3f }).Encode(world.Signals).NonZeroCount / Samples;
        TestContext.Out.WriteLine(FormattableString.Invariant($"L0 {plain:0.00}, annealed {annealed:0.00}"));
        Assert.That(annealed, Is.LessThan(0.99 * plain).And.GreaterThan(1));
    }

    private static SyntheticData World() =>
        SyntheticData.Generate(new SyntheticDataOptions { Sources = Sources, Measurements = Dimension, Active = 3, Samples = Samples, Seed = 3 });
}
