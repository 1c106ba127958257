using SparseCoding.Data;

namespace SparseCoding.Tests.Training;

/// <summary>What a session left alone must not do: climb the loss, go on with other data, lose a good state, or ignore what it was given.</summary>
public sealed class TrainerEdgeTests
{
    private static SyntheticData World(long seed) => SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 200, Seed = seed });

    [TestCase(DecayShape.Linear)]
    [TestCase(DecayShape.Cosine)]
    public void At_BeyondTheRun_StaysAtTheFinalValue(DecayShape shape)
    {
        var schedule = new Schedule { Value = 1, DecayShare = 0.5, FinalFactor = 0.25, Shape = shape };
        Assert.That(new[] { 10L, 11L, 1000L }.Select(step => schedule.At(step, 10)), Is.All.EqualTo(0.25f).Within(1e-6f));
    }

    [Test]
    public void Fit_OfAFittedEncoder_StartsAnew()
    {
        var training = new TrainingOptions { Steps = 20, BatchSize = 64, Seed = 3 };
        SaeEncoder first = new SaeEncoder(new SaeOptions { AtomCount = 12 }, training).Fit(World(1).Signals);
        SaeEncoder again = first.Fit(World(1).Signals);
        Assert.That(again.Dictionary.ToTensor().SequenceEqual(first.Dictionary.ToTensor()), Is.True, "the same recipe and data give the same encoder, however often Fit is called");
    }

    [Test]
    public void CreateTrainer_OfAFittedEncoder_GoesOnFromItsWeights()
    {
        SyntheticData world = World(1);
        SaeEncoder trained = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 50 }).Fit(world.Signals);
        using SaeTrainer trainer = trained.CreateTrainer(world.Signals);
        Assert.That(trainer.Snapshot().Encode(world.Signals).Values.SequenceEqual(trained.Encode(world.Signals).Values), Is.True);
    }

    [Test]
    public void CreateTrainer_OfAFitOnKnownCodes_IsRefusedByName()
    {
        SyntheticData world = World(1);
        SaeEncoder trained = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 20 }).Fit(world.Signals, world.Codes);
        Assert.That(() => trained.CreateTrainer(world.Signals), Throws.TypeOf<NotSupportedException>().With.Message.Contains("cannot be trained further"));
    }

    [Test]
    public void Fit_WithACheckpointOfOtherData_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 10 });
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 5 };
        SaeEncoder first = recipe.Fit(World(1).Signals, context);
        Assert.That(() => recipe.Fit(World(2).Signals, context), Throws.InvalidOperationException.With.Message.Contains("other data"));
        Assert.That(recipe.Fit(World(1).Signals, context).Dictionary.ToTensor().SequenceEqual(first.Dictionary.ToTensor()), Is.True);
    }

    [Test]
    public void SaveCheckpoint_OfADivergedState_KeepsTheOldFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("checkpoint.safetensors");
        SyntheticData world = World(1);
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 100, LearningRate = 1e30f, BatchSize = 0 }).CreateTrainer(world.Signals);
        trainer.SaveCheckpoint(path);
        byte[] good = File.ReadAllBytes(path);
        for (int step = 0; step < 20; step++)
        {
            trainer.Step(world.Signals);
        }

        Assert.That(() => trainer.SaveCheckpoint(path), Throws.InvalidOperationException.With.Message.Contains("diverged"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(good));
    }

    [Test]
    public void Step_WithAMask_IsRefusedByName()
    {
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 5 }).CreateTrainer(World(1).Signals);
        var batch = new SignalBatch(4, 6) { Count = 4, Mask = new bool[4] };
        Assert.That(() => trainer.Step(batch), Throws.TypeOf<NotSupportedException>().With.Message.Contains("Mask"));
    }

    [Test]
    public void Of_SourcesThatDiffer_Differ()
    {
        string one = SourceFingerprint.Of(World(1).Signals!, 0);
        Assert.That(SourceFingerprint.Of(World(1).Signals!, 0), Is.EqualTo(one));
        Assert.That(SourceFingerprint.Of(World(2).Signals!, 0), Is.Not.EqualTo(one));
        Assert.That(SourceFingerprint.Of(World(1).Signals!, 1024), Is.Not.EqualTo(one), "another shuffle window gives other batches");
        Assert.That(SourceFingerprint.Of(World(1).Signals!, 1024, 8), Is.Not.EqualTo(SourceFingerprint.Of(World(1).Signals!, 1024, 16)), "and so do other chunks");
    }

    [Test]
    public void Encode_PursuitWithGradientOptions_IsRefusedByName() =>
        Assert.That(
            () => new ItoEncoder(World(1).Dictionary, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = 2, LearningRate = 0.5f }),
            Throws.ArgumentException.With.Message.Contains("LearningRate"));

    [Test]
    public void Encode_PursuitWithAPenalty_IsRefusedByName([Values(0f, 0.0025f)] float lambda) =>
        Assert.That(
            () => new ItoEncoder(World(1).Dictionary, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = 2, Lambda = lambda }),
            Throws.ArgumentException.With.Message.Contains("Lambda"));

    [Test]
    public void Encode_WithoutLambda_TakesTheDocumentedOne([Values] CodeParametrization form)
    {
        SyntheticData world = World(1);
        ItoOptions options = new() { Iterations = 60, Parametrization = form };
        SparseCodes unset = new ItoEncoder(world.Dictionary, options).Encode(world.Signals), set = new ItoEncoder(world.Dictionary, options with { Lambda = 0.0025f }).Encode(world.Signals);
        Assert.That(unset.Values.ToArray(), Is.EqualTo(set.Values.ToArray()));
    }

    [Test]
    public void Encode_ReluFormColdWithDefaults_ComesNearTheSolution()
    {
        SyntheticData world = World(1);
        SparseCodes exact = new LassoEncoder(world.Dictionary, new LassoOptions { Lambda = 0.0025f, NonNegative = true }).Encode(world.Signals);
        SparseCodes cold = new ItoEncoder(world.Dictionary, new ItoOptions { Parametrization = CodeParametrization.Relu }).Encode(world.Signals);
        Assert.That(Mcc.Aligned(exact, cold), Is.GreaterThan(0.95), "a start with half of the entries where no gradient reaches them gives about 0.4");
    }

    [Test]
    public void Encode_ReluFormOfAZeroSignalAndOneThatNoAtomFits_IsZero()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 0 }, { 0.8f, 0.6f } });
        SparseCodes codes = new ItoEncoder(dictionary, new ItoOptions { Parametrization = CodeParametrization.Relu, LearningRate = 1e-3f }).Encode(new float[,] { { 0, 0 }, { -1, -1 } });
        Assert.That(codes.NonZeroCount, Is.Zero);
    }

    [Test]
    public void Encode_ReluFormFromASolution_StaysAtIt()
    {
        SyntheticData world = World(1);
        SparseCodes exact = new LassoEncoder(world.Dictionary, new LassoOptions { Lambda = 0.01f, NonNegative = true }).Encode(world.Signals);
        var ito = new ItoEncoder(world.Dictionary, new ItoOptions { Lambda = 0.01f, Parametrization = CodeParametrization.Relu, GapTolerance = 0, Iterations = 20, LearningRate = 1e-3f });
        SparseCodes warm = ito.Encode(world.Signals, new EncodeRequest { WarmStart = exact });
        Assert.That(Mcc.Aligned(exact, warm), Is.GreaterThan(0.999), "the code that was given is where it starts");
    }

    [Test]
    public void Check_DictionaryWithAZeroAtom_ProvesNoRecovery()
    {
        float[,] atoms = { { 1, 0 }, { 0, 1 }, { 0, 0 } };
        TheoremReport report = AmortisationGap.Check(new AtomDictionary(atoms), active: 2);
        Assert.That(report.Items.Single(i => i.Name == "K < (1 + 1/mu)/2").Status, Is.EqualTo(TheoremStatus.Failed));
        Assert.That(report.Items.Single(i => i.Name == "exact recovery coefficient").Status, Is.EqualTo(TheoremStatus.Failed));
    }
}
