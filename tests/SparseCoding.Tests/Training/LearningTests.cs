using SparseCoding.Tests.Encoders;

namespace SparseCoding.Tests.Training;

/// <summary>Training learns something: losses fall, planted dictionaries are found, known codes are imitated.</summary>
public sealed class LearningTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 512, Seed = 4 });

    private static TrainingOptions Training(long steps, float rate = 0.01f) => new() { Steps = steps, BatchSize = 128, LearningRate = rate, Seed = 1 };

    private static SaeEncoder Sae(Selection? selection = null, TrainingOptions? training = null) =>
        new(new SaeOptions { AtomCount = 12, Selection = selection ?? Selection.Relu }, training ?? Training(200));

    [Test]
    public void Fit_Sae_LossFallsByHalf()
    {
        SaeEncoder trained = Sae().Fit(World.Signals);
        AssertFalls(trained.Training!, 0.5);
        Assert.That((trained.Training!.Steps, trained.Training.Rows, trained.Training.Completed), Is.EqualTo((200, 200 * 128, true)));
        Assert.That(trained.Training.Flops.Value, Is.GreaterThan(UInt128.Zero));
        Assert.That(trained.Training.Device, Does.StartWith("cpu/"));
    }

    [Test]
    public void Fit_TopKSae_LossFallsAndCodesHaveAtMostKAtoms()
    {
        SaeEncoder trained = Sae(Selection.TopK(2)).Fit(World.Signals);
        AssertFalls(trained.Training!, 0.6);
        SparseCodes codes = trained.Encode(World.Signals);
        for (int row = 0; row < codes.RowCount; row++)
        {
            Assert.That(codes[row].Count, Is.AtMost(2));
        }

        Assert.That(trained.Training!.Curve.Select(p => p.L0), Has.All.AtMost(2.0));
    }

    [Test]
    public void Fit_Mlp_LossFallsBelowHalf() =>
        AssertFalls(new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [32] }, Training(200)).Fit(World.Signals).Training!, 0.5);

    [Test]
    public void Fit_SparseCoding_LossFallsByMoreThanTheSaes([Values] CodeParametrization form)
    {
        SparseCodingEncoder trained = new SparseCodingEncoder(
            new SparseCodingOptions { AtomCount = 12, Parametrization = form }, Training(300, 0.03f) with { BatchSize = 0 }).Fit(World.Signals);
        AssertFalls(trained.Training!, 0.3);
        AssertUnitNorms(trained.Dictionary);
    }

    [Test]
    public void Fit_LarsAndOmpDictionaries_ObjectiveFalls()
    {
        var learning = new DictionaryLearningOptions { Iterations = 20, Restarts = 1, Seed = 2 };
        LarsEncoder lars = new LarsEncoder(new LarsOptions { AtomCount = 12, Lambda = 0.05f, NonNegative = true }, learning).Fit(World.Signals);
        OmpEncoder omp = new OmpEncoder(new OmpOptions { AtomCount = 12, MaxActive = 2 }, learning).Fit(World.Signals);
        AssertFalls(lars.Training!, 0.7);
        AssertFalls(omp.Training!, 0.5);
        AssertUnitNorms(lars.Dictionary);
        AssertUnitNorms(omp.Dictionary);
    }

    [Test]
    public void Fit_LarsDictionary_RecoversAPlantedOne()
    {
        LarsEncoder trained = new LarsEncoder(
            new LarsOptions { AtomCount = 12, Lambda = 0.02f, NonNegative = true },
            new DictionaryLearningOptions { Iterations = 100, Restarts = 6, Seed = 1 }).Fit(World.Signals);
        Assert.That(Mcc.Between(World.Dictionary, trained.Dictionary).Value, Is.GreaterThan(0.97));
        Assert.That(Mcc.Between(World.Codes, trained.Encode(World.Signals)).Value, Is.GreaterThan(0.9));
    }

    [Test]
    public void Fit_MoreRestarts_KeepsTheLowestObjective()
    {
        double Objective(int restarts) => new LarsEncoder(
            new LarsOptions { AtomCount = 12, Lambda = 0.05f }, new DictionaryLearningOptions { Iterations = 8, Restarts = restarts, Seed = 9 }).Fit(World.Signals).Training!.FinalLoss;
        double one = Objective(1), three = Objective(3);
        Assert.That(three, Is.LessThanOrEqualTo(one));
    }

    [TestCase(64, 10)]
    [TestCase(65, 1)]
    public void Fit_WithoutRestarts_TakesTenForASmallDictionary(int atoms, int restarts)
    {
        OmpEncoder trained = new OmpEncoder(new OmpOptions { AtomCount = atoms, MaxActive = 2 }, new DictionaryLearningOptions { Iterations = 2 }).Fit(World.Signals);
        Assert.That(trained.Training!.Steps, Is.EqualTo(2 * restarts));
    }

    [Test]
    public void Fit_OmpDictionary_GoesOnPastAlternationsWithoutProgress()
    {
        const int Patience = 10;
        var learning = new DictionaryLearningOptions { Restarts = 1, Seed = 3 };
        double[] losses = [.. new OmpEncoder(new OmpOptions { AtomCount = 12, MaxActive = 3 }, learning).Fit(World.Signals).Training!.Curve.Select(p => p.Loss)];
        int rise = Enumerable.Range(1, losses.Length - 1).First(i => losses[i] >= losses[i - 1]);
        Assert.That(losses.Length, Is.GreaterThanOrEqualTo(Math.Min(learning.Iterations, rise + Patience)), $"the objective rises at alternation {rise}");
        double[] tail = losses[^Patience..];
        Assert.That(losses.Length == learning.Iterations || tail.Min() >= losses[..^Patience].Min() * (1 - learning.Tolerance), "it ends without progress");
    }

    [Test]
    public void Fit_SparseCodingByItsDefaultTraining_FindsThePlantedDictionary()
    {
        TrainingOptions training = SparseCodingEncoder.DefaultTraining with { Steps = 3000, Seed = 1 };
        SparseCodingEncoder trained = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }, training).Fit(World.Signals);
        Assert.That(Mcc.Between(World.Dictionary, trained.Dictionary).Value, Is.GreaterThan(0.95));
        Assert.That(new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }).TrainingOptions, Is.EqualTo(SparseCodingEncoder.DefaultTraining));
    }

    [Test]
    public void Fit_KnownCodes_RaisesTheAlignedCorrelation([Values] CodeLoss loss)
    {
        double Aligned(long steps)
        {
            SaeEncoder trained = Sae(null, Training(steps) with { CodeLoss = loss }).Fit(World.Signals, World.Codes);
            return Mcc.Aligned(World.Codes, trained.Encode(World.Signals));
        }

        double before = Aligned(1), after = Aligned(300);
        Assert.That(after, Is.GreaterThan(0.5).And.GreaterThan(before + 0.2));
    }

    [Test]
    public void Fit_KnownDictionary_ImprovesTheCodesAndKeepsTheAtoms()
    {
        SaeEncoder first = Sae(null, Training(1)).Fit(World.Signals, World.Dictionary), trained = Sae().Fit(World.Signals, World.Dictionary);
        ContractWorld.AssertSameBits(trained.Dictionary, World.Dictionary, "known dictionary");
        Assert.That(Mcc.Aligned(World.Codes, trained.Encode(World.Signals)), Is.GreaterThan(Mcc.Aligned(World.Codes, first.Encode(World.Signals))));
    }

    [Test]
    public void CreateTrainer_FittedEncoder_GoesOnFromItsWeights()
    {
        SaeEncoder trained = Sae().Fit(World.Signals);
        using SaeTrainer trainer = trained.CreateTrainer(World.Signals);
        ContractWorld.AssertSameBits(trainer.Snapshot().Dictionary, trained.Dictionary, "the start of fine-tuning");
        ContractWorld.AssertSameBits(trainer.Snapshot().Encode(World.Signals), trained.Encode(World.Signals), "the start of fine-tuning");
    }

    [Test]
    public void Step_PushedBatches_LearnAndNameWhatIsWrong()
    {
        using SaeTrainer trainer = Sae().CreateTrainer(World.Signals);
        Assert.That(trainer.MeasureLoss(), Is.NaN);
        trainer.Step(World.Signals);
        double first = trainer.MeasureLoss();
        for (int i = 0; i < 100; i++)
        {
            trainer.Step(World.Signals);
        }

        Assert.That(trainer.MeasureLoss(), Is.LessThan(0.7 * first));
        Assert.That((trainer.StepCount, trainer.RowCount), Is.EqualTo((101, 101 * 512)));
        Assert.Catch<ArgumentNullException>(() => trainer.Step((SignalBatch)null!));
        Assert.Catch<ArgumentNullException>(() => trainer.Step((float[,]?)null));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => trainer.Step(new float[2, 9])), Does.Contain("[2, 9]").And.Contains("8"));
        Assert.Catch<ArgumentException>(() => trainer.Step(new SignalBatch(4, 8)), "an empty batch");
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => trainer.Step(ContractWorld.With(World.Signals, 3, 1, float.NaN))), Does.Contain("row 3, column 1"));
        var short_ = new SignalBatch(4, 8) { Count = 4, Codes = SparseCodes.FromDense(new float[3, 12]) };
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => trainer.Step(short_)), Does.Contain("[3, 12]"));
        Assert.That(trainer.StepCount, Is.EqualTo(101));
    }

    [Test]
    public void Fit_LossThatIsNotFinite_StopsByNameAndIsLogged()
    {
        var log = new EventLog();
        SaeEncoder sae = Sae(null, Training(200, 1e30f));
        float[,] huge = { { 1e30f, 1e30f }, { -1e30f, 1e30f } };
        string message = ContractWorld.MessageOf<InvalidOperationException>(() => sae.Fit(huge, new RunContext { LoggerFactory = log }));
        Assert.That(message, Does.Contain("step").And.Contains("learning rate"));
        Assert.That(log.Ids, Does.Contain(1006).And.Not.Contain(1002));
    }

    [Test]
    public void Encode_NotConverged_IsAValueAndIsLogged()
    {
        var log = new EventLog();
        var fista = new FistaEncoder(World.Dictionary, new FistaOptions { Lambda = 0.01f, MaxIterations = 1, GapTolerance = 1e-7f });
        EncodeResult result = fista.EncodeDetailed(World.Signals, new EncodeRequest { Context = new RunContext { LoggerFactory = log } });
        Assert.That(result.Count(StopReason.MaxIterations), Is.GreaterThan(0));
        Assert.That(log.Ids, Is.EqualTo(new[] { 1007 }));
    }

    private static void AssertFalls(TrainingRecord record, double share)
    {
        TrainingPoint[] curve = [.. record.Curve];
        Assert.That(curve.Select(p => p.Step), Is.Ordered.Ascending.And.Unique);
        Assert.That(curve[^1].Loss, Is.LessThan(share * curve[0].Loss), $"loss from {curve[0].Loss} to {curve[^1].Loss}");
    }

    private static void AssertUnitNorms(AtomDictionary dictionary)
    {
        var norms = new float[dictionary.AtomCount];
        dictionary.CopyNorms(norms);
        Assert.That(norms, Has.All.EqualTo(1f).Within(1e-5f));
    }
}
