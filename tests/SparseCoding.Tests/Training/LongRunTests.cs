using SparseCoding.Formats;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SparseCoding.Tests.Training;

/// <summary>What a run that nobody watches does when numbers go wrong, and what it tells those who look.</summary>
public sealed class LongRunTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 300, Seed = 1 });

    private static MlpEncoder Recipe(TrainingOptions training) => new(new MlpOptions { AtomCount = 12, Hidden = [9] }, training);

    [Test]
    public void Run_NotFinite_StopsAtThatStepAndKeepsTheLastGoodCheckpoint([Values(1, 3)] int interval)
    {
        using var folder = new TemporaryFolder();
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = interval, LoggerFactory = new EventLog() };
        using MlpTrainer trainer = Recipe(new TrainingOptions { Steps = 100, BatchSize = 32, DivergenceFactor = 0 }).CreateTrainer(World.Signals, context);

        // Pushed rows that are sound for ten batches, and then of a size whose square float32 cannot hold.
        var channel = new ActivationChannel(6, 32);
        Task producer = Task.Run(() =>
        {
            for (int row = 0; row < 3200 && channel.Write(SignalView.FromRows((float[])[.. Enumerable.Range(0, 6).Select(j => MathF.Sin((row * 6) + j) * (row < 320 ? 1 : 1e25f))], 6)); row++)
            {
            }
        });
        TrainingDivergedException thrown = Assert.Catch<TrainingDivergedException>(() => trainer.Run(channel))!;
        Assert.That(producer.Wait(10_000), Is.True, "the writer is let go");
        Assert.That((thrown.Step, trainer.StepCount), Is.EqualTo((11L, 11L)));
        Assert.That(thrown.Message, Does.Contain("step 11").And.Contain("no longer finite").And.Contain("learning rate").And.Contain(thrown.Checkpoint!));
        Assert.That(((EventLog)context.LoggerFactory).Ids, Does.Contain(1006));
        using MlpTrainer resumed = MlpTrainer.Resume(thrown.Checkpoint!);
        Assert.That(resumed.StepCount, Is.InRange(9 - interval, 10));
        Assert.That(resumed.Snapshot().Encode(World.Signals).Values.ContainsAnyExceptInRange(-1e6f, 1e6f), Is.False);
    }

    [Test]
    public void Run_LossClimbs_StopsAndTheCheckpointIsFromBeforeTheClimb()
    {
        using var folder = new TemporaryFolder();

        // The rate warms up until the run flies apart, with numbers that are finite all the way.
        var training = new TrainingOptions { Steps = 1000, BatchSize = 32, LearningRate = new Schedule { Value = 2, WarmupSteps = 1000 }, Optimizer = new SignumOptions(), ProjectAtomGradients = false };
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 1 };
        using MlpTrainer trainer = Recipe(training).CreateTrainer(World.Signals, context);
        TrainingDivergedException thrown = Assert.Catch<TrainingDivergedException>(() => trainer.Run(World.Signals))!;
        double start = trainer.Record.Curve[0].Loss;
        Assert.That(thrown.Loss, Is.GreaterThan(11 * start));
        Assert.That(thrown.Message, Does.Contain("times above"));
        Assert.That(thrown.Checkpoint, Is.EqualTo(folder.File("checkpoint.safetensors")));
        using MlpTrainer resumed = MlpTrainer.Resume(thrown.Checkpoint!);
        Assert.That(resumed.StepCount, Is.InRange(1, thrown.Step - 3));
        resumed.Step(World.Signals);
        Assert.That(resumed.MeasureLoss(), Is.LessThan(11 * start), "the state of the checkpoint is one from before the climb");

        // The same run again goes on from there and stops at the same step; without the check it goes on.
        TrainingDivergedException again = Assert.Catch<TrainingDivergedException>(() => Recipe(training).Fit(World.Signals, context))!;
        Assert.That(again.Step, Is.EqualTo(thrown.Step));
        Assert.That(() => Recipe(training with { DivergenceFactor = 0, Steps = thrown.Step + 5 }).Fit(World.Signals), Throws.Nothing);
    }

    [Test]
    public void Run_KilledBetweenTheRenames_FindsTheCompleteCheckpoint()
    {
        using var folder = new TemporaryFolder();
        MlpEncoder recipe = Recipe(new TrainingOptions { Steps = 10, BatchSize = 32 });
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 4 };
        MlpEncoder expected = recipe.Fit(World.Signals, context);
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "checkpoint.previous.safetensors", "checkpoint.safetensors" }));

        // Between the two renames: the old one has made room, the complete new one still has its first name.
        File.Move(folder.File("checkpoint.safetensors"), folder.File("checkpoint.next.safetensors"));
        var first = new EventLog();
        Assert.That(recipe.Fit(World.Signals, context with { LoggerFactory = first }).Dictionary.AtomValues.SequenceEqual(expected.Dictionary.AtomValues), Is.True);
        Assert.That(first.Ids, Does.Contain(1005).And.Not.Contain(1004), "the new one is complete: no step is left");

        // And without it, as if the disk had lost it: the one before.
        File.Delete(folder.File("checkpoint.next.safetensors"));
        string stale = folder.Write(".checkpoint.next.safetensors.0123456789abcdef0123456789abcdef.tmp", [1, 2, 3]);
        var log = new EventLog();
        MlpEncoder resumed = recipe.Fit(World.Signals, context with { LoggerFactory = log });
        Assert.That(log.Ids, Does.Contain(1005), "it went on from the one before");
        Assert.That(resumed.Dictionary.AtomValues.SequenceEqual(expected.Dictionary.AtomValues), Is.True);
        Assert.That(File.Exists(stale), Is.False, "half-written files of killed processes are removed");
    }

    [Test]
    public void Run_MeterAndActivities_HaveTheDocumentedNames()
    {
        var seen = new Dictionary<string, List<double>>();
        var tags = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == SparseCodingDiagnostics.MeterName)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> given)
        {
            // Other tests train at the same time: only this test's encoder counts.
            lock (seen)
            {
                foreach (KeyValuePair<string, object?> tag in given)
                {
                    if (tag.Key == "sparsecoding.encoder" && (string?)tag.Value == nameof(SparseCodingEncoder))
                    {
                        tags.Add(instrument.Name);
                        (seen.TryGetValue(instrument.Name, out List<double>? values) ? values : seen[instrument.Name] = []).Add(value);
                    }
                }
            }
        }

        listener.SetMeasurementEventCallback<long>((i, v, t, _) => Note(i, v, t));
        listener.SetMeasurementEventCallback<double>((i, v, t, _) => Note(i, v, t));
        listener.Start();
        List<Activity> activities = [];
        using var traces = new ActivityListener
        {
            ShouldListenTo = s => s.Name == SparseCodingDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                lock (activities)
                {
                    activities.Add(a);
                }
            },
        };
        ActivitySource.AddActivityListener(traces);
        using var folder = new TemporaryFolder();
        TrainingProgress last = default;
        var context = new RunContext { Checkpoint = folder.Path, CheckpointInterval = 5, Progress = new SynchronousProgress<TrainingProgress>(p => last = p) };
        new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }, new TrainingOptions { Steps = 12, BatchSize = 0 }).Fit(World.Signals, context);
        Assert.That(seen["sparsecoding.training.steps"].Sum(), Is.EqualTo(12));
        Assert.That(seen["sparsecoding.training.rows"].Sum(), Is.EqualTo(12 * 300));
        Assert.That(seen["sparsecoding.training.checkpoints"].Sum(), Is.EqualTo(3));
        Assert.That(seen["sparsecoding.training.loss"][^1], Is.EqualTo(last.Loss));
        Assert.That(seen["sparsecoding.training.l0"][^1], Is.EqualTo(last.L0));
        Assert.That(seen["sparsecoding.training.fvu"][^1], Is.EqualTo(last.Fvu));
        Assert.That(seen["sparsecoding.training.rows_per_second"][^1], Is.GreaterThan(0));
        Assert.That(seen, Does.Not.ContainKey("sparsecoding.training.dead_share"), "a trainer that does not know it says nothing");
        Assert.That(last.DeadShare, Is.NaN);
        Activity run = activities.Last(a => a.OperationName == "train SparseCodingEncoder");
        Assert.That(run.GetTagItem("sparsecoding.steps"), Is.EqualTo(12));
        Assert.That(run.GetTagItem("sparsecoding.trainers"), Is.EqualTo(1));
    }

    [Test]
    public void Run_WithAuxK_ReportsTheShareOfSilentAtoms()
    {
        // Far more atoms than signals can use, two of them for each: most must fall silent.
        var options = new SaeOptions { AtomCount = 400, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy { DeadAfter = 10 }] };
        List<double> shares = [];
        var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => shares.Add(p.DeadShare)), ProgressInterval = TimeSpan.Zero };
        new SaeEncoder(options, new TrainingOptions { Steps = 60, BatchSize = 16 }).Fit(World.Signals, context);
        Assert.That(shares.Take(9), Is.All.Zero, "nothing can have been silent for ten steps yet");
        Assert.That(shares[^1], Is.InRange(0.2, 1));
    }

    /// <summary>What remedies and controllers count is of whole batches, however many pieces they come in. (At a rate that moves nothing the counts are equal to the bit.)</summary>
    [Test]
    public void Run_InPieces_CountsWholeBatches()
    {
        var adapted = new SaeOptions { AtomCount = 40, Remedies = [new BiasAdaptationRemedy { IncreaseRate = 0, DecreaseRate = 0, BufferSteps = 50 }] };
        var controlled = new SaeOptions
        {
            AtomCount = 200,
            Selection = Selection.TopK(2),
            Penalty = new L1Penalty { Weight = 0.1f, Controller = new L0Controller { Target = 1 } },
            Remedies = [new AuxZipfRemedy { DeadAfter = 2 }],
        };
        using var folder = new TemporaryFolder();
        float[][] Counts(SaeOptions options, int pieces, string[] names)
        {
            var training = new TrainingOptions { Steps = 23, BatchSize = 16, MicroBatches = pieces, LearningRate = 1e-30f };
            using SaeTrainer trainer = new SaeEncoder(options, training).CreateTrainer(World.Signals);
            trainer.Run(World.Signals);
            string path = folder.File("checkpoint" + pieces);
            trainer.SaveCheckpoint(path);
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return [.. names.Select(name => file.Get(name).ReadAllSingle())];
        }

        foreach ((SaeOptions options, string[] names) in ((SaeOptions, string[])[])
        [
            (adapted, ["bias_adaptation.fired", "bias_adaptation.largest", "bias_adaptation.longest", "bias_adaptation.rows"]),
            (controlled, ["latents.silent", "latents.density", "penalty.controller"]),
        ])
        {
            foreach ((float[] whole, float[] pieces) in Counts(options, 1, names).Zip(Counts(options, 3, names)))
            {
                Assert.That(pieces, Is.EqualTo(whole).Within(1e-5f));
                Assert.That(whole, Has.Some.Not.Zero);
            }
        }
    }
}
