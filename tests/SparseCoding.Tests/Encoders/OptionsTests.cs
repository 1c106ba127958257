namespace SparseCoding.Tests.Encoders;

/// <summary>Options are values: equal when their parts are, printable, checked again by <c>with</c>.</summary>
public sealed class OptionsTests
{
    private static readonly (Func<object> Make, object Other)[] Cases =
    [
        (() => new SaeOptions { AtomCount = 4, Selection = Selection.TopK(2) }, new SaeOptions { AtomCount = 4, Selection = Selection.TopK(3) }),
        (() => new MlpOptions { AtomCount = 4, Hidden = [3, 2] }, new MlpOptions { AtomCount = 4, Hidden = [2, 3] }),
        (() => new ListaOptions { AtomCount = 4, LayerCount = 3 }, new ListaOptions { AtomCount = 4, LayerCount = 3, Tied = true }),
        (() => new SparseCodingOptions { AtomCount = 4, Inference = new ItoOptions { Iterations = 3 } }, new SparseCodingOptions { AtomCount = 4 }),
        (() => new ItoOptions { Lambda = 0.1f }, new ItoOptions { Lambda = 0.2f }),
        (() => new ItoOptions { Direction = PursuitDirection.Conjugate }, new ItoOptions { Direction = PursuitDirection.NearlyConjugate }),
        (() => new LarsOptions { Lambda = 0.1f, MaxActive = 3 }, new LarsOptions { Lambda = 0.1f }),
        (() => new OmpOptions { MaxActive = 3 }, new OmpOptions { MaxActive = 4 }),
        (() => new LassoOptions { Lambda = 0.1f }, new LassoOptions { Lambda = 0.1f, NonNegative = true }),
        (() => new FistaOptions { Lambda = 0.1f }, new FistaOptions { Lambda = 0.1f, MaxIterations = 4 }),
        (() => new LassoOptions { Lambda = 0.1f, Ridge = 0.2f }, new LassoOptions { Lambda = 0.1f }),
        (() => new IhtOptions { MaxActive = 3 }, new IhtOptions { MaxActive = 3, Normalized = false }),
        (() => new HtpOptions { MaxActive = 3 }, new HtpOptions { MaxActive = 3, Step = 0.5f }),
        (() => new CosampOptions { MaxActive = 3 }, new CosampOptions { MaxActive = 4 }),
        (() => new SubspacePursuitOptions { MaxActive = 3 }, new SubspacePursuitOptions { MaxActive = 3, ResidualTolerance = 0.1f }),
        (() => new AdmmOptions { Lambda = 0.1f }, new AdmmOptions { Lambda = 0.1f, RhoExponent = 1 }),
        (() => new LcaOptions { Lambda = 0.1f }, new LcaOptions { Lambda = 0.1f, Threshold = LcaThreshold.Hard }),
        (() => new KMeansOptions { AtomCount = 4 }, new KMeansOptions { AtomCount = 4, Spherical = true }),
        (() => new NearestAtomOptions(), new NearestAtomOptions { Coding = NearestAtomCoding.Projection }),
        (() => new ThresholdOptions { MaxActive = 3 }, new ThresholdOptions { Lambda = 0.1f }),
        (() => new TrainingOptions { Steps = 5, LearningRate = 0.1f }, new TrainingOptions { Steps = 5, LearningRate = 0.2f }),
        (() => new DictionaryLearningOptions { Restarts = 2 }, new DictionaryLearningOptions()),
        (() => new DictionaryLearningOptions { Update = DictionaryUpdate.Gradient(0.1f) }, new DictionaryLearningOptions { Update = DictionaryUpdate.Gradient(0.2f) }),
        (() => new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 2 } }, new DictionaryLearningOptions { Update = DictionaryUpdate.KSvd }),
    ];

    private static readonly Action[] BadNumbers =
    [
        () => _ = new SaeOptions { AtomCount = 0 },
        () => _ = new SaeOptions { AtomCount = 4 } with { AtomCount = -1 },
        () => _ = new SaeOptions { AtomCount = 4 } with { Selection = null! },
        () => _ = Selection.TopK(0),
        () => _ = new TopKSelection(2) with { K = 0 },
        () => _ = new MlpOptions { AtomCount = 4 } with { Hidden = [] },
        () => _ = new MlpOptions { AtomCount = 4 } with { Hidden = [3, 0] },
        () => _ = new MlpOptions { AtomCount = 4 } with { Hidden = null! },
        () => _ = new KMeansOptions { AtomCount = 4 } with { AtomCount = 0 },
        () => _ = new KMeansOptions { AtomCount = 4 } with { BatchSize = -1 },
        () => _ = new KMeansOptions { AtomCount = 4 } with { Tolerance = float.NaN },
        () => _ = new KMeansOptions { AtomCount = 4 } with { Restarts = 0 },
        () => _ = new ListaOptions { AtomCount = 4 } with { LayerCount = 0 },
        () => _ = new ListaOptions { AtomCount = 4 } with { Lambda = -1 },
        () => _ = new ListaOptions { AtomCount = 4 } with { SupportShare = 1.5f },
        () => _ = new ListaOptions { AtomCount = 4 } with { MaxSupportShare = float.NaN },
        () => _ = new ListaOptions { AtomCount = 4 } with { LayerwiseShare = -0.1 },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { Lambda = float.NaN },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { Inference = null! },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { Inference = new ItoOptions { Lambda = 1 } },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { Inference = new ItoOptions { Lambda = 0 } },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { Inference = new ItoOptions { Parametrization = CodeParametrization.Relu } },
        () => _ = new SparseCodingOptions { AtomCount = 4 } with { InitialLogCode = float.NegativeInfinity },
        () => _ = new ItoOptions() with { Lambda = -1 },
        () => _ = new ItoOptions() with { Adam = null! },
        () => _ = new ItoOptions() with { Iterations = -1 },
        () => _ = new ItoOptions() with { LearningRate = 0 },
        () => _ = new LarsOptions() with { Lambda = float.PositiveInfinity },
        () => _ = new LarsOptions() with { MaxActive = 0 },
        () => _ = new OmpOptions() with { ResidualTolerance = float.NaN },
        () => _ = new OmpOptions() with { AtomCount = 0 },
        () => _ = new LassoOptions { Lambda = 1 } with { MaxIterations = 0 },
        () => _ = new FistaOptions { Lambda = 1 } with { GapTolerance = -1 },
        () => _ = new LassoOptions { Lambda = 1 } with { Ridge = -1 },
        () => _ = new FistaOptions { Lambda = 1 } with { Ridge = float.NaN },
        () => _ = new LarsOptions() with { Ridge = -1 },
        () => _ = new IhtOptions { MaxActive = 0 },
        () => _ = new IhtOptions { MaxActive = 1 } with { Tolerance = -1 },
        () => _ = new HtpOptions { MaxActive = 1 } with { Step = 0 },
        () => _ = new CosampOptions { MaxActive = 1 } with { ResidualTolerance = float.NaN },
        () => _ = new SubspacePursuitOptions { MaxActive = 1 } with { MaxIterations = 0 },
        () => _ = new AdmmOptions { Lambda = 1 } with { Relaxation = 2 },
        () => _ = new AdmmOptions { Lambda = 1 } with { RhoExponent = 21 },
        () => _ = new LcaOptions { Lambda = -1 },
        () => _ = new ThresholdOptions() with { MaxActive = 0 },
        () => _ = PenaltyScale.FromScikitElasticNet(1, 1.5f, 4),
        () => _ = PenaltyScale.FromSpamsElasticNet(1, -1),
        () => _ = new TrainingOptions() with { Steps = -1 },
        () => _ = new TrainingOptions() with { BatchSize = -1 },
        () => _ = new TrainingOptions() with { LearningRate = null! },
        () => _ = new TrainingOptions() with { Optimizer = null! },
        () => _ = new TrainingOptions() with { Lambda = float.NaN },
        () => _ = new AdamOptions() with { Beta1 = 1 },
        () => _ = new AdamOptions() with { Epsilon = 0 },
        () => _ = new DictionaryLearningOptions() with { Iterations = 0 },
        () => _ = new DictionaryLearningOptions() with { Restarts = 0 },
        () => _ = new DictionaryLearningOptions() with { Update = null! },
        () => _ = new DictionaryLearningOptions() with { Forgetting = -1 },
        () => _ = new DictionaryLearningOptions() with { Start = (DictionaryStart)7 },
        () => _ = new DictionaryLearningOptions() with { UnusedAfter = 0 },
        () => _ = new DictionaryLearningOptions() with { MinUsage = 1 },
        () => _ = new DictionaryLearningOptions() with { MaxCoherence = 1.5f },
        () => _ = new BlockCoordinateUpdate { Sweeps = 0 },
        () => _ = new ModUpdate { Ridge = 0 },
        () => _ = new ApproximateKSvdUpdate { Passes = 0 },
        () => _ = new GradientUpdate { LearningRate = null! },
        () => _ = new GradientUpdate { Steps = 0 },
        () => _ = new RunContext() with { Threads = -1 },
        () => _ = new RunContext() with { MemoryBudget = 5 },
        () => _ = new RunContext() with { Device = null! },
        () => _ = new RunContext() with { LoggerFactory = null! },
        () => _ = new RunContext() with { CheckpointInterval = 0 },
    ];

    [Test]
    public void Equals_SameParts_IsTrueAndPrints() => Assert.Multiple(() =>
    {
        foreach ((Func<object> make, object other) in Cases)
        {
            object one = make(), two = make();
            Assert.That(two, Is.EqualTo(one).And.Not.SameAs(one));
            Assert.That(two.GetHashCode(), Is.EqualTo(one.GetHashCode()));
            Assert.That(other, Is.Not.EqualTo(one));
            Assert.That(one.ToString(), Does.StartWith(one.GetType().Name + " {").And.EqualTo(two.ToString()));
            Assert.That(other.ToString(), Is.Not.EqualTo(one.ToString()), "what differs is not printed");
        }
    });

    [Test]
    public void Init_OutOfRange_IsRefusedAlsoByWith() => Assert.Multiple(() =>
    {
        for (int i = 0; i < BadNumbers.Length; i++)
        {
            Assert.That(Assert.Catch<ArgumentException>(BadNumbers[i], $"case {i}")?.ParamName, Is.Not.Null.And.Not.Empty, $"case {i}");
        }
    });
}
