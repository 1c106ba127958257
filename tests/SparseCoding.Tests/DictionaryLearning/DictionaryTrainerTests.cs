using System.Numerics.Tensors;
using System.Text;
using SparseCoding.Tests.Encoders;
using SparseCoding.Tests.Training;
using static SparseCoding.Tests.DictionaryLearning.DictionaryWorld;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>The trainer behind Fit: the same bits when stopped at any alternation, on any number of threads; streams; other coders; refusals.</summary>
public sealed class DictionaryTrainerTests
{
    private static readonly Tensor<float> Data = Planted(10, 7, 2, 90, 17).Signals;

    private static readonly (string Name, DictionaryLearningOptions Options)[] Kinds =
    [
        ("block coordinate, all signals", Options(DictionaryUpdate.BlockCoordinate, 0)),
        ("block coordinate, batches with forgetting", Options(DictionaryUpdate.BlockCoordinate, 32) with { Forgetting = 2, MinUsage = 0.05f }),
        ("MOD, all signals", Options(DictionaryUpdate.Mod, 0)),
        ("MOD, batches", Options(DictionaryUpdate.Mod, 32)),
        ("approximate K-SVD", Options(DictionaryUpdate.ApproximateKSvd, 0)),
        ("gradient, batches", Options(DictionaryUpdate.Gradient(0.05f, 2), 32)),
    ];

    public static IEnumerable<TestCaseData> AllKinds => Kinds.Select(k => new TestCaseData(k.Options).SetArgDisplayNames(k.Name));

    [TestCaseSource(nameof(AllKinds))]
    public void Resume_StoppedAtEveryAlternation_GivesTheSameBits(DictionaryLearningOptions learning)
    {
        using var folder = new TemporaryFolder();
        foreach (int threads in (int[])[1, 2])
        {
            var context = new RunContext { Threads = threads };
            LassoEncoder recipe = Recipe(learning);
            using DictionaryTrainer<LassoEncoder> whole = recipe.CreateTrainer(7, context: context);
            whole.Run(Data);
            string end = folder.File("end.safetensors");
            whole.SaveCheckpoint(end);
            byte[] expected = File.ReadAllBytes(end);
            int steps = (int)whole.StepCount;
            Assert.That(steps, Is.InRange(4, 12));
            for (int stop = 1; stop < steps; stop++)
            {
                string path = folder.File("stop.safetensors");
                Stop(recipe, stop, path, context);
                using DictionaryTrainer<LassoEncoder> resumed = LassoEncoder.ResumeTrainer(path, context);
                Assert.That(resumed.StepCount, Is.EqualTo(stop));
                resumed.Run(Data);
                resumed.SaveCheckpoint(end);
                AssertSameBits(resumed.Snapshot().Dictionary, whole.Snapshot().Dictionary, $"stopped after {stop} with {threads} threads");
                Assert.That(Tensors(File.ReadAllBytes(end)).SequenceEqual(Tensors(expected)), Is.True, $"the state differs when stopped after {stop}");
            }
        }
    }

    [TestCaseSource(nameof(AllKinds))]
    public void Run_AnyNumberOfThreads_GivesTheSameBits(DictionaryLearningOptions learning)
    {
        AtomDictionary Learn(int threads) => new LassoEncoder(new LassoOptions { AtomCount = 64, Lambda = 0.1f }, learning with { Iterations = 3, BatchSize = learning.BatchSize == 0 ? 0 : 700 }).Fit(ManySignals, new RunContext { Threads = threads }).Dictionary;
        AtomDictionary one = Learn(1);
        AssertSameBits(Learn(2), one, "2 threads");
        AssertSameBits(Learn(5), one, "5 threads");
    }

    [Test]
    public void Resume_KSvdWithOmp_GivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        OmpEncoder recipe = new(new OmpOptions { AtomCount = 10, MaxActive = 2 }, Options(DictionaryUpdate.KSvd, 0));
        OmpEncoder expected = recipe.Fit(Data);
        string path = folder.File("k.safetensors");
        using (DictionaryTrainer<OmpEncoder> trainer = recipe.CreateTrainer(7, context: Cancelling(3, out CancellationToken token)))
        {
            Assert.Catch<OperationCanceledException>(() => trainer.Run(Data, token));
            trainer.SaveCheckpoint(path);
        }

