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
    private double _loss = double.NaN;
    private double _l0 = double.NaN;
    private double _fvu = double.NaN;
    private double _variance = double.NaN;
    private TimeSpan _reported;
    private TimeSpan _before;
    private long _rowsAtStart;

    /// <summary>Name of the checkpoint file in a folder.</summary>
    internal static string CheckpointPath(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    /// <summary>
    /// The checkpoint to go on from; null when the folder has none. A process that ended between the two renames of a new checkpoint left the
    /// complete new one under its first name.
    /// </summary>
    internal static string? FindCheckpoint(string folder) =>
        Array.Find([CheckpointPath(folder), NextPath(folder), PreviousPath(folder)], File.Exists);

    /// <summary>Whether steps are left to do.</summary>
    internal bool IsUnfinished => StepCount < Options.Steps;

    /// <summary>Rows that the feeder had given when this trainer took its last batch.</summary>
    internal long DataPosition => FeederPosition;

    /// <summary>What the trainer runs on and reports to.</summary>
    internal RunContext RunContext => Context;

    /// <summary>Folder for checkpoints: the context's, unless the trainer is part of a <see cref="MultiTrainer"/> with a folder of its own.</summary>
    internal string? CheckpointFolder { get => field ?? Context.Checkpoint; set; }

    internal string KindName => EncoderName;

    internal int Atoms => AtomCount;

    /// <summary>Rows of a batch over that source.</summary>
    internal int BatchRows(ActivationSource source) => EffectiveBatchSize(source);

    private KeyValuePair<string, object?> EncoderTag => new(SparseCodingDiagnostics.EncoderTag, EncoderName);

    /// <summary>Begins a run over these data; refuses other data than those it began on.</summary>
    internal void Begin(string data, int batchRows, int dimension, ActivationChannel? channel)
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
            channel.RestoreMixing(_channel?.SaveMixing() ?? _mixing);
            _channel = channel;
        }

        _data = data;
        Log.TrainingStarted(Logger, EncoderName, AtomCount, Dimension, Options.Steps, batchRows, Backend.Name, Backend.Threads);
        if (CheckpointFolder is { } folder)
        {
            RemoveStale(folder);
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
        if (Backend.HasNonFinite())
        {
            Diverge("a weight or a moment is no longer finite", double.NaN);
        }

        bool last = StepCount == Options.Steps, forCurve = last || StepCount % Math.Max(1, Options.Steps / CurvePoints) == 0;
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

    /// <summary>Saves where the run was cancelled, if it has done anything.</summary>
    internal void Cancel()
    {
        if (StepCount > 0 && _hasStepped && CheckpointFolder is not null && IsUnfinished)
        {
            TakeMeasure(forCurve: false);
            Checkpoint();
        }

        Log.TrainingCancelled(Logger, StepCount);
    }

    /// <summary>Stops the clock, however the run ended.</summary>
    internal void End()
    {
        _elapsedBefore = Elapsed;
        _startedAt = Context.TimeProvider.GetTimestamp();
    }

    /// <summary>Says that the run ended as it should.</summary>
    internal void Complete() => Log.TrainingCompleted(Logger, StepCount, _loss, _elapsedBefore.TotalSeconds);

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
            _curve.Add(new TrainingPoint(StepCount, loss, l0));
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
