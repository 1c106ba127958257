using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Training;

namespace SparseCoding;

/// <content>One trainer's part in a pass over the data: which steps are due, what is measured, reported and saved.</content>
public abstract partial class Trainer
{
    private const int CurvePoints = 1000;
    private readonly List<TrainingPoint> _curve = [];
    private ActivationChannel? _channel;
    private MixingState? _mixing;
    private string? _data;
    private string? _runData;
    private string? _resumedFrom;
    private long _resumedStep;
    private double _loss = double.NaN;
    private double _l0 = double.NaN;
    private double _fvu = double.NaN;
    private double _variance = double.NaN;
    private TimeSpan _reported;
    private TimeSpan _before;
    private long _rowsAtStart;
    private long _until = long.MaxValue;

    /// <summary>Name of the checkpoint file in a folder.</summary>
    internal static string CheckpointPath(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    /// <summary>
    /// The checkpoint to go on from; null when the folder has none. A process that ended between the two renames of a new checkpoint left the
    /// complete new one under its first name.
    /// </summary>
    internal static string? FindCheckpoint(string folder) =>
        Array.Find([CheckpointPath(folder), NextPath(folder), PreviousPath(folder)], File.Exists);

    /// <summary>Whether steps are left to do, of those that this pass is for.</summary>
    internal bool IsUnfinished => StepCount < Math.Min(Options.Steps, _until);

    /// <summary>Rows that the feeder had given when this trainer took its last batch.</summary>
    internal long DataPosition => FeederPosition;

    /// <summary>What the trainer runs on and reports to.</summary>
    internal RunContext RunContext => Context;

    /// <summary>Folder for checkpoints: the context's, unless the trainer is part of a <see cref="MultiTrainer"/> with a folder of its own.</summary>
    internal string? CheckpointFolder { get => field ?? Context.Checkpoint; set; }

    internal string KindName => EncoderName;

    /// <summary>Name in a <see cref="MultiTrainer"/>; null for a trainer that runs alone.</summary>
    internal string? Name { get; set; }

    /// <summary>Rows of a batch over that source.</summary>
    internal int BatchRows(ActivationSource source) => EffectiveBatchSize(source);

    private KeyValuePair<string, object?> EncoderTag => new(SparseCodingDiagnostics.EncoderTag, EncoderName);

    /// <summary>Refuses a run over these data, or into this checkpoint folder, that cannot be; changes nothing, so that all trainers of a pass are asked first.</summary>
    internal void Check(string data, int dimension, ActivationChannel? channel)
    {
        if (dimension != Dimension)
        {
            Throw.Argument($"source has signals of dimension {dimension}, but the trainer works on dimension {Dimension}.", "source");
        }

        if (_data is not null && _data != data)
        {
            Throw.InvalidOperation($"This run began on other data: {_data}, now {data}. Resume over the same source, or start anew.");
        }

        if (Options.MicroBatches > 1 && !CanCutBatches)
        {
            Throw.NotSupported($"MicroBatches is {Options.MicroBatches}, but this trainer needs all signals in every step; leave it at 1.");
        }

        if (channel is not null && channel != _channel)
        {
            channel.CheckMixing(_channel?.SaveMixing() ?? _mixing);
        }

        // Neither saved by this trainer nor where it came from: the run in the folder is someone's work of days.
        if (_savedStep < 0 && CheckpointFolder is { } folder && FindCheckpoint(folder) is { } path && !IsIn(folder, _resumedFrom))
        {
            Throw.InvalidOperation($"{path} holds a run that this trainer did not go on from, and would be lost. Go on with it by Resume(\"{path}\"), choose another checkpoint folder, or delete the file to start anew.");
        }
    }

    /// <summary>Begins a run that <see cref="Check"/> has let pass.</summary>
    internal void Begin(string data, int batchRows, ActivationChannel? channel)
    {
        if (channel is not null && channel != _channel)
        {
            channel.RestoreMixing(_channel?.SaveMixing() ?? _mixing);
            _channel = channel;
        }

        // The run is bound to its data by the first step on them.
        _runData = data;
        Log.TrainingStarted(Logger, EncoderName, AtomCount, Dimension, Options.Steps, batchRows, Backend.Name, Backend.Threads);
        if (CheckpointFolder is { } folder)
        {
            RemoveStale(folder);
            if (_savedStep < 0 && _resumedFrom is not null && FindCheckpoint(folder) is { } newest && Path.GetFullPath(newest) == _resumedFrom)
            {
                // What it goes on from is the newest checkpoint: not known to be good until a sound loss follows.
                _savedStep = _resumedStep;
            }
        }

        _startedAt = Context.TimeProvider.GetTimestamp();
        _rowsAtStart = RowCount;
        _reported = TimeSpan.MinValue;
        _before = _elapsedBefore;
    }

    /// <summary>One step with all that belongs to it.</summary>
    internal void Advance(SignalBatch batch, long position)
    {
        Step(batch);
        FeederPosition = position;
        _data = _runData;
        if (Backend.HasNonFinite())
        {
            Diverge("a weight or a moment is no longer finite", double.NaN);
        }

        // The first loss is what later ones are compared with.
        bool last = StepCount == Options.Steps, forCurve = last || StepCount == 1 || StepCount % Math.Max(1, Options.Steps / CurvePoints) == 0;
        bool report = Context.Progress is not null && (last || _reported == TimeSpan.MinValue || Elapsed - _reported >= Context.ProgressInterval);
        bool save = last || StepCount % Context.CheckpointInterval == 0;
        if (forCurve || report || (save && CheckpointFolder is not null))
        {
            TakeMeasure(forCurve);
        }

        if (report)
        {
            _reported = Elapsed;
            Report();
        }

        if (save)
        {
            Checkpoint();
        }
    }

    /// <summary>Measures and saves where the run ends before its steps are done, if it has done anything and not ended within a step.</summary>
    internal void Finish()
    {
        if (_hasStepped && IsUnfinished && !_isInStep)
        {
            TakeMeasure(forCurve: false);
            Checkpoint();
        }
    }

    /// <summary>
    /// The same where something else ends the run, cancelled or failed, and must be what the caller hears first: what goes wrong now is logged and given back.
    /// </summary>
    internal Exception? TryFinish(bool cancelled)
    {
        Exception? fault = null;
        try
        {
            Finish();
        }
#pragma warning disable CA1031 // Given back, whatever it is: the other trainers must be saved too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fault = exception;
            Log.CheckpointFailed(Logger, StepCount, exception);
        }

        if (cancelled)
        {
            Log.TrainingCancelled(Logger, StepCount);
        }

        return fault;
    }

