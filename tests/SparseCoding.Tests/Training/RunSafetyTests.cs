using SparseCoding.Data;

namespace SparseCoding.Tests.Training;

/// <summary>A run that nobody watches is not overwritten, not lost where its data end, and not mistaken for another.</summary>
public sealed class RunSafetyTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 200, Seed = 1 });
    private static readonly TrainingOptions Short = new() { Steps = 6, BatchSize = 32, Seed = 3 };
    private static readonly SaeOptions Options = new() { AtomCount = 12, Selection = Selection.TopK(3) };

    private static MlpEncoder Mlp(TrainingOptions training) => new(new MlpOptions { AtomCount = 12, Hidden = [9] }, training);

    private static RunContext StopsAt(long step, CancellationTokenSource source, RunContext context) => context with
    {
        ProgressInterval = TimeSpan.Zero,
        Progress = new SynchronousProgress<TrainingProgress>(p =>
        {
            if (p.Step == step)
            {
                source.Cancel();
            }
        }),
    };

    /// <summary>Rows in a channel that ends after them; of a size that float32 cannot square where they are to be bad.</summary>
    private static ActivationChannel Rows(int count, bool bad = false)
    {
        var channel = new ActivationChannel(6, 320);
        channel.Write(SignalView.FromRows((float[])[.. Enumerable.Range(0, count * 6).Select(i => MathF.Sin(i) * (bad ? 1e25f : 1))], 6));
        channel.Complete();
        return channel;
    }

    [Test]
    public void Add_CheckpointOfAnotherRun_IsRefusedWhateverDiffers()
    {
        using var folder = new TemporaryFolder();
        SaeTrainer Add(MultiTrainer multi, SaeOptions options) => multi.Add("one", () => new SaeEncoder(options, Short).CreateTrainer(World.Signals), path => SaeTrainer.Resume(path));
        using (var first = new MultiTrainer(folder.Path))
        {
            Add(first, Options);
            first.Run(World.Signals);
        }

        foreach (SaeOptions other in (SaeOptions[])
        [
            Options with { Selection = Selection.AbsTopK(3) },
            Options with { Selection = Selection.TopK(4) },
            Options with { Bias = false },
            Options with { Penalty = new L1Penalty { Weight = 0.1f } },
            Options with { Remedies = [new AuxKRemedy { DeadAfter = 5 }] },
        ])
        {
            using var again = new MultiTrainer(folder.Path);
            Assert.That(() => Add(again, other), Throws.InvalidOperationException.With.Message.Contains("other options"), other.ToString());
        }

        using var same = new MultiTrainer(folder.Path);
        Assert.That(Add(same, Options).StepCount, Is.EqualTo(6));
    }

    [Test]
    public void Run_FreshTrainerInAFolderWithARun_IsRefusedAndOverwritesNothing()
    {
        using var folder = new TemporaryFolder();
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 2 };
        var recipe = new SaeEncoder(Options, Short);
        recipe.Fit(World.Signals, context);
        byte[] before = File.ReadAllBytes(folder.File("checkpoint.safetensors"));
        using SaeTrainer fresh = recipe.CreateTrainer(World.Signals, context);
        Assert.That(() => fresh.Run(World.Signals), Throws.InvalidOperationException.With.Message.Contains("Resume").And.Message.Contains("checkpoint.safetensors"));
        using var multi = new MultiTrainer();
        multi.Add("one", recipe.CreateTrainer(World.Signals, context));
        Assert.That(() => multi.Run(World.Signals), Throws.InvalidOperationException.With.Message.Contains("Resume"));
        Assert.That(fresh.StepCount, Is.Zero);
        Assert.That(File.ReadAllBytes(folder.File("checkpoint.safetensors")), Is.EqualTo(before));

        // In the trainer's own folder, too, a run is gone on with.
        using var goesOn = new MultiTrainer();
        Assert.That(goesOn.Add("one", () => recipe.CreateTrainer(World.Signals, context), path => SaeTrainer.Resume(path, context)).StepCount, Is.EqualTo(6));
        Assert.That(() => goesOn.Run(World.Signals), Throws.Nothing);
    }

    [Test]
    public void Run_RowsEnd_MeasuresAndSaves()
    {
        using var folder = new TemporaryFolder();
        using MlpTrainer trainer = Mlp(Short with { Steps = 5000 }).CreateTrainer(World.Signals, new RunContext { Checkpoint = folder.Path });
        trainer.Run(Rows(32 * 7));
        Assert.That((trainer.StepCount, double.IsFinite(trainer.Record.FinalLoss)), Is.EqualTo((7L, true)));
        using MlpTrainer resumed = MlpTrainer.Resume(folder.File("checkpoint.safetensors"));
        Assert.That((resumed.StepCount, resumed.PushedRows), Is.EqualTo((7L, 32L * 7)));
    }

    [Test]
    public void Run_SourceFails_SavesAndGoesOnWithTheSameBits([Values(1, 2)] int threads)
    {
        using var folder = new TemporaryFolder();
        MlpEncoder recipe = Mlp(Short with { Steps = 60, BatchSize = 100, ShuffleBufferBytes = 1 << 16 });
        MlpEncoder expected = recipe.Fit(new StreamSource(4000, 6));
        var context = new RunContext { Checkpoint = folder.Path, Threads = threads };
        Assert.That(() => recipe.Fit(new StreamSource(4000, 6) { FailsAfter = 7000 }, context), Throws.TypeOf<IOException>());
        using (MlpTrainer saved = MlpTrainer.Resume(folder.File("checkpoint.safetensors")))
        {
            Assert.That(saved.StepCount, Is.InRange(1, 59));
        }

        Assert.That(recipe.Fit(new StreamSource(4000, 6), context).Dictionary.AtomValues.SequenceEqual(expected.Dictionary.AtomValues), Is.True);
    }

    [Test]
    public void Run_CancelledAfterOneDiverged_SavesTheOthersAndTellsBoth()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        using var multi = new MultiTrainer(folder.Path);
        TrainingOptions training = Short with { Steps = 50, DataSeed = 1 };
        multi.Add("bad", Mlp(training with { LearningRate = 1e30f }).CreateTrainer(World.Signals));
        MlpTrainer good = multi.Add("good", Mlp(training).CreateTrainer(World.Signals, StopsAt(7, source, new RunContext())));
        OperationCanceledException thrown = Assert.Catch<OperationCanceledException>(() => multi.Run(World.Signals, source.Token))!;
        Assert.That(thrown.InnerException, Is.TypeOf<TrainingDivergedException>());
        Assert.That(((TrainingDivergedException)thrown.InnerException!).TrainerName, Is.EqualTo("bad"));
        Assert.That(thrown.InnerException!.Message, Does.Contain("'bad'"));
        using MlpTrainer resumed = MlpTrainer.Resume(folder.File("good/checkpoint.safetensors"));
        Assert.That((resumed.StepCount, good.StepCount), Is.EqualTo((7L, 7L)));
    }

    [Test]
    public void Fit_CheckpointOfARunOnOtherCodes_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        var context = new RunContext { Checkpoint = folder.Path };
        MlpEncoder recipe = Mlp(Short);
        Assert.Catch<OperationCanceledException>(() => recipe.Fit(World.Signals, World.Codes, StopsAt(3, source, context), source.Token));
        SparseCodes other = SparseCodes.Concat(World.Codes.Rows(1..), World.Codes.Rows(..1));
        Assert.That(() => recipe.Fit(World.Signals, other, context), Throws.InvalidOperationException.With.Message.Contains("other codes"));
        Assert.That(recipe.Fit(World.Signals, World.Codes, context).Training!.Steps, Is.EqualTo(6));
    }

    [Test]
    public void Run_TrainersOfOtherBatchesOverThisSource_IsRefusedBeforeAnyStep()
    {
        using var multi = new MultiTrainer();
        TrainingOptions all = Short with { BatchSize = 0 };
        SaeTrainer sae = multi.Add("sae", new SaeEncoder(Options, all).CreateTrainer(World.Signals));
        multi.Add("joint", new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }, all).CreateTrainer(((ActivationSource)World.Signals!).Rows(0, 100)));
        Assert.That(() => multi.Run(World.Signals), Throws.ArgumentException.With.Message.Contains("codes for 100"));
        Assert.That(sae.StepCount, Is.Zero);
    }

    [Test]
    public void Add_TwoTrainersWithOneCheckpointFolder_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var multi = new MultiTrainer();
        multi.Add("one", Mlp(Short).CreateTrainer(World.Signals, new RunContext { Checkpoint = folder.File("run") }));
        using MlpTrainer two = Mlp(Short).CreateTrainer(World.Signals, new RunContext { Checkpoint = folder.File("run") + Path.DirectorySeparatorChar });
        Assert.That(() => multi.Add("two", two), Throws.ArgumentException.With.Message.Contains("same checkpoint folder"));
    }

    [Test]
    public void Next_SourceThatGivesFewRowsAtATime_GivesTheSameBatches([Values(0, 100)] int batchSize)
    {
        var few = new BatchFeeder(new StreamSource(4000, 6) { MostRows = 7 }, batchSize, 5, 1 << 16);
        var many = new BatchFeeder(new StreamSource(4000, 6), batchSize, 5, 1 << 16);
        SignalBatch actual = new(few.BatchSize, 6), expected = new(few.BatchSize, 6);
        for (int i = 0; i < 50; i++)
        {
            few.Next(actual);
            many.Next(expected);
            Assert.That(actual.RowIds, Is.EqualTo(expected.RowIds));
            Assert.That(actual.Signals.SequenceEqual(expected.Signals), Is.True);
        }

        var short1 = new BatchFeeder(new StreamSource(4000, 6) { RowsThere = 3999 }, batchSize, 5, 1 << 20);
        Assert.That(() => short1.Next(actual), Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 3999"));
    }

    [Test]
    public void TryNext_Cancelled_LeavesTheBatchBefore([Values] bool ahead)
    {
        using var feed = new SourceFeed(new BatchFeeder(new StreamSource(4000, 6), 100, 5, 1 << 16), 6, ahead);
        feed.Start(0);
        feed.TryNext(out _, default);
        feed.TryNext(out FedBatch fed, default);
        float[] before = [.. fed.Batch.Signals];
        if (ahead)
        {
            // The reader has time to write over a slot that is free; a cancelled run still measures this batch.
            Assert.Catch<OperationCanceledException>(() => feed.TryNext(out _, new CancellationToken(canceled: true)));
            Thread.Sleep(100);
        }
        else
        {
            feed.TryNext(out _, default);
        }

        Assert.That(fed.Batch.Signals.SequenceEqual(before), Is.True);
    }

    [Test]
    public void Split_HalvesReadByTwoThreads_TakeTurns()
    {
        var source = new StreamSource(100, 6) { Milliseconds = 2 };
        (ActivationSource first, ActivationSource second) = source.Split(0.5);
        Task<bool> Read(ActivationSource part, long start) => Task.Run(() =>
        {
            var batch = new SignalBatch(3, 6);
            for (part.Read(batch); batch.Count > 0; part.Read(batch))
            {
                if (batch.Signals[0] != MathF.Sin((start + batch.RowIds[0]) * 6))
                {
                    return false;
                }
            }

            return true;
        });
        Task<bool> one = Read(first, 0), two = Read(second, 50);
        Assert.That((one.Result, two.Result), Is.EqualTo((true, true)), "each reads its own rows");
        Assert.That(source.MostReaders, Is.EqualTo(1));
    }

    [Test]
    public void Run_LongRun_CurveBeginsWithTheFirstStep()
    {
        using var source = new CancellationTokenSource();
        using MlpTrainer trainer = Mlp(Short with { Steps = 5000 }).CreateTrainer(World.Signals, StopsAt(7, source, new RunContext()));
        Assert.Catch<OperationCanceledException>(() => trainer.Run(World.Signals, source.Token));
        Assert.That(trainer.Record.Curve.Select(p => p.Step), Is.EqualTo(new long[] { 1, 5 }));
    }

    [Test]
    public void Run_ResumedAndDivergedAtOnce_TakesBackWhatItWentOnFrom()
    {
        using var folder = new TemporaryFolder();
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 1 };
        using (MlpTrainer trainer = Mlp(Short with { Steps = 100 }).CreateTrainer(World.Signals, context))
        {
            trainer.Run(Rows(32 * 5));
        }

        TrainingDivergedException Diverge()
        {
            using MlpTrainer resumed = MlpTrainer.Resume(folder.File("checkpoint.safetensors"), context);
            return Assert.Catch<TrainingDivergedException>(() => resumed.Run(Rows(64, bad: true)))!;
        }

        Assert.That(Diverge().Checkpoint, Is.EqualTo(folder.File("checkpoint.safetensors")));
        using (MlpTrainer before = MlpTrainer.Resume(folder.File("checkpoint.safetensors")))
        {
            Assert.That(before.StepCount, Is.EqualTo(4), "the one before it");
        }

        TrainingDivergedException again = Diverge();
        Assert.That(again.Checkpoint, Is.Null, "there is none before that one");
        Assert.That(again.Message, Does.Contain("No sound loss has followed").And.Contain("checkpoint.previous.safetensors"));
    }

    [Test]
    public void Run_RefusedByOneTrainer_BindsNoOtherAndLetsTheWriterGo()
    {
        SyntheticData elsewhere = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 200, Seed = 2 });
        using var multi = new MultiTrainer();
        MlpTrainer free = multi.Add("free", Mlp(Short).CreateTrainer(World.Signals));
        MlpTrainer bound = multi.Add("bound", Mlp(Short).CreateTrainer(World.Signals));
        bound.Run(World.Signals);
        Assert.That(() => multi.Run(elsewhere.Signals), Throws.InvalidOperationException.With.Message.Contains("other data"));
        Assert.That(() => free.Run(World.Signals), Throws.Nothing);

        var channel = new ActivationChannel(6, 16);
        Task<bool> writer = Task.Run(() => channel.Write(SignalView.FromRows(new float[6 * 100], 6)));
        using MlpTrainer refused = Mlp(Short).CreateTrainer(World.Signals);
        Assert.That(() => refused.Run(channel), Throws.ArgumentException.With.Message.Contains("BatchSize"));
        Assert.That(writer.Wait(10_000), Is.True, "the writer hangs");
        Assert.That(writer.Result, Is.False);
    }

    [Test]
    public void Run_DeadLatentsAtTheStop_GoOnWithTheSameBits()
    {
        // Far more atoms than two for each signal can use: the list of dead ones is not empty where the run stops.
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 200, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy { DeadAfter = 3 }] }, Short with { Steps = 30 });
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        double dead = 0;
        RunContext stops = StopsAt(15, source, new RunContext { Checkpoint = folder.Path });
        var progress = new SynchronousProgress<TrainingProgress>(p =>
        {
            dead = p.DeadShare;
            stops.Progress!.Report(p);
        });
        Assert.Catch<OperationCanceledException>(() => recipe.Fit(World.Signals, stops with { Progress = progress }, source.Token));
        Assert.That(dead, Is.InRange(0.05, 0.95));
        SaeEncoder resumed = recipe.Fit(World.Signals, new RunContext { Checkpoint = folder.Path });
        Assert.That(resumed.Training!.Steps, Is.EqualTo(30));
        Assert.That(resumed.Dictionary.AtomValues.SequenceEqual(recipe.Fit(World.Signals).Dictionary.AtomValues), Is.True);
    }
}
