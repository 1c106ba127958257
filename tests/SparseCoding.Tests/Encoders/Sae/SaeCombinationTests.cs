namespace SparseCoding.Tests;

/// <summary>Every combination of parts through the public door: trains, saves, loads, resumes to the same bits.</summary>
[TestFixture]
internal sealed class SaeCombinationTests
{
    private static readonly TrainingOptions s_training = new() { Steps = 40, BatchSize = 32 };

    public static IEnumerable<TestCaseData> Forms => SaeForm.All().Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Train_Interrupted_EndsWithTheSameBitsAndSurvivesItsFile(SaeForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var folder = new TemporaryFolder();
        float[,] signals = Signals();
        var recipe = new SaeEncoder(form.Options, s_training);
        SaeEncoder whole = recipe.Fit(signals);

        string path = Path.Combine(folder.Path, "checkpoint");
        using (SaeTrainer first = recipe.CreateTrainer(signals))
        {
            using var stop = new CancellationTokenSource();
            var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => { if (p.Step >= 21) { stop.Cancel(); } }), ProgressInterval = TimeSpan.Zero };
            using SaeTrainer stopped = recipe.CreateTrainer(signals, context);
            Assert.That(() => stopped.Run(signals, stop.Token), Throws.InstanceOf<OperationCanceledException>());
            stopped.SaveCheckpoint(path);
        }

        using SaeTrainer resumed = SaeTrainer.Resume(path);
        resumed.Run(signals);
        SparseCodes expected = whole.Encode(signals), actual = resumed.Snapshot().Encode(signals);
        Same(actual, expected);

        string file = Path.Combine(folder.Path, "sae");
        whole.Save(file);
        SaeEncoder again = SaeEncoder.Load(file);
        Assert.That(again.Options, Is.EqualTo(form.Options));
        Same(again.Encode(signals), expected);
    }

    private static void Same(SparseCodes actual, SparseCodes expected)
    {
        Assert.That(actual.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
        Assert.That(actual.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
    }

    private static float[,] Signals()
    {
        var signals = new float[200, SaeForm.Dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(200, SaeForm.Dimension, 5).Index())
        {
            signals[i / SaeForm.Dimension, i % SaeForm.Dimension] = value;
        }

        return signals;
    }
}