    /// <summary>Says that the state comes from a checkpoint.</summary>
    private protected void NoteResumed(string path)
    {
        (_resumedFrom, _resumedStep) = (Path.GetFullPath(path), StepCount);
        Log.TrainingResumed(Logger, StepCount, path);
    }

    private static bool IsIn(string folder, string? path) =>
        path is not null && Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) == Path.GetDirectoryName(path);

    /// <summary>Stops the clock, however the run ended.</summary>
    internal void End()
    {
        _elapsedBefore = Elapsed;
        _startedAt = Context.TimeProvider.GetTimestamp();
    }

    /// <summary>Says that the run ended as it should.</summary>
    internal void Complete()
    {
        if (StepCount >= Options.Steps || _until == long.MaxValue)
        {
            Log.TrainingCompleted(Logger, StepCount, _loss, _elapsedBefore.TotalSeconds);
        }
    }

    private void TakeMeasure(bool forCurve)
    {
        (double loss, double l0, double squared) = Measure();
        if (!double.IsFinite(loss))
        {
            Diverge($"the loss is {loss}", loss);
        }

        _loss = loss;
        _l0 = l0;
        _fvu = squared / (TargetVariance() ?? BatchVariance(_measured!));
        Publish();
        if (forCurve)
        {
            _curve.Add(new TrainingPoint(StepCount, loss, l0, _fvu, DeadShare));
        }

        CheckHealth(forCurve);
    }

    private void Publish()
    {
        SparseCodingDiagnostics.TrainingLoss.Record(_loss, EncoderTag);
        SparseCodingDiagnostics.TrainingL0.Record(_l0, EncoderTag);
        if (double.IsFinite(_fvu))
        {
            SparseCodingDiagnostics.TrainingFvu.Record(_fvu, EncoderTag);
        }

        if (!double.IsNaN(DeadShare))
        {
            SparseCodingDiagnostics.TrainingDeadShare.Record(DeadShare, EncoderTag);
        }

        SparseCodingDiagnostics.TrainingRate.Record(Rate(), EncoderTag);
    }

    private double BatchVariance(SignalBatch batch)
    {
        if (batch.IsRepeat && !double.IsNaN(_variance))
        {
            return _variance;
        }

        var sums = new double[Dimension];
        double squares = 0;
        ReadOnlySpan<float> signals = batch.Signals;
        for (int row = 0; row < batch.Count; row++)
        {
            ReadOnlySpan<float> signal = signals.Slice(row * Dimension, Dimension);
            for (int j = 0; j < signal.Length; j++)
            {
                sums[j] += signal[j];
                squares += (double)signal[j] * signal[j];
            }
        }

        double means = 0;
        foreach (double sum in sums)
        {
            means += sum / batch.Count * (sum / batch.Count);
        }

        _variance = ((squares / batch.Count) - means) / SquaredScale;
        return _variance;
    }

    /// <summary>Signals a second since this run began.</summary>
    private double Rate() => (RowCount - _rowsAtStart) / Math.Max((Elapsed - _before).TotalSeconds, 1e-9);

    private void Report()
    {
        double rate = Rate(), rowsPerStep = StepCount == 0 ? 0 : (double)RowCount / StepCount;
        double left = rate <= 0 ? 0 : (Options.Steps - StepCount) * rowsPerStep / rate;
        Context.Progress!.Report(new TrainingProgress(StepCount, Options.Steps, _loss, _l0, _fvu, DeadShare, rate, Elapsed, TimeSpan.FromSeconds(Math.Min(left, 1e9))));
    }
}
