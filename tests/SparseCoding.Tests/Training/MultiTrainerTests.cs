using SparseCoding.Formats;

namespace SparseCoding.Tests.Training;

/// <summary>Several trainers in one pass end as each would have alone.</summary>
public sealed class MultiTrainerTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 500, Seed = 1 });

    private static readonly Dictionary<string, MlpEncoder> Recipes = new()
    {
        ["wide"] = Recipe(20, 1, 14, t => t),
        ["long"] = Recipe(31, 2, 9, t => t with { LearningRate = 0.02f }),
        ["signum"] = Recipe(20, 3, 12, t => t with { Optimizer = new SignumOptions(), AveragingDecay = 0.9f, ClipNorm = 0.1f, MicroBatches = 2 }),
    };

    private static MlpEncoder Recipe(long steps, long seed, int atoms, Func<TrainingOptions, TrainingOptions> change) => new(
        new MlpOptions { AtomCount = atoms, Hidden = [7] },
        change(new TrainingOptions { Steps = steps, BatchSize = 48, Seed = seed, DataSeed = 77, LearningRate = 0.01f, ShuffleBufferBytes = 1 << 16 }));

    private static ActivationSource Source(TemporaryFolder folder)
    {
        // A file, so that the rows stream through the shuffle buffer.
        string path = folder.File("data.npy");
        if (!File.Exists(path))
        {
            var batch = new SignalBatch(500, 6);
            ((ActivationSource)World.Signals!).Read(batch);
            NpyFile.Write<float>(path, batch.Signals, 500, 6);
        }

        return ActivationFiles.Open(path);
    }

    private static float[] Alone(string name, TemporaryFolder folder)
    {
        using MlpTrainer trainer = Recipes[name].CreateTrainer(Source(folder));
        trainer.Run(Source(folder));
        return [.. trainer.Snapshot().Dictionary.AtomValues];
    }

    [Test]
    public void Run_Together_GivesEachTheBitsOfARunAlone()
    {
        using var folder = new TemporaryFolder();
        using var multi = new MultiTrainer();
        List<long> reported = [];
        foreach ((string name, MlpEncoder recipe) in Recipes)
        {
            var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => reported.Add(p.TotalSteps)), ProgressInterval = TimeSpan.Zero };
            multi.Add(name, recipe.CreateTrainer(Source(folder), context));
        }

        multi.Run(Source(folder));
        foreach ((string name, Trainer trainer) in multi.Trainers)
        {
            Assert.That(((MlpTrainer)trainer).Snapshot().Dictionary.AtomValues.SequenceEqual(Alone(name, folder)), Is.True, name);
            Assert.That(trainer.Record.Completed, Is.True);
        }

        Assert.That((reported.Count(s => s == 31), reported.Count(s => s == 20)), Is.EqualTo((31, 40)), "each reports its own progress");
    }

    [Test]
    public void Run_KilledBetweenTheCheckpointsOfTwo_GoesOnWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        string checkpoints = folder.File("run");
        for (int part = 0; part < 3; part++)
        {
            // Checkpoints at different intervals stand at different steps: what a kill between two saves leaves.
            using var source = new CancellationTokenSource();
            using var multi = new MultiTrainer(checkpoints);
            foreach ((string name, MlpEncoder recipe) in Recipes)
            {
                var context = new RunContext { CheckpointInterval = 3, ProgressInterval = TimeSpan.Zero };
                multi.Add(name, () => recipe.CreateTrainer(Source(folder), context), path => MlpTrainer.Resume(path, context));
            }

            if (part == 0)
            {
                Assert.That(multi.Trainers.Select(t => t.Value.StepCount), Is.All.Zero);
                using var inner = new MultiTrainer();
                MlpTrainer one = Recipes["long"].CreateTrainer(Source(folder), new RunContext { Checkpoint = folder.File("run/long"), Progress = Stop(source, 7), ProgressInterval = TimeSpan.Zero });
                inner.Add("long", one);
                Assert.Catch<OperationCanceledException>(() => inner.Run(Source(folder), source.Token));
                Assert.That(one.StepCount, Is.EqualTo(7));
            }
            else if (part == 1)
            {
                Assert.That(multi.Trainers.Select(t => t.Value.StepCount), Is.EqualTo(new long[] { 0, 7, 0 }));
                source.CancelAfter(30);
                try
                {
                    multi.Run(Source(folder), source.Token);
                }
                catch (OperationCanceledException)
                {
                }
            }
            else
            {
                multi.Run(Source(folder));
                foreach ((string name, Trainer trainer) in multi.Trainers)
                {
                    Assert.That(((MlpTrainer)trainer).Snapshot().Dictionary.AtomValues.SequenceEqual(Alone(name, folder)), Is.True, name);
                }
            }
        }

        Assert.That(File.Exists(folder.File("run/wide/checkpoint.safetensors")), Is.True);
    }

    [Test]
    public void Run_OneDiverges_TheOthersFinish()
    {
        using var folder = new TemporaryFolder();
        using var multi = new MultiTrainer(folder.File("run"));
        MlpTrainer good = multi.Add("good", Recipes["wide"].CreateTrainer(Source(folder)));
        multi.Add("bad", Recipe(20, 5, 9, t => t with { LearningRate = 1e30f }).CreateTrainer(Source(folder)));
        TrainingDivergedException thrown = Assert.Catch<TrainingDivergedException>(() => multi.Run(Source(folder)))!;
        Assert.That(thrown.Step, Is.LessThan(20));
        Assert.That(good.Snapshot().Dictionary.AtomValues.SequenceEqual(Alone("wide", folder)), Is.True);
    }

    [Test]
    public void Add_TrainersOfOtherBatches_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        using var multi = new MultiTrainer(folder.Path);
        Assert.That(() => multi.Run(Source(folder)), Throws.InvalidOperationException);
        MlpTrainer first = multi.Add("one", Recipes["wide"].CreateTrainer(Source(folder)));
        void Refused(string word, Func<TrainingOptions, TrainingOptions> change)
        {
            using MlpTrainer other = Recipe(20, 1, 5, change).CreateTrainer(Source(folder));
            Assert.That(() => multi.Add("two", other), Throws.ArgumentException.With.Message.Contains(word));
        }

        Refused("BatchSize", t => t with { BatchSize = 49 });
        Refused("DataSeed", t => t with { DataSeed = null });
        Refused("ShuffleBufferBytes", t => t with { ShuffleBufferBytes = 1 << 17 });
        Assert.That(() => multi.Add("one", Recipes["long"].CreateTrainer(Source(folder))), Throws.ArgumentException.With.Message.Contains("already"));
        Assert.That(() => multi.Add("two", first), Throws.ArgumentException.With.Message.Contains("already"));
        Assert.That(() => multi.Add("..", first), Throws.ArgumentException.With.Message.Contains("folder"));
        multi.Run(Source(folder));
        using var other = new MultiTrainer(folder.Path);
        Assert.That(
            () => other.Add("one", () => Recipes["long"].CreateTrainer(Source(folder)), path => MlpTrainer.Resume(path)),
            Throws.InvalidOperationException.With.Message.Contains("other options"));
    }

    private static SynchronousProgress<TrainingProgress> Stop(CancellationTokenSource source, long step) => new(p =>
    {
        if (p.Step == step)
        {
            source.Cancel();
        }
    });
}
