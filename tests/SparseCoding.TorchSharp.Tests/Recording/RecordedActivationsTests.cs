using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class RecordedActivationsTests
{
    private const string Place = "_blocks.0";

    [TestCase(true)]
    [TestCase(false)]
    public void Read_AllRows_AreTheSubmodulesOutputs(bool list)
    {
        using var model = new TinyModel();
        torch.Tensor[] tokens = Tokens();
        float[] expected = Expected(model, tokens);
        using var source = new RecordedActivations(model, Place, list ? tokens : Enumerated(tokens));
        Assert.That((source.Dimension, source.RowCount, source.BatchCount), Is.EqualTo((TinyModel.Width, 5L * 3 + 2 * 4 + 1, 3)));
        Assert.That(ReadAll(source, 4), Is.EqualTo(expected));

        // Another pass, from the middle, and scattered.
        source.Rewind();
        Assert.That(ReadAll(source, 7), Is.EqualTo(expected));
        source.Position = 13;
        Assert.That(ReadAll(source, 5), Is.EqualTo(expected[(13 * TinyModel.Width)..]));
        var batch = new SignalBatch(4, TinyModel.Width);
        source.Gather([23, 0, 16, 15], batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(new[] { 23, 0, 16, 15 }.SelectMany(row => expected.Skip(row * TinyModel.Width).Take(TinyModel.Width))));
        Assert.That(batch.Groups, Is.EqualTo(new[] { 2, 0, 1, 1 }));
        Assert.That(batch.RowIds, Is.EqualTo(new long[] { 23, 0, 16, 15 }));
    }

    [Test]
    public void Read_WithoutACache_RunsOneBatchAtATime()
    {
        using var model = new TinyModel();
        torch.Tensor[] tokens = Tokens();
        using var source = new RecordedActivations(model, Place, tokens, options: new RecordingOptions { CacheBytes = 0 });
        Assert.That(source.ModelRuns, Is.EqualTo(1), "the dimension comes from the first batch");
        _ = ReadAll(source, 4);
        Assert.That(source.ModelRuns, Is.EqualTo(3), "an epoch is a pass");
        source.Rewind();
        _ = ReadAll(source, 4);
        Assert.That(source.ModelRuns, Is.EqualTo(6));
        using var cached = new RecordedActivations(model, Place, tokens);
        _ = ReadAll(cached, 4);
        cached.Rewind();
        _ = ReadAll(cached, 4);
        Assert.That(cached.ModelRuns, Is.EqualTo(3));
    }

    [Test]
    public void Read_KeepingSomeRows_GivesThoseOnly()
    {
        using var model = new TinyModel();
        torch.Tensor[] tokens = Tokens();
        float[] all = Expected(model, tokens);
        using var source = new RecordedActivations(model, Place, tokens, options: new RecordingOptions { Keep = batch => batch != 0 });
        int[] kept = [.. tokens.SelectMany(batch => batch.data<long>().ToArray()).Select((token, i) => (token, i)).Where(entry => entry.token != 0).Select(entry => entry.i)];
        Assert.That(kept, Has.Length.LessThan(24));
        Assert.That(source.RowCount, Is.EqualTo(kept.Length));
        Assert.That(ReadAll(source, 5), Is.EqualTo(kept.SelectMany(row => all.Skip(row * TinyModel.Width).Take(TinyModel.Width))));
    }

    [Test]
    public void Read_ModelInTraining_RecordsInEvaluationAndPutsItBack()
    {
        using var model = new TinyModel();
        model.train();
        ((torch.nn.Module)model.named_modules().First(entry => entry.name == "_blocks").module).eval();
        using var source = new RecordedActivations(model, "", Tokens());
        Assert.That(source.Dimension, Is.EqualTo(TinyModel.Vocabulary));
        float[] first = ReadAll(source, 24);
        using var again = new RecordedActivations(model, "", Tokens());
        Assert.That(ReadAll(again, 24), Is.EqualTo(first), "dropout would give others");
        Assert.That(model.training, Is.True);
        Assert.That(model.named_modules().ToDictionary(entry => entry.name, entry => entry.module.training), Is.SupersetOf(new Dictionary<string, bool> { ["_blocks"] = false, ["_blocks.0"] = false, ["_dropout"] = true }));
    }

    [Test]
    public void Read_WithALoss_GivesItsGradientAtEveryRow()
    {
        using var model = new TinyModel();
        model.eval();
        torch.Tensor[] tokens = Tokens();
        torch.Tensor Loss(torch.Tensor logits, torch.Tensor batch) => torch.nn.functional.cross_entropy(logits.reshape(-1, TinyModel.Vocabulary), batch.reshape(-1), reduction: torch.nn.Reduction.Sum);
        using var source = new RecordedActivations(model, Place, tokens, options: new RecordingOptions { Loss = batch => Loss(model.call(batch), batch) });
        var read = new SignalBatch(24, TinyModel.Width);
        source.Read(read);
        float[] expected = [.. tokens.SelectMany(batch =>
        {
            using torch.Tensor x = model.FirstBlock(batch).detach().requires_grad_(), loss = Loss(model.Rest(x), batch);
            loss.backward();
            return TorchData.Values(x.grad!);
        })];
        Assert.That(read.Gradients, Is.EqualTo(expected).Within(1e-6));
        Assert.That(expected.Max(), Is.GreaterThan(0.01f));
        source.Gather([20, 3], read);
        Assert.That(read.Gradients![..TinyModel.Width], Is.EqualTo(expected[(20 * TinyModel.Width)..(21 * TinyModel.Width)]).Within(1e-6));
        using (var fresh = new TinyModel())
        {
            using var other = new RecordedActivations(fresh, Place, tokens, options: new RecordingOptions { Loss = batch => Loss(fresh.call(batch), batch) });
            Assert.That(fresh.parameters().Select(parameter => parameter.grad is null), Is.All.True, "no gradient of a parameter is touched");
        }

        // A gradient-aware TopK learns from it, through the shuffling of a source that streams.
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 12, Selection = new GradientTopKSelection(2) }, new TrainingOptions { Steps = 10, BatchSize = 8 }).Fit(source);
        Assert.That(sae.IsFitted, Is.True);
        Assert.That(() => new RecordedActivations(model, Place, tokens, batch => model.call(batch), new RecordingOptions { Loss = batch => batch }), Throws.ArgumentException.With.Message.Contains("leave one out"));
        Assert.That(() => new RecordedActivations(model, Place, tokens, options: new RecordingOptions { Loss = batch => model.call(batch) }), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("one element"));
        long left = Handles.LeftBy(50, () =>
        {
            using var again = new RecordedActivations(model, Place, tokens, options: new RecordingOptions { Loss = batch => Loss(model.call(batch), batch) });
        });
        Assert.That(left, Is.Zero);
    }

    [Test]
    public void Fit_OnRecordedActivations_IsFitOnTheirFile()
    {
        using var folder = new TemporaryFolder();
        using var model = new TinyModel();
        torch.Tensor[] tokens = [.. Enumerable.Range(0, 8).Select(i => torch.randint(0, TinyModel.Vocabulary, [5, 6], generator: Seeded(i)))];
        using var source = new RecordedActivations(model, Place, Enumerated(tokens), options: new RecordingOptions { CacheBytes = 0 });
        source.SaveNpy(folder.File("acts.npy"));
        ActivationSource file = ActivationFiles.Open(folder.File("acts.npy"));
        Assert.That(file.RowCount, Is.EqualTo(240));
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 12, Selection = Selection.TopK(2) }, new TrainingOptions { Steps = 30, BatchSize = 32, Seed = 3 });
        SaeEncoder recorded = recipe.Fit(source), read = recipe.Fit(file);
        Assert.That(recorded.Dictionary.ToTensor().ToArray(), Is.EqualTo(read.Dictionary.ToTensor().ToArray()));
    }

    [Test]
    public void Fit_StoppedAndResumed_GivesTheBitsOfOneRun()
    {
        using var folder = new TemporaryFolder();
        using var model = new TinyModel();
        torch.Tensor[] tokens = [.. Enumerable.Range(0, 6).Select(i => torch.randint(0, TinyModel.Vocabulary, [5, 6], generator: Seeded(i)))];
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 12, Selection = Selection.TopK(2) }, new TrainingOptions { Steps = 40, BatchSize = 32, Seed = 3 });
        using var whole = new RecordedActivations(model, Place, tokens);
        SaeEncoder expected = recipe.Fit(whole);
        using var source = new RecordedActivations(model, Place, Enumerated(tokens));
        using var stop = new CancellationTokenSource();
        var context = new RunContext { Checkpoint = folder.File("run"), CheckpointInterval = 10, ProgressInterval = TimeSpan.Zero, Progress = new SynchronousProgress<TrainingProgress>(p => { if (p.Step >= 17) { stop.Cancel(); } }) };
        Assert.That(() => recipe.Fit(source, context, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        using var later = new RecordedActivations(model, Place, Enumerated(tokens));
        SaeEncoder resumed = recipe.Fit(later, new RunContext { Checkpoint = folder.File("run") });
        Assert.That(resumed.Dictionary.ToTensor().ToArray(), Is.EqualTo(expected.Dictionary.ToTensor().ToArray()));
    }

    [Test]
    public void Recording_Misused_IsRefusedByName()
    {
        using var model = new TinyModel();
        using var byForward = new TinyModel(byForward: true);
        torch.Tensor[] tokens = Tokens();
        Assert.That(() => new RecordedActivations(model, "blocks.7", tokens), Throws.ArgumentException.With.Message.Contains("blocks.7").And.Message.Contains("_blocks.0"));
        Assert.That(() => new RecordedActivations(byForward, Place, tokens), Throws.InvalidOperationException.With.Message.Contains("call(x)"));
        Assert.That(() => new RecordedActivations(model, Place, []), Throws.ArgumentException.With.Message.Contains("no rows"));
        Assert.That(() => new RecordedActivations(model, Place, tokens, options: new RecordingOptions { RowsOf = _ => 3 }), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("RowsOf"));
        Assert.That(() => new RecordedActivations(model, Place, tokens, options: new RecordingOptions { Keep = batch => batch }), Throws.ArgumentException.With.Message.Contains("Bool"));
        Assert.That(() => new RecordedActivations(model, "_blocks", tokens), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("ModuleList"));
        int passes = 0;
        IEnumerable<torch.Tensor> Shrinking()
        {
            int count = passes++ == 0 ? 3 : 1;
            return Enumerated(tokens[..count]);
        }

        using var source = new RecordedActivations(model, Place, Deferred(Shrinking));
        Assert.That(() => ReadAll(source, 4), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("every enumeration"));
    }

    [Test]
    public void Reading_ManyTimes_LeavesNoHandleAndNoHook()
    {
        using var model = new TinyModel();
        torch.Tensor[] tokens = Tokens();
        using var source = new RecordedActivations(model, Place, Enumerated(tokens), options: new RecordingOptions { CacheBytes = 0 });
        var batch = new SignalBatch(24, TinyModel.Width);
        long left = Handles.LeftBy(300, () =>
        {
            source.Rewind();
            source.Read(batch);
        });
        Assert.That(left, Is.Zero);
        long runs = source.ModelRuns;
        model.call(tokens[0]).Dispose();
        Assert.That(source.ModelRuns, Is.EqualTo(runs));
    }

    internal static torch.Tensor[] Tokens() => [torch.randint(0, TinyModel.Vocabulary, [5, 3], generator: Seeded(1)), torch.randint(0, TinyModel.Vocabulary, [2, 4], generator: Seeded(2)), torch.tensor([4L], [1, 1])];

    private static torch.Generator Seeded(int seed) => new((ulong)seed);

    private static float[] Expected(TinyModel model, torch.Tensor[] tokens)
    {
        using var noGradient = torch.no_grad();
        return [.. tokens.SelectMany(batch => TorchData.Values(model.FirstBlock(batch)))];
    }

    /// <summary>An enumeration that makes its tensors while it moves on.</summary>
    private static IEnumerable<torch.Tensor> Enumerated(torch.Tensor[] tokens)
    {
        foreach (torch.Tensor batch in tokens)
        {
            yield return batch.clone();
        }
    }

    private static IEnumerable<torch.Tensor> Deferred(Func<IEnumerable<torch.Tensor>> batches)
    {
        foreach (torch.Tensor batch in batches())
        {
            yield return batch;
        }
    }

    private static float[] ReadAll(ActivationSource source, int capacity)
    {
        var batch = new SignalBatch(capacity, source.Dimension);
        var read = new List<float>();
        for (source.Read(batch); batch.Count > 0; source.Read(batch))
        {
            read.AddRange(batch.Signals);
        }

        return [.. read];
    }
}
