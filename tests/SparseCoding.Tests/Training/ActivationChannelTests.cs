namespace SparseCoding.Tests.Training;

/// <summary>Rows that the caller pushes: used once each, mixed by seed and not by timing, stopped and resumed with the same bits.</summary>
public sealed class ActivationChannelTests
{
    private const int Dimension = 6;

    private static readonly float[] Rows = [.. Enumerable.Range(0, 3000 * Dimension).Select(i => MathF.Sin(i * 0.77f))];

    private static MlpEncoder Recipe(long steps) => new(
        new MlpOptions { AtomCount = 8, Hidden = [5] }, new TrainingOptions { Steps = steps, BatchSize = 64, Seed = 2, LearningRate = 0.01f });

    private static MlpTrainer Trainer(long steps, RunContext? context = null) => Recipe(steps).CreateTrainer(SourceOf(Rows.AsSpan(0, 200 * Dimension)), context);

    private static ActivationSource SourceOf(ReadOnlySpan<float> rows) => ActivationSource.FromView(SignalView.FromRows(rows, Dimension));

    /// <summary>Pushes rows from one on, in pieces of a size, until told to stop.</summary>
    private static Task<bool> Push(ActivationChannel channel, long from, int piece, bool complete = true) => Task.Run(() =>
    {
        for (long row = from; row < Rows.Length / Dimension; row += piece)
        {
            int count = (int)Math.Min(piece, (Rows.Length / Dimension) - row);
            if (!channel.Write(SignalView.FromRows(Rows.AsSpan((int)row * Dimension, count * Dimension), Dimension)))
            {
                return false;
            }
        }

        if (complete)
        {
            channel.Complete();
        }

        return true;
    });

    private static byte[] State(MlpTrainer trainer, TemporaryFolder folder)
    {
        trainer.SaveCheckpoint(folder.File("state"));
        byte[] file = File.ReadAllBytes(folder.File("state"));
        return file[(8 + BitConverter.ToInt32(file, 0))..];
    }

    [TestCase(64)]
    [TestCase(257)]
    [TestCase(5000)]
    public void Run_CompletedChannel_UsesEveryRowOnce(int bufferRows)
    {
        var channel = new ActivationChannel(Dimension, bufferRows);
        using MlpTrainer trainer = Trainer(1000);
        Task<bool> producer = Push(channel, 0, 100);
        trainer.Run(channel);
        Assert.That(producer.Result, Is.True);
        Assert.That((trainer.RowCount, trainer.StepCount, trainer.PushedRows, channel.RowsWritten), Is.EqualTo((3000, 47, 3000, 3000)));
        Assert.That(trainer.Record.Completed, Is.False, "the rows ended before the steps did");
    }

    [Test]
    public void Run_OtherTimingAndPieces_GiveTheSameBits()
    {
        using var folder = new TemporaryFolder();
        byte[]? expected = null;
        foreach (int piece in (int[])[1, 13, 300])
        {
            var channel = new ActivationChannel(Dimension, 200);
            using MlpTrainer trainer = Trainer(40);
            Task<bool> producer = Push(channel, 0, piece);
            trainer.Run(channel);
            _ = producer.Result;
            byte[] state = State(trainer, folder);
            expected ??= state;
            Assert.That(state, Is.EqualTo(expected), $"pushed in pieces of {piece}");
        }
    }

