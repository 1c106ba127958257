using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// The mutable session behind <c>Fit</c>: it owns all working memory, and pushed batches, partial fits, kill-and-resume and fine-tuning are
/// uses of it. Not thread-safe. Dispose it to release device memory; on the CPU there is nothing to release.
/// </summary>
/// <typeparam name="TEncoder">The encoder that comes out.</typeparam>
public abstract class Trainer<TEncoder> : IDisposable
    where TEncoder : class, IEncoder
{
    private const int CurvePoints = 1000;
    private readonly List<TrainingPoint> _curve = [];
    private TimeSpan _elapsedBefore;
    private long _startedAt;
    private double _loss = double.NaN;
    private double _l0 = double.NaN;
    private double _fvu = double.NaN;
    private bool _hasStepped;
    private long _savedStep = -1;

    private protected Trainer(TrainingOptions options, RunContext context, int dimension)
    {
        Options = options;
        Context = context;
        Dimension = dimension;
        Logger = context.LoggerFactory.CreateLogger("SparseCoding.Training");
        Backend = context.Device.CreateBackend(context.EffectiveThreads);
        _startedAt = context.TimeProvider.GetTimestamp();
    }

    /// <summary>How the encoder is trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Dimension of the signals.</summary>
    public int Dimension { get; }

    /// <summary>Steps done so far, those before a resume included.</summary>
    public long StepCount { get; private set; }

    /// <summary>Signals consumed so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>What the run did so far.</summary>
    public TrainingRecord Record => new()
    {
        Steps = StepCount,
        Rows = RowCount,
        Flops = StepCount == 0 ? FlopCount.Zero : StepFlops(RowCount / StepCount) * StepCount,
        FinalLoss = _loss,
        Elapsed = Elapsed,
        Device = Backend.Name,
        Completed = StepCount >= Options.Steps,
        Curve = [.. _curve],
    };

    private protected RunContext Context { get; }

    private protected ILogger Logger { get; }

    private protected Backend Backend { get; }

    /// <summary>Rows that the feeder has given: part of a checkpoint.</summary>
    private protected long FeederPosition { get; set; }

    private TimeSpan Elapsed => _elapsedBefore + Context.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>One step of the optimiser on a batch that the caller pushes.</summary>
    /// <param name="batch">Signals [count, dimension] with their side data; finite.</param>
    /// <exception cref="ArgumentException">Empty, of another dimension, or not finite.</exception>
    public void Step(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0 || batch.Dimension != Dimension)
        {
            Throw.Argument($"batch has shape [{batch.Count}, {batch.Dimension}]; at least one signal of dimension {Dimension} is needed.", nameof(batch));
        }

        if (batch.Mask is not null)
        {
            Throw.NotSupported("The batch has a Mask, which training does not use yet: leave masked rows out of the batch.");
        }

        int bad = batch.IsRepeat ? -1 : FiniteCheck.FirstNotFinite(batch.Signals);
        if (bad >= 0)
        {
            Throw.Argument($"batch holds {batch.Signals[bad]} at row {bad / Dimension}, column {bad % Dimension} (row {batch.RowIds[bad / Dimension]} of the source).", nameof(batch));
        }

        StepCore(batch, StepCount + 1);
        _hasStepped = true;
        StepCount++;
        RowCount += batch.Count;
        SparseCodingDiagnostics.TrainingSteps.Add(1);
        SparseCodingDiagnostics.TrainingRows.Add(batch.Count);
    }

    /// <summary>One step of the optimiser on signals that the caller pushes.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    public void Step(SignalView signals)
    {
        signals.ThrowIfShapeInvalid(nameof(signals), Dimension, "the trainer");
        var batch = new SignalBatch(signals.RowCount, Dimension) { Count = signals.RowCount };
        signals.CopyRows(0, signals.RowCount, batch.Signals);
        Step(batch);
    }

    /// <summary>Loss, in the objective that the options document, of the last step's batch; NaN before the first step of this session.</summary>
    public double MeasureLoss() => !_hasStepped ? double.NaN : Measure().Loss;

    /// <summary>
    /// Runs until the options' number of steps is done, feeding shuffled batches from the source. Call it again after a resume, with the same
    /// source: it goes on where the checkpoint was, with the same bits as if it had never stopped.
    /// </summary>
    /// <param name="source">Signals, [samples, dimension]; not empty.</param>
    /// <param name="cancellationToken">Stops after the current step; <see cref="Snapshot"/> stays usable.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The loss became NaN or infinite.</exception>
    public void Run(ActivationSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Dimension != Dimension)
        {
            Throw.Argument($"source has signals of dimension {source.Dimension}, but the trainer works on dimension {Dimension}.", nameof(source));
        }

        using Activity? activity = SparseCodingDiagnostics.Activities.StartActivity("train " + typeof(TEncoder).Name);
        var feeder = new BatchFeeder(source, EffectiveBatchSize(source), Options.Seed, Context.MemoryBudget) { Position = FeederPosition };
        var batch = new SignalBatch(feeder.BatchSize, Dimension);
        string data = SourceFingerprint.Of(source, feeder.WindowRows);
        if (_data is not null && _data != data)
        {
            Throw.InvalidOperation($"This run began on other data (or with another memory budget for data that stream): {_data}, now {data}. Resume over the same source, or start anew.");
        }

        _data = data;
        Log.TrainingStarted(Logger, typeof(TEncoder).Name, AtomCount, Dimension, Options.Steps, feeder.BatchSize, Backend.Name, Backend.Threads);
        _startedAt = Context.TimeProvider.GetTimestamp();
        long measureEvery = Math.Max(1, Options.Steps / CurvePoints), rowsAtStart = RowCount;
        TimeSpan reported = TimeSpan.MinValue, before = _elapsedBefore;
        try
        {
            while (StepCount < Options.Steps)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    if (StepCount > 0)
                    {
                        Checkpoint();
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                }

                feeder.Next(batch);
                Step(batch);
                FeederPosition = feeder.Position;
                bool last = StepCount == Options.Steps;
                bool report = Context.Progress is not null && (last || reported == TimeSpan.MinValue || Elapsed - reported >= Context.ProgressInterval);
                if (last || StepCount % measureEvery == 0 || report)
                {
                    TakeMeasure(batch, StepCount % measureEvery == 0 || last);
                }

                if (report)
                {
                    reported = Elapsed;
                    Report(rowsAtStart, reported - before);
                }

                if (last || StepCount % Context.CheckpointInterval == 0)
                {
                    Checkpoint();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Log.TrainingCancelled(Logger, StepCount);
            throw;
        }
        finally
        {
            _elapsedBefore = Elapsed;
            _startedAt = Context.TimeProvider.GetTimestamp();
        }

        Log.TrainingCompleted(Logger, StepCount, _loss, _elapsedBefore.TotalSeconds);
    }

    /// <summary>The encoder as it stands; training may go on afterwards.</summary>
    public abstract TEncoder Snapshot();

    /// <summary>
    /// Writes the whole state (weights, moments, counters, position in the data), atomically: an old checkpoint stays whole until the new one
    /// is complete.
    /// </summary>
    /// <param name="path">File to write.</param>
    public abstract void SaveCheckpoint(string path);

    /// <summary>Releases device memory.</summary>
    public void Dispose()
    {
        DisposeCore();
        Backend.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Name of the checkpoint file in a folder.</summary>
    internal static string CheckpointPath(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    private protected abstract int AtomCount { get; }

    private protected abstract void StepCore(SignalBatch batch, long number);

    private protected abstract (double Loss, double L0, double SquaredError) Measure();

    private protected abstract FlopCount StepFlops(long rows);

    private protected abstract void DisposeCore();

    private protected virtual int EffectiveBatchSize(ActivationSource source) => Options.BatchSize;

    /// <summary>Counters and curve for a checkpoint.</summary>
    private protected TrainerProgressState SaveProgress() => new(StepCount, RowCount, FeederPosition, Elapsed, _loss, [.. _curve], _data);

    /// <summary>Restores counters and curve.</summary>
    private protected void RestoreProgress(TrainerProgressState state)
    {
        StepCount = state.Steps;
        RowCount = state.Rows;
        FeederPosition = state.FeederPosition;
        _elapsedBefore = state.Elapsed;
        _loss = state.Loss;
        _data = state.Data;
        _curve.Clear();
        _curve.AddRange(state.Curve);
    }

    /// <summary>Writes the checkpoint of this step into the context's folder, if there is one and it has not been written.</summary>
    private void Checkpoint()
    {
        if (Context.Checkpoint is not { } folder || _savedStep == StepCount)
        {
            return;
        }

        string path = CheckpointPath(folder);
        SaveCheckpoint(path);
        _savedStep = StepCount;
        Log.CheckpointWritten(Logger, StepCount, path);
    }

    private void TakeMeasure(SignalBatch batch, bool forCurve)
    {
        (double loss, double l0, double squared) = Measure();
        if (!double.IsFinite(loss))
        {
            Log.TrainingDiverged(Logger, loss, StepCount);
            Throw.InvalidOperation($"The loss is {loss} at step {StepCount}: lower the learning rate or check the scale of the signals. The last checkpoint, if any, is from before.");
        }

        _loss = loss;
        _l0 = l0;
        _fvu = squared / BatchVariance(batch);
        if (forCurve)
        {
            _curve.Add(new TrainingPoint(StepCount, loss, l0));
        }
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
        for (int i = 0; i < signals.Length; i++)
        {
            sums[i % Dimension] += signals[i];
            squares += (double)signals[i] * signals[i];
        }

        double means = 0;
        foreach (double sum in sums)
        {
            means += sum / batch.Count * (sum / batch.Count);
        }

        _variance = ((squares / batch.Count) - means) / SquaredScale;
        return _variance;
    }

    private string? _data;
    private double _variance = double.NaN;

    /// <summary>Square of the scale in which <see cref="Measure"/> gives squared errors.</summary>
    private protected virtual double SquaredScale => 1;

    private void Report(long rowsAtStart, TimeSpan elapsed)
    {
        double seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
        double rate = (RowCount - rowsAtStart) / seconds;
        double rowsPerStep = StepCount == 0 ? 0 : (double)RowCount / StepCount;
        double left = rate <= 0 ? 0 : (Options.Steps - StepCount) * rowsPerStep / rate;
        Context.Progress!.Report(new TrainingProgress(StepCount, Options.Steps, _loss, _l0, _fvu, double.NaN, rate, Elapsed, TimeSpan.FromSeconds(Math.Min(left, 1e9))));
    }
}
