using SparseCoding.Backends;

namespace SparseCoding.Tests.Training;

/// <summary>Atoms that keep the norms that they get, of the encoders that have no decoder options.</summary>
public sealed class FreeNormTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 128, Seed = 1 });

    private static TrainingOptions Training(int batch) => new() { Steps = 30, BatchSize = batch, Seed = 3, LearningRate = 0.02f };

    [Test]
    public void Mlp_WithoutUnitNorm_NormsMoveAndSurviveFileAndResume()
    {
        var options = new MlpOptions { AtomCount = 12, Hidden = [9], UnitNorm = false };
        MlpEncoder trained = new MlpEncoder(options, Training(32)).Fit(World.Signals);
        Assert.That(Norms(trained.Dictionary), Has.Some.GreaterThan(1.02f).Or.Some.LessThan(0.98f));
        using var folder = new TemporaryFolder();
        string path = folder.File("mlp.safetensors");
        trained.Save(path);
        Assert.That(MlpEncoder.Load(path).Options, Is.EqualTo(options));
        using MlpTrainer first = new MlpEncoder(options, Training(32)).CreateTrainer(World.Signals);
        first.RunTo(World.Signals, 13);
        first.SaveCheckpoint(folder.File("checkpoint.safetensors"));
        using MlpTrainer second = MlpTrainer.Resume(folder.File("checkpoint.safetensors"));
        second.Run(World.Signals);
        Assert.That(second.Snapshot().Dictionary.AtomValues.ToArray(), Is.EqualTo(trained.Dictionary.AtomValues.ToArray()));
    }

    [Test]
    public void SparseCoding_WithoutUnitNorm_NormsMoveAndSurviveFileAndResume()
    {
        var options = new SparseCodingOptions { AtomCount = 12, UnitNorm = false, Inference = new ItoOptions { Iterations = 20 } };
        SparseCodingEncoder trained = new SparseCodingEncoder(options, Training(0)).Fit(World.Signals);
        Assert.That(Norms(trained.Dictionary), Has.Some.GreaterThan(1.02f).Or.Some.LessThan(0.98f));
        using var folder = new TemporaryFolder();
        string path = folder.File("sc.safetensors");
        trained.Save(path);
        Assert.That(SparseCodingEncoder.Load(path).Options, Is.EqualTo(options));
        using SparseCodingTrainer first = new SparseCodingEncoder(options, Training(0)).CreateTrainer(World.Signals);
        first.RunTo(World.Signals, 13);
        first.SaveCheckpoint(folder.File("checkpoint.safetensors"));
        using SparseCodingTrainer second = SparseCodingTrainer.Resume(folder.File("checkpoint.safetensors"));
        second.Run(World.Signals);
        Assert.That(second.Snapshot().Dictionary.AtomValues.ToArray(), Is.EqualTo(trained.Dictionary.AtomValues.ToArray()));
    }

    [Test]
    public void UnitNorm_AsItIsByDefault_KeepsNormOne()
    {
        MlpEncoder mlp = new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [9] }, Training(32)).Fit(World.Signals);
        SparseCodingEncoder coding = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }, Training(0)).Fit(World.Signals);
        Assert.That(Norms(mlp.Dictionary).Concat(Norms(coding.Dictionary)), Is.All.EqualTo(1).Within(1e-5));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void FreeNorm_OnACountingDevice_ReportsWhatIsCounted(bool projected)
    {
        var device = new ReferenceDevice();
        var context = new RunContext { Device = device };
        TrainingOptions training = new() { BatchSize = 0, ProjectAtomGradients = projected };
        using SparseCodingTrainer coding = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12, UnitNorm = false }, training).CreateTrainer(World.Signals, context);
        using MlpTrainer mlp = new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [9], UnitNorm = false }, training).CreateTrainer(World.Signals, context);
        foreach (Trainer trainer in (Trainer[])[coding, mlp])
        {
            UInt128 before = device.Flops;
            trainer.Step(World.Signals);
            Assert.That(device.Flops - before, Is.EqualTo(trainer.Record.Flops.Value), trainer.GetType().Name);
        }
    }

    [Test]
    public void WithTraining_FreeNorms_GoesOnAndUnitNormRefuses()
    {
        MlpEncoder trained = new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [9], UnitNorm = false }, Training(32)).Fit(World.Signals);
        using MlpTrainer further = trained.WithTraining(Training(32)).CreateTrainer(World.Signals);
        Assert.DoesNotThrow(() => further.RunTo(World.Signals, 2));
        var strict = new MlpEncoder(trained.Options with { UnitNorm = true }, Training(32), trained.State, null);
        Assert.That(Assert.Throws<NotSupportedException>(() => strict.CreateTrainer(World.Signals))!.Message, Does.Contain("norm"));
    }

    private static float[] Norms(AtomDictionary dictionary) =>
        [.. Enumerable.Range(0, dictionary.AtomCount).Select(i => (float)Math.Sqrt(dictionary.AtomValues.Slice(i * dictionary.Dimension, dictionary.Dimension).ToArray().Sum(v => (double)v * v)))];
}