    [Test]
    public void Run_ChannelIsNotInOrder()
    {
        var channel = new ActivationChannel(Dimension, 500);
        _ = Push(channel, 0, 100);
        channel.StartReading(1);
        var batch = new SignalBatch(64, Dimension);
        List<long> seen = [];
        while (channel.TryTake(batch, default))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Assert.That(batch.Signals[i * Dimension], Is.EqualTo(Rows[batch.RowIds[i] * Dimension]), "row ids and signals belong together");
                seen.Add(batch.RowIds[i]);
            }
        }

        Assert.That(seen.Order(), Is.EqualTo(Enumerable.Range(0, 3000)));
        double apart = seen.Zip(seen.Skip(1), (a, b) => Math.Abs(a - b)).Average();
        Assert.That(apart, Is.GreaterThan(150), "neighbours in the batches are far from each other in the stream");
    }

    [Test]
    public void Run_StoppedAtEveryStepAndResumedOnANewChannel_GivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        const int Steps = 12;
        byte[] expected = RunTo(Trainer(Steps), Steps, folder);
        for (int stop = 1; stop < Steps; stop++)
        {
            string path = folder.File("stopped");
            using (var source = new CancellationTokenSource())
            {
                var progress = new SynchronousProgress<TrainingProgress>(p =>
                {
                    if (p.Step == stop)
                    {
                        source.Cancel();
                    }
                });
                using MlpTrainer trainer = Trainer(Steps, new RunContext { Progress = progress, ProgressInterval = TimeSpan.Zero });
                var channel = new ActivationChannel(Dimension, 300);
                Task<bool> producer = Push(channel, 0, 50, complete: false);
                Assert.Catch<OperationCanceledException>(() => trainer.Run(channel, source.Token));
                _ = producer.Result;
                trainer.SaveCheckpoint(path);
            }

            MlpTrainer resumed = MlpTrainer.Resume(path);
            Assert.That(resumed.PushedRows, Is.GreaterThanOrEqualTo(300));
            Assert.That(RunTo(resumed, Steps, folder), Is.EqualTo(expected), $"stopped after step {stop}");
        }
    }

    [Test]
    public void Run_StepsDone_LetsTheWriterGo()
    {
        var channel = new ActivationChannel(Dimension, 100);
        using MlpTrainer trainer = Trainer(3);
        Task<bool> producer = Push(channel, 0, 10);
        trainer.Run(channel);
        Assert.That(producer.Wait(10_000), Is.True, "the writer hangs");
        Assert.That(producer.Result, Is.False, "the writer is told to stop");
        Assert.That(trainer.Record.Completed, Is.True);
    }

    [Test]
    public void Run_CancelledWhileWaitingForRows_Ends()
    {
        var channel = new ActivationChannel(Dimension, 100);
        using var source = new CancellationTokenSource();
        using MlpTrainer trainer = Trainer(3);
        Task run = Task.Run(() => trainer.Run(channel, source.Token));
        source.Cancel();
        Assert.That(() => run.GetAwaiter().GetResult(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(trainer.StepCount, Is.Zero);
    }

    [Test]
    public void Write_CancelledWhileFull_Ends()
    {
        var channel = new ActivationChannel(Dimension, 100);
        using var source = new CancellationTokenSource();
        Task write = Task.Run(() => channel.Write(SignalView.FromRows(Rows, Dimension), source.Token));
        source.Cancel();
        Assert.That(() => write.GetAwaiter().GetResult(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(channel.RowsWritten, Is.LessThanOrEqualTo(100));
    }

    [Test]
    public void Complete_WithAnError_EndsTheRunWithIt()
    {
        var channel = new ActivationChannel(Dimension, 100);
        channel.Complete(new IOException("the model went away"));
        using MlpTrainer trainer = Trainer(3);
        InvalidOperationException thrown = Assert.Catch<InvalidOperationException>(() => trainer.Run(channel))!;
        Assert.That(thrown.InnerException, Is.TypeOf<IOException>());
        Assert.That(thrown.Message, Does.Contain("the model went away"));
    }

    [Test]
    public void Misuse_IsRefusedByName()
    {
        var channel = new ActivationChannel(Dimension, 100);
        Assert.That(() => new ActivationChannel(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ActivationChannel(1000, int.MaxValue), Throws.ArgumentException.With.Message.Contains("bufferRows"));
        Assert.That(() => channel.Write(SignalView.FromRows(new float[5], 5)), Throws.ArgumentException.With.Message.Contains("channel"));
        Assert.That(() => channel.Write(SignalView.FromRows([1, 2, 3, 4, float.NaN, 6], 6)), Throws.ArgumentException);
        Assert.That(channel.RowsWritten, Is.Zero);
        channel.Complete();
        Assert.That(() => channel.Write(SignalView.FromRows(Rows, Dimension)), Throws.InvalidOperationException.With.Message.Contains("completed"));
        using MlpTrainer trainer = Trainer(3);
        Assert.That(() => trainer.Run(new ActivationChannel(Dimension, 63)), Throws.ArgumentException.With.Message.Contains("BatchSize"));
        Assert.That(() => trainer.Run(new ActivationChannel(Dimension + 1, 640)), Throws.ArgumentException.With.Message.Contains("dimension 7"));
        using var folder = new TemporaryFolder();
        _ = RunTo(Trainer(3), 3, folder);
        using MlpTrainer resumed = MlpTrainer.Resume(folder.File("state"));
        Assert.That(() => resumed.Run(new ActivationChannel(Dimension, 301)), Throws.InvalidOperationException);
    }

    private static byte[] RunTo(MlpTrainer trainer, int steps, TemporaryFolder folder)
    {
        using (trainer)
        {
            var channel = new ActivationChannel(Dimension, 300);
            Task<bool> producer = Push(channel, trainer.PushedRows, 70);
            trainer.Run(channel);
            _ = producer.Result;
            Assert.That(trainer.StepCount, Is.EqualTo(steps));
            return State(trainer, folder);
        }
    }
}
