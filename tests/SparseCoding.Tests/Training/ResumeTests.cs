using System.Numerics.Tensors;
using System.Text;
using SparseCoding.Tests.Encoders;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Training;

/// <summary>A run that is stopped at any step and resumed ends with the same bits as one that never stopped, or is refused by name.</summary>
public sealed class ResumeTests
{
    private const int Steps = 12;

    private static readonly Run[] Runs =
    [
        new SaeRun("SAE ReLU, shuffled batches", Selection.Relu, 16),
        new SaeRun("SAE ReLU, full batch", Selection.Relu, 0),
        new SaeRun("SAE TopK, shuffled batches", Selection.TopK(3), 16),
        new SaeRun("SAE TopK, full batch", Selection.TopK(3), 0),
        new SaeRun("SAE TopK, Signum, clipped, averaged, in pieces", Selection.TopK(3), 16, Everything),
        new SaeRun("SAE BatchTopK, clipped, averaged, in pieces", Selection.BatchTopK(3), 16, t => Everything(t) with { Optimizer = new AdamOptions() }),
        new MlpRun("MLP, shuffled batches", 16),
        new MlpRun("MLP, full batch", 0),
        new MlpRun("MLP, Signum, clipped, averaged, in pieces", 16, Everything),
        new ListaRun("LISTA-CP, shuffled batches", 16, ListaWeights.Coupled),
        new ListaRun("LISTA, full batch", 0, ListaWeights.Free),
        new ListaRun("LISTA-CP, Signum, clipped, averaged, in pieces", 16, ListaWeights.Coupled, Everything),
        new SparseCodingRun("sparse coding, exp", CodeParametrization.Exp),
        new SparseCodingRun("sparse coding, ReLU with bias", CodeParametrization.Relu),
    ];

    public static IEnumerable<Run> AllRuns => Runs;

    private static TrainingOptions Everything(TrainingOptions training) =>
        training with { Optimizer = new SignumOptions(), ClipNorm = 0.5f, AveragingDecay = 0.8f, MicroBatches = 3, DataSeed = 9 };

    private static TrainingOptions Training(int batch) => new()
    {
        Steps = Steps,
        BatchSize = batch,
        Seed = 3,
        LearningRate = new Schedule { Value = 0.01f, WarmupSteps = 3, DecayShare = 0.5 },
    };

