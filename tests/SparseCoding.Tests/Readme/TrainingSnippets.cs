using SparseCoding.Formats;

namespace SparseCoding.Tests;

/// <summary>The code blocks of docs/how-to/train-overnight.md, run as tests on small files in a folder of their own.</summary>
[TestFixture]
internal sealed class TrainingSnippets
{
    private const int Dimension = 8;

    private string _before = string.Empty;
    private TemporaryFolder? _folder;
    private float[] _rows = [];

    [SetUp]
    public void EnterFolder()
    {
        _before = Environment.CurrentDirectory;
        _folder = new TemporaryFolder();
        Environment.CurrentDirectory = _folder.Path;
        _rows = [.. Enumerable.Range(0, 4000 * Dimension).Select(i => MathF.Sin(i * 0.7f))];
        Directory.CreateDirectory("acts");
        NpyFile.Write<float>("acts/layer8-0.npy", _rows, 4000, Dimension);
        File.WriteAllBytes("acts/layer8.bin", new byte[128 + (2 * Dimension * 500)]);
    }

    [TearDown]
    public void LeaveFolder()
    {
        Environment.CurrentDirectory = _before;
        _folder!.Dispose();
    }

    [Test]
    public void Overnight_FitWithAFolder_LeavesACheckpoint()
    {
        IProgress<TrainingProgress> progress = new SynchronousProgress<TrainingProgress>(_ => { });
        CancellationToken cancellationToken = default;
        #region overnight
        ActivationSource data = ActivationFiles.Open("acts/layer8-*.npy");
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 64, Selection = Selection.TopK(4) }, new TrainingOptions
        {
            Steps = 100,
            BatchSize = 256,
            LearningRate = new Schedule { Value = 1e-3f, WarmupSteps = 10, DecayShare = 0.2 },
            ClipNorm = 1,
            AveragingDecay = 0.999f,
            ShuffleBufferBytes = 256 << 20,
        });
        var context = new RunContext { Checkpoint = "runs/layer8", CheckpointInterval = 50, Progress = progress };
        try
        {
            SaeEncoder sae = recipe.Fit(data, context, cancellationToken);     // run the same line again to go on after a kill
            sae.Save("layer8.safetensors");
        }
        catch (TrainingDivergedException diverged)
        {
            Console.Error.WriteLine($"{diverged.Message} Step {diverged.Step}, last good state {diverged.Checkpoint}.");
        }

        #endregion
        Assert.That(File.Exists("layer8.safetensors") && File.Exists("runs/layer8/checkpoint.safetensors"), Is.True);
    }

    [Test]
    public void Raw_FileWithAHeader_IsRead()
    {
        #region raw-rows
        var layout = new RawActivationLayout { Dimension = 8, ElementType = RawElementType.BFloat16, HeaderBytes = 128 };
        ActivationSource data = ActivationFiles.Open("acts/layer8.bin", new ActivationFileOptions { Raw = layout });
        #endregion
        Assert.That(data.RowCount, Is.EqualTo(500));
    }

    [Test]
    public void Channel_PushedRows_Train()
    {
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 16 }, new TrainingOptions { Steps = 10, BatchSize = 64 });
        ActivationSource sample = SignalsOf(0, 512);
        #region pushed-rows
        var channel = new ActivationChannel(dimension: 8, bufferRows: 1024);
        using SaeTrainer trainer = recipe.CreateTrainer(sample);               // the sample shows mean and scale
        Task producer = Task.Run(() =>
        {
            // After a resume: from row trainer.PushedRows on. Write waits while the trainer is behind; false means that it wants no more.
            for (long row = trainer.PushedRows; channel.Write(RunTheModel(row)); row += 100)
            {
            }
        });
        trainer.Run(channel);
        SaeEncoder sae = trainer.Snapshot();
        #endregion
        producer.Wait();
        Assert.That(sae.Training!.Completed, Is.True);

        SignalView RunTheModel(long row) => SignalView.FromRows(_rows.AsSpan((int)(row % 3000) * Dimension, 100 * Dimension), Dimension);
    }

    [Test]
    public void MultiTrainer_ThreeSizes_TrainInOnePass()
    {
        ActivationSource data = ActivationFiles.Open("acts/layer8-0.npy");
        #region one-pass
        using var multi = new MultiTrainer(checkpointFolder: "runs/sizes");
        foreach (int atoms in (int[])[16, 32, 64])
        {
            // The same DataSeed and BatchSize for all: they take the same batches.
            var one = new SaeEncoder(new SaeOptions { AtomCount = atoms }, new TrainingOptions { Steps = 50, BatchSize = 256, Seed = atoms, DataSeed = 1 });
            multi.Add($"atoms-{atoms}", () => one.CreateTrainer(data), path => SaeTrainer.Resume(path));
        }

        multi.Run(data);
        SaeEncoder[] trained = [.. multi.Trainers.Select(t => ((SaeTrainer)t.Value).Snapshot())];
        #endregion
        Assert.That(trained.Select(t => t.AtomCount), Is.EqualTo(new[] { 16, 32, 64 }));
    }

    private ActivationSource SignalsOf(int first, int count) => ActivationSource.FromView(SignalView.FromRows(_rows.AsSpan(first * Dimension, count * Dimension), Dimension));
}