        using DictionaryTrainer<OmpEncoder> resumed = OmpEncoder.ResumeTrainer(path);
        resumed.Run(Data);
        AssertSameBits(resumed.Snapshot().Dictionary, expected.Dictionary, "resumed");
        Assert.That(resumed.Snapshot().Training!.Curve, Is.EqualTo(expected.Training!.Curve));
    }

    [Test]
    public void Fit_CancelledWithACheckpointFolder_GoesOnAndRefusesOtherOptions()
    {
        using var folder = new TemporaryFolder();
        LassoEncoder recipe = Recipe(Kinds[1].Options), expected = recipe.Fit(Data);
        var log = new EventLog();
        RunContext context = Cancelling(5, out CancellationToken token) with { Checkpoint = folder.Path, LoggerFactory = log };
        Assert.Catch<OperationCanceledException>(() => recipe.Fit(Data, context, token));
        Assert.That(log.Ids, Does.Contain(1003).And.Contain(1004));
        context = context with { Progress = null };
        Assert.That(MessageOf<InvalidOperationException>(() => Recipe(Kinds[1].Options with { Seed = 99 }).Fit(Data, context)), Does.Contain("other options").And.Contains("checkpoint.safetensors"));
        Assert.That(MessageOf<InvalidOperationException>(() => recipe.Fit(Planted(10, 7, 2, 90, 18).Signals, context)), Does.Contain("other data"));
        LassoEncoder resumed = recipe.Fit(Data, context);
        AssertSameBits(resumed.Dictionary, expected.Dictionary, "resumed");
        Assert.That(log.Ids, Does.Contain(1005));
        AssertSameBits(recipe.Fit(Data, context).Dictionary, expected.Dictionary, "a finished run is simply read");
        Assert.Catch<InvalidDataException>(() => new OmpEncoder(new OmpOptions { AtomCount = 10 }).Fit(Data, context));
    }

    [Test]
    public void ResumeTrainer_TruncatedOrForeignOrOtherTier_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.safetensors");
        Stop(Recipe(Kinds[0].Options), 3, path, new RunContext());
        byte[] whole = File.ReadAllBytes(path);
        byte[] other = (byte[])whole.Clone();
        other[Encoding.Latin1.GetString(whole).IndexOf("cpu/", StringComparison.Ordinal) + 4] = (byte)'z';
        Assert.That(MessageOf<InvalidOperationException>(() => LassoEncoder.ResumeTrainer(folder.Write("other.safetensors", other))), Does.Contain("cpu/z").And.Contains("tier"));
        for (int length = 0; length < whole.Length; length += whole.Length / 25)
        {
            Assert.Catch<InvalidDataException>(() => LassoEncoder.ResumeTrainer(folder.Write("cut.safetensors", whole.AsSpan(0, length))), $"cut to {length}");
        }

        Assert.That(MessageOf<InvalidDataException>(() => OmpEncoder.ResumeTrainer(path)), Does.Contain("lasso.learning"));
        Assert.Catch<FileNotFoundException>(() => LassoEncoder.ResumeTrainer(folder.File("none")));
        int header = BitConverter.ToInt32(whole, 0);
        string text = Encoding.UTF8.GetString(whole, 8, header);
        foreach (string number in (string[])["-3", "0", "2000000000", "9000000000000000000"])
        {
            foreach (string key in (string[])["dimension", "atoms", "steps", "feeder", "restart", "iteration", "AtomCount"])
            {
                string changed = System.Text.RegularExpressions.Regex.Replace(text, key + """(\\?"?:\\?"?)[0-9.]+""", key + "${1}" + number);
                if (changed == text || (number == "0" && key is "steps" or "feeder" or "restart" or "iteration"))
                {
                    continue;
                }

                string file = folder.Write("odd.safetensors", EncoderContract<SaeEncoder>.Safetensors(changed, whole.AsSpan(8 + header).ToArray()));
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    LassoEncoder.ResumeTrainer(file).Dispose();
                }
                catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
                {
                    // Refused by name; a counter that is only large may be taken.
                }

                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20), $"{key} = {number}");
            }
        }
    }

    [Test]
    public void Step_Stream_LearnsAndNamesWhatIsWrong()
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(12, 16, 2, 3000, 21);
        float[] values = Values(signals);
        LassoEncoder Recipe(int seed) => new(new LassoOptions { AtomCount = 12, Lambda = 0.05f }, new DictionaryLearningOptions { Forgetting = 5, Seed = seed, UnusedAfter = 500, MinUsage = 0.04f, MaxCoherence = 0.95f });
        void Push(DictionaryTrainer<LassoEncoder> learner)
        {
            for (int i = 0; i < 120; i++)
            {
                learner.Step(Tensor.Create(values.AsSpan(i % 30 * 1600, 1600).ToArray(), [100, 16]));
            }
        }

        using DictionaryTrainer<LassoEncoder> trainer = Recipe(4).CreateTrainer(16);
        Assert.That(MessageOf<InvalidOperationException>(() => trainer.Snapshot()), Does.Contain("no signals"));
        Assert.That(trainer.Objective, Is.NaN);
        Push(trainer);
        Assert.That((trainer.StepCount, trainer.RowCount), Is.EqualTo((120, 12_000)));
        LassoEncoder learned = trainer.Snapshot();
        Assert.That(learned.Training!.Steps, Is.EqualTo(120));

        // One start may lose an atom; of four one does not.
        double best = Mcc.Between(planted, learned.Dictionary).Value;
        for (int seed = 5; seed < 8; seed++)
        {
            using DictionaryTrainer<LassoEncoder> other = Recipe(seed).CreateTrainer(16);
            Push(other);
            best = Math.Max(best, Mcc.Between(planted, other.Snapshot().Dictionary).Value);
        }

        Assert.That(best, Is.GreaterThan(0.95));
        Assert.That(MessageOf<ArgumentException>(() => trainer.Step(new float[2, 9])), Does.Contain("[2, 9]"));
        Assert.Catch<ArgumentException>(() => trainer.Step(new SignalBatch(4, 16)), "an empty batch");
        Assert.That(MessageOf<ArgumentException>(() => trainer.Step(With(signals, 3, 1, float.NaN))), Does.Contain("row 3, column 1"));
        Assert.Catch<ArgumentNullException>(() => trainer.Step((SignalBatch)null!));
        Assert.That(trainer.StepCount, Is.EqualTo(120));

        // A fitted encoder goes on from its atoms.
        using DictionaryTrainer<LassoEncoder> again = learned.CreateTrainer(16);
        AssertSameBits(again.Snapshot().Dictionary, learned.Dictionary.Normalized(), "the start of going on");
    }

    [Test]
    public void Create_AnyCoder_LearnsAndResumes()
    {
        using var folder = new TemporaryFolder();
        (Tensor<float> signals, AtomDictionary planted) = Planted(12, 10, 1, 500, 22);
        ItoEncoder Coder(AtomDictionary d) => new(d, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = 1, NonNegative = false });
        var learning = new DictionaryLearningOptions { Iterations = 30, Restarts = 2, Seed = 3 };
        using DictionaryTrainer<ItoEncoder> trainer = DictionaryTrainer.Create(12, 10, Coder, learning: learning);
        trainer.Run(signals);
        Assert.That(Mcc.Between(planted, trainer.Snapshot().Dictionary).Value, Is.GreaterThan(0.9));
        string path = folder.File("custom.safetensors");
        trainer.SaveCheckpoint(path);
        using DictionaryTrainer<ItoEncoder> resumed = DictionaryTrainer.Resume(path, Coder);
        AssertSameBits(resumed.Snapshot().Dictionary, trainer.Snapshot().Dictionary, "read again");
        Assert.That(resumed.Record.Completed, Is.True);
        Assert.That(MessageOf<InvalidDataException>(() => LassoEncoder.ResumeTrainer(path)), Does.Contain("custom.learning"));
    }

    [Test]
    public void Fit_GradientInference_LearnsNonNegativeCodes()
    {
        (Tensor<float> signals, AtomDictionary planted) = Planted(8, 8, 2, 300, 23);
        float[] codes = TestMatrices.Codes<float>(300, 8, 2, 24, nonNegative: true);
        signals = Tensor.Create(TestMatrices.Signals(codes, Atoms(planted), 8, 8), [300, 8]);
        var ito = new ItoEncoder(new ItoOptions { AtomCount = 8, Lambda = 0.02f, Iterations = 200, LearningRate = 0.1f, GapTolerance = 1e-3f }, new DictionaryLearningOptions { Iterations = 15, Restarts = 1, Seed = 1 });
        ItoEncoder trained = ito.Fit(signals);
        Assert.That(trained.Training!.Curve[^1].Loss, Is.LessThan(0.5 * trained.Training.Curve[0].Loss));
    }

    private static DictionaryLearningOptions Options(DictionaryUpdate update, int batch) => new() { Update = update, BatchSize = batch, Iterations = 5, Restarts = 2, Tolerance = 0, Seed = 3, Start = DictionaryStart.Random };

    private static LassoEncoder Recipe(DictionaryLearningOptions learning) => new(new LassoOptions { AtomCount = 10, Lambda = 0.1f }, learning);

    private static RunContext Cancelling(long step, out CancellationToken token)
    {
        var source = new CancellationTokenSource();
        token = source.Token;
        return new RunContext
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
    }

    private static void Stop(LassoEncoder recipe, int steps, string path, RunContext context)
    {
        using DictionaryTrainer<LassoEncoder> trainer = recipe.CreateTrainer(7, context: Cancelling(steps, out CancellationToken token) with { Threads = context.Threads });
        Assert.Catch<OperationCanceledException>(() => trainer.Run(Data, token));
        trainer.SaveCheckpoint(path);
    }

    private static ReadOnlySpan<byte> Tensors(byte[] file) => file.AsSpan(8 + BitConverter.ToInt32(file, 0));
}