    [Test]
    public void Resume_CurveOfTheRunBefore_IsWhole([Values] bool older)
    {
        using var folder = new TemporaryFolder();
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy { DeadAfter = 3 }] }, Training(16));
        string path = folder.File("checkpoint.safetensors");
        TrainingPoint[] curve;
        using (SaeTrainer trainer = recipe.CreateTrainer(Signals))
        {
            trainer.Run(Signals);
            trainer.SaveCheckpoint(path);
            curve = [.. trainer.Record.Curve];
        }

        Assert.That(curve.Select(p => p.Fvu), Is.All.Positive);
        Assert.That(curve.Select(p => p.DeadShare), Is.All.InRange(0.0, 1.0));
        if (older)
        {
            // A checkpoint from before these figures were kept: the same file without their tensor.
            byte[] bytes = File.ReadAllBytes(path);
            Encoding.ASCII.GetBytes("record.curve.old").CopyTo(bytes, bytes.AsSpan().IndexOf("record.curve.fit"u8));
            File.WriteAllBytes(path, bytes);
        }

        using SaeTrainer again = SaeTrainer.Resume(path);
        Assert.That(again.Record.Curve, Is.EqualTo(older ? curve.Select(p => p with { Fvu = double.NaN, DeadShare = double.NaN }) : curve));
    }

    [TestCaseSource(nameof(AllRuns))]
    public void Resume_StoppedAtEveryStep_GivesTheSameBits(Run run)
    {
        using var folder = new TemporaryFolder();
        foreach (int threads in (int[])[1, 2])
        {
            var context = new RunContext { Threads = threads };
            AtomDictionary expected = run.Undisturbed(context, out byte[] state, folder);
            for (int stop = 1; stop < Steps; stop++)
            {
                string path = folder.File($"stop{stop}.safetensors");
                run.StopAfter(stop, path, context);
                (AtomDictionary resumed, byte[] end) = run.ResumeAndFinish(path, folder.File("end.safetensors"), context);
                AssertSameBits(resumed, expected, $"{run}, {threads} threads, stopped after step {stop}");
                Assert.That(Tensors(end).SequenceEqual(Tensors(state)), Is.True, $"{run}: weights, moments or curve differ when stopped after step {stop}");
            }
        }
    }

    [TestCaseSource(nameof(AllRuns))]
    public void Fit_CancelledInTheMiddleWithACheckpointFolder_GoesOnWithTheSameBits(Run run)
    {
        using var folder = new TemporaryFolder();
        AtomDictionary expected = run.Fit(new RunContext(), default);
        foreach (long interval in (long[])[1, 5, 1000])
        {
            string checkpoints = folder.File($"every{interval}");
            using var source = new CancellationTokenSource();
            var log = new EventLog();
            var progress = new SynchronousProgress<TrainingProgress>(p =>
            {
                if (p.Step == 7)
                {
                    source.Cancel();
                }
            });
            var context = new RunContext { Checkpoint = checkpoints, CheckpointInterval = interval, Progress = progress, ProgressInterval = TimeSpan.Zero, LoggerFactory = log };
            Assert.Catch<OperationCanceledException>(() => run.Fit(context, source.Token));
            Assert.That(log.Ids, Does.Contain(1003).And.Contain(1004));
            AtomDictionary resumed = run.Fit(context with { Progress = null }, default);
            AssertSameBits(resumed, expected, $"{run}, checkpoint every {interval} steps");
            Assert.That(log.Ids, Does.Contain(1005));
            Assert.That(log.Ids.Count(id => id == 1001), Is.EqualTo(2));

            // A finished run found in the folder is simply read.
            AssertSameBits(run.Fit(context with { Progress = null }, default), expected, $"{run}, read again");
        }
    }

    [TestCaseSource(nameof(AllRuns))]
    public void Resume_OtherTierOrTruncatedOrForeign_IsRefusedByName(Run run)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.safetensors");
        run.StopAfter(4, path, new RunContext());
        byte[] whole = File.ReadAllBytes(path);
        string text = Encoding.Latin1.GetString(whole);
        int device = text.IndexOf("cpu/", StringComparison.Ordinal);
        byte[] other = (byte[])whole.Clone();
        other[device + 4] = (byte)'z';
        string message = MessageOf<InvalidOperationException>(() => run.ResumeAndFinish(folder.Write("other.safetensors", other), folder.File("x"), new RunContext()));
        Assert.That(message, Does.Contain("cpu/z").And.Contains("other.safetensors").And.Contains("tier"));
        for (int length = 0; length < whole.Length; length += whole.Length / 25)
        {
            string cut = folder.Write("cut.safetensors", whole.AsSpan(0, length));
            Assert.Catch<InvalidDataException>(() => run.ResumeAndFinish(cut, folder.File("x"), new RunContext()), $"cut to {length}");
        }

        Assert.Catch<FileNotFoundException>(() => run.ResumeAndFinish(folder.File("none"), folder.File("x"), new RunContext()));
        string encoder = folder.File("encoder.safetensors");
        new OmpEncoder(Plain, new OmpOptions { MaxActive = 2 }).Save(encoder);
        Assert.That(MessageOf<InvalidDataException>(() => run.ResumeAndFinish(encoder, folder.File("x"), new RunContext())), Does.Contain("omp"));
    }

    [TestCaseSource(nameof(AllRuns))]
    public void Resume_OtherSizesInTheMetadata_AreRefusedBeforeMemoryIsTaken(Run run)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.safetensors");
        run.StopAfter(2, path, new RunContext());
        byte[] whole = File.ReadAllBytes(path);
        int length = BitConverter.ToInt32(whole, 0), cases = 0;
        string header = Encoding.UTF8.GetString(whole, 8, length);
        foreach (string number in (string[])["-3", "0", "2000000000", "9000000000000000000"])
        {
            foreach (string key in (string[])["dimension", "samples", "atoms", "steps", "feeder", "input_scale", "AtomCount"])
            {
                string changed = System.Text.RegularExpressions.Regex.Replace(header, key + """(\\?"?:\\?"?)[0-9.]+""", key + "${1}" + number);
                if (changed == header)
                {
                    continue;
                }

                cases++;
                string file = folder.Write("odd.safetensors", EncoderContract<SaeEncoder>.Safetensors(changed, whole.AsSpan(8 + length).ToArray()));
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    run.ResumeAndFinish(file, folder.File("x"), new RunContext());
                }
                catch (InvalidDataException)
                {
                }

                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20_000_000), $"{key} = {number}");
            }
        }

        Assert.That(cases, Is.AtLeast(16));
    }

    [Test]
    public void Fit_CheckpointOfOtherOptions_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var context = new RunContext { Checkpoint = folder.Path };
        var sae = new SaeEncoder(new SaeOptions { AtomCount = Atoms }, Training(16));
        sae.Fit(Signals, context);
        void Refused(Action fit) => Assert.That(MessageOf<InvalidOperationException>(fit), Does.Contain("other options").And.Contains("checkpoint.safetensors"));
        Refused(() => new SaeEncoder(new SaeOptions { AtomCount = Atoms }, Training(16) with { Seed = 4 }).Fit(Signals, context));
        Refused(() => new SaeEncoder(new SaeOptions { AtomCount = Atoms, Bias = false }, Training(16)).Fit(Signals, context));
        Refused(() => new SaeEncoder(new SaeOptions { AtomCount = Atoms + 1 }, Training(16)).Fit(Signals, context));
        Refused(() => sae.Fit(Signals, Plain, context));
        Refused(() => sae.Fit(Signals, SparseCodes.FromDense(new float[Rows, Atoms]), context));
        Assert.That(MessageOf<InvalidDataException>(() => new MlpEncoder(new MlpOptions { AtomCount = Atoms }, Training(16)).Fit(Signals, context)), Does.Contain("sae.trainer"));
    }

    [Test]
    public void Fit_KnownDictionaryWithACheckpointFolder_GoesOnOnThatDictionaryOnly()
    {
        using var folder = new TemporaryFolder();
        Tensor<float> data = Make(Affine, Rows, 3, 3);
        var sae = new SaeEncoder(new SaeOptions { AtomCount = Atoms }, Training(16));
        SaeEncoder expected = sae.Fit(data, Affine);
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 1, ProgressInterval = TimeSpan.Zero };
        Cancelled(context, 5, (c, token) => sae.Fit(data, Affine, c, token));
        Assert.Catch<InvalidOperationException>(() => sae.Fit(data, Plain, context), "another known dictionary");
        Assert.Catch<InvalidOperationException>(() => sae.Fit(data, context), "a dictionary to learn");
        SaeEncoder resumed = sae.Fit(data, Affine, context);
        AssertSameBits(resumed.Dictionary, Affine, "known dictionary");
        AssertSameBits(resumed.Encode(data), expected.Encode(data), "codes");
    }

    [Test]
    public void Fit_KnownCodesWithACheckpointFolder_GoesOnWithTheSameBits([Values] CodeLoss loss)
    {
        using var folder = new TemporaryFolder();
        SparseCodes codes = SparseCodes.FromDense(Tensor.Create(TestMatrices.Codes<float>(Rows, Atoms, 3, 11, nonNegative: true), [Rows, Atoms]));
        var mlp = new MlpEncoder(new MlpOptions { AtomCount = Atoms, Hidden = [9] }, Training(16) with { CodeLoss = loss });
        MlpEncoder expected = mlp.Fit(Signals, codes);
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 4, ProgressInterval = TimeSpan.Zero };
        Cancelled(context, 6, (c, token) => mlp.Fit(Signals, codes, c, token));
        Assert.Catch<InvalidOperationException>(() => mlp.Fit(Signals, context), "without codes");
        MlpEncoder resumed = mlp.Fit(Signals, codes, context);
        AssertSameBits(resumed.Encode(Signals), expected.Encode(Signals), "codes");
        AssertSameBits(resumed.Dictionary, expected.Dictionary, "dictionary");

        // Resumed without the codes, which are not part of the state, the trainer says what is missing.
        using MlpTrainer trainer = MlpTrainer.Resume(folder.File("checkpoint.safetensors"));
        Assert.That(MessageOf<ArgumentException>(() => trainer.Step(Signals)), Does.Contain("known codes"));
    }

    [Test]
    public void SaveCheckpoint_HalfWrittenFileBesideIt_LeavesTheOldOneWhole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("checkpoint.safetensors");
        var run = new SaeRun("", Selection.Relu, 16);
        run.StopAfter(5, path, new RunContext());
        byte[] before = File.ReadAllBytes(path);

        // What a killed process leaves: the temporary file, half of it. The checkpoint itself is the old one.
        folder.Write(".checkpoint.safetensors.0123456789abcdef0123456789abcdef.tmp", before.AsSpan(0, before.Length / 2));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        AssertSameBits(run.ResumeAndFinish(path, folder.File("end"), new RunContext()).Dictionary, run.Undisturbed(new RunContext(), out _, folder), "resumed");

        // A write that fails leaves the old file whole and nothing half-written behind.
        string[] files = Directory.GetFileSystemEntries(folder.Path);
        using SaeTrainer trainer = SaeTrainer.Resume(path);
        Directory.CreateDirectory(folder.File("taken"));
        Assert.Catch<UnauthorizedAccessException>(() => trainer.SaveCheckpoint(folder.File("taken")));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(files.Length + 1));
    }

    [Test]
    public void Run_Cancelled_LeavesASnapshotThatEncodesAndATrainerThatGoesOn()
    {
        var sae = new SaeEncoder(new SaeOptions { AtomCount = Atoms }, Training(16));
        SaeEncoder expected = sae.Fit(Signals);
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress<TrainingProgress>(p =>
        {
            if (p.Step == 4)
            {
                source.Cancel();
            }
        });
        using SaeTrainer trainer = sae.CreateTrainer(Signals, new RunContext { Progress = progress, ProgressInterval = TimeSpan.Zero });
        Assert.Catch<OperationCanceledException>(() => trainer.Run(Signals, source.Token));
        SaeEncoder half = trainer.Snapshot();
        Assert.That((trainer.StepCount, half.Training!.Completed, half.Training.Steps), Is.EqualTo((4, false, 4)));
        Assert.That(half.Encode(Signals).RowCount, Is.EqualTo(Rows));
        trainer.Run(Signals);
        AssertSameBits(trainer.Snapshot().Dictionary, expected.Dictionary, "going on in the same trainer");
        Assert.That(trainer.Snapshot().Training!.Completed, Is.True);
    }

    [Test]
    public void MeasureLoss_AfterResume_IsNotANumberUntilAStep()
    {
        using var folder = new TemporaryFolder();
        foreach (Run run in Runs)
        {
            string path = folder.File("run.safetensors");
            run.StopAfter(3, path, new RunContext());
            Assert.That(run.LossAfterResume(path), Is.NaN, run.ToString());
        }
    }

    private static void Cancelled(RunContext context, long step, Action<RunContext, CancellationToken> fit)
    {
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress<TrainingProgress>(p =>
        {
            if (p.Step == step)
            {
                source.Cancel();
            }
        });
        Assert.Catch<OperationCanceledException>(() => fit(context with { Progress = progress }, source.Token));
    }

    /// <summary>The data part of a checkpoint: its header has the elapsed time, which differs.</summary>
    private static ReadOnlySpan<byte> Tensors(byte[] file) => file.AsSpan(8 + BitConverter.ToInt32(file, 0));

    /// <summary>One kind of training run.</summary>
    public abstract class Run(string name)
    {
        internal abstract AtomDictionary Undisturbed(RunContext context, out byte[] state, TemporaryFolder folder);

        public abstract void StopAfter(int steps, string path, RunContext context);

        public abstract (AtomDictionary Dictionary, byte[] State) ResumeAndFinish(string path, string end, RunContext context);

        public abstract AtomDictionary Fit(RunContext context, CancellationToken token);

        public abstract double LossAfterResume(string path);

        public override string ToString() => name;
    }

    private abstract class Run<TTrainer, TEncoder>(string name) : Run(name)
        where TTrainer : Trainer<TEncoder>
        where TEncoder : class, IEncoder
    {
        internal override AtomDictionary Undisturbed(RunContext context, out byte[] state, TemporaryFolder folder)
        {
            using TTrainer trainer = Start(context);
            return Finish(trainer, folder.File("undisturbed.safetensors"), out state);
        }

        public override void StopAfter(int steps, string path, RunContext context)
        {
            using var source = new CancellationTokenSource();
            var progress = new SynchronousProgress<TrainingProgress>(p =>
            {
                if (p.Step == steps)
                {
                    source.Cancel();
                }
            });
            using TTrainer trainer = Start(context with { Progress = progress, ProgressInterval = TimeSpan.Zero });
            Assert.Catch<OperationCanceledException>(() => trainer.Run(Signals, source.Token));
            trainer.SaveCheckpoint(path);
        }

        public override (AtomDictionary Dictionary, byte[] State) ResumeAndFinish(string path, string end, RunContext context)
        {
            using TTrainer trainer = Resume(path, context);
            AtomDictionary dictionary = Finish(trainer, end, out byte[] state);
            return (dictionary, state);
        }

        public override double LossAfterResume(string path)
        {
            using TTrainer trainer = Resume(path, new RunContext());
            return trainer.MeasureLoss();
        }

        protected abstract TTrainer Start(RunContext context);

        protected abstract TTrainer Resume(string path, RunContext context);

        private static AtomDictionary Finish(TTrainer trainer, string path, out byte[] state)
        {
            trainer.Run(Signals);
            trainer.SaveCheckpoint(path);
            state = File.ReadAllBytes(path);
            return (AtomDictionary)trainer.Snapshot().Decoder;
        }
    }

    private sealed class SaeRun(string name, Selection selection, int batch, Func<TrainingOptions, TrainingOptions>? change = null) : Run<SaeTrainer, SaeEncoder>(name)
    {
        private readonly SaeEncoder _recipe = new(new SaeOptions { AtomCount = Atoms, Selection = selection }, change is null ? Training(batch) : change(Training(batch)));

        public override AtomDictionary Fit(RunContext context, CancellationToken token) => _recipe.Fit(Signals, context, token).Dictionary;

        protected override SaeTrainer Start(RunContext context) => _recipe.CreateTrainer(Signals, context);

        protected override SaeTrainer Resume(string path, RunContext context) => SaeTrainer.Resume(path, context);
    }

    private sealed class MlpRun(string name, int batch, Func<TrainingOptions, TrainingOptions>? change = null) : Run<MlpTrainer, MlpEncoder>(name)
    {
        private readonly MlpEncoder _recipe = new(new MlpOptions { AtomCount = Atoms, Hidden = [9], Normalization = InputNormalization.MeanNorm }, change is null ? Training(batch) : change(Training(batch)));

        public override AtomDictionary Fit(RunContext context, CancellationToken token) => _recipe.Fit(Signals, context, token).Dictionary;

        protected override MlpTrainer Start(RunContext context) => _recipe.CreateTrainer(Signals, context);

        protected override MlpTrainer Resume(string path, RunContext context) => MlpTrainer.Resume(path, context);
    }

    private sealed class ListaRun(string name, int batch, ListaWeights weights, Func<TrainingOptions, TrainingOptions>? change = null) : Run<ListaTrainer, ListaEncoder>(name)
    {
        // 7 of the 12 steps go layer by layer, in six phases.
        private readonly ListaEncoder _recipe = new(
            new ListaOptions { AtomCount = Atoms, LayerCount = 3, Weights = weights, SupportShare = 0.1f, LayerwiseShare = 0.6, Normalization = InputNormalization.MeanNorm },
            change is null ? Training(batch) : change(Training(batch)));

        public override AtomDictionary Fit(RunContext context, CancellationToken token) => _recipe.Fit(Signals, context, token).Dictionary;

        protected override ListaTrainer Start(RunContext context) => _recipe.CreateTrainer(Signals, context);

        protected override ListaTrainer Resume(string path, RunContext context) => ListaTrainer.Resume(path, context);
    }

    private sealed class SparseCodingRun(string name, CodeParametrization form) : Run<SparseCodingTrainer, SparseCodingEncoder>(name)
    {
        private readonly SparseCodingEncoder _recipe = new(
            new SparseCodingOptions { AtomCount = Atoms, Parametrization = form, Bias = form == CodeParametrization.Relu }, Training(0));

        public override AtomDictionary Fit(RunContext context, CancellationToken token) => _recipe.Fit(Signals, context, token).Dictionary;

        protected override SparseCodingTrainer Start(RunContext context) => _recipe.CreateTrainer(Signals, context);

        protected override SparseCodingTrainer Resume(string path, RunContext context) => SparseCodingTrainer.Resume(path, context);
    }
}
