using System.Numerics.Tensors;

namespace SparseCoding.Tests.Training;

/// <summary>A run that is looked at on the way is the run that was never looked at.</summary>
public sealed class RunToTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Samples = 96, Seed = 5 });

    [TestCase(0)]
    [TestCase(32)]
    public void RunTo_SeveralStops_GivesTheBitsOfOneRun(int batch)
    {
        SaeEncoder recipe = Recipe(batch);
        SaeEncoder whole = recipe.Fit(World.Signals);
        using SaeTrainer trainer = recipe.CreateTrainer(World.Signals);
        var seen = new List<long>();
        foreach (long step in (long[])[0, 1, 1, 4, 7, 100])
        {
            trainer.RunTo(World.Signals, step);
            seen.Add(trainer.StepCount);
            trainer.Snapshot();
        }

        Assert.That(seen, Is.EqualTo((long[])[0, 1, 1, 4, 7, 10]));
        Assert.That(Bits(trainer.Snapshot().Dictionary), Is.EqualTo(Bits(whole.Dictionary)));
        Assert.That(trainer.Record.Completed, Is.True);
    }

    [Test]
    public void RunTo_ThenRun_FinishesTheRun()
    {
        using SaeTrainer trainer = Recipe(0).CreateTrainer(World.Signals);
        trainer.RunTo(World.Signals, 3);
        Assert.That(trainer.Record.Completed, Is.False);
        trainer.Run(World.Signals);
        Assert.That(trainer.StepCount, Is.EqualTo(10));
    }

    [Test]
    public void CreateTrainer_OnKnownCodes_IsTheSessionBehindFit()
    {
        var recipe = new MlpEncoder(new MlpOptions { AtomCount = 16, Hidden = [8] }, Recipe(0).TrainingOptions!);
        SparseCodes expected = recipe.Fit(World.Signals, World.Codes).Encode(World.Signals);
        using MlpTrainer trainer = recipe.CreateTrainer(World.Signals, World.Codes);
        trainer.Run(World.Signals);
        Assert.That(trainer.Snapshot().Encode(World.Signals).Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
    }

    [Test]
    public void CreateTrainer_OnAKnownDictionary_LeavesItAsItIs()
    {
        SaeEncoder recipe = Recipe(0);
        using SaeTrainer trainer = recipe.CreateTrainer(World.Signals, World.Dictionary);
        trainer.Run(World.Signals);
        Assert.That(Bits(trainer.Snapshot().Dictionary), Is.EqualTo(Bits(World.Dictionary)));
        Assert.That(trainer.Snapshot().Encode(World.Signals).Values.ToArray(), Is.EqualTo(recipe.Fit(World.Signals, World.Dictionary).Encode(World.Signals).Values.ToArray()));
    }

    [Test]
    public void RunTo_BadInput_IsNamed()
    {
        using SaeTrainer trainer = Recipe(0).CreateTrainer(World.Signals);
        Assert.That(() => trainer.RunTo(World.Signals, -1), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("step"));
        Assert.That(() => trainer.RunTo(null!, 1), Throws.ArgumentNullException);
        Assert.That(() => Recipe(0).CreateTrainer(World.Signals, (IDictionary)null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("dictionary"));
        Assert.That(() => Recipe(0).CreateTrainer(World.Signals, (SparseCodes)null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("codes"));
    }

    private static SaeEncoder Recipe(int batch) => new(new SaeOptions { AtomCount = 16 }, new TrainingOptions { Steps = 10, BatchSize = batch, Seed = 3 });

    private static float[] Bits(AtomDictionary dictionary) => dictionary.ToTensor().ToArray();
}
