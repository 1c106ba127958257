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
public abstract partial class Trainer : IDisposable
{
    private SignalBatch? _piece;
    private SignalBatch? _measured;
    private TimeSpan _elapsedBefore;
    private long _startedAt;
    private bool _hasStepped;
    private bool _isInStep;

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

    /// <summary>
    /// Rows taken from an <see cref="ActivationChannel"/> so far, those that wait in its mixing buffer included: after a resume the caller pushes from
    /// this row on. Rows that wait in the channel's own queue have not been taken and do not count.
    /// </summary>
    public long PushedRows => _channel?.RowsTaken ?? _mixing?.RowsTaken ?? 0;

    /// <summary>What the run did so far. Its FLOPs count the optimiser as Adam (and Muon's iterations besides), without clipping and averaging.</summary>
    public TrainingRecord Record => new()
    {
        Steps = StepCount,
        Rows = RowCount,
        Flops = StepCount == 0 ? FlopCount.Zero : WithOptimizer(RunFlops(StepCount, RowCount / StepCount), StepCount),
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

        _isInStep = true;
        int pieces = Math.Min(Options.MicroBatches, batch.Count);
        if (pieces == 1)
        {
            Updates.BeginPiece(0, 1, 1);
            _measured = batch;
            StepCore(batch, StepCount + 1);
        }
        else
        {
            StepInPieces(batch, pieces);
        }

        _hasStepped = true;
        StepCount++;
        RowCount += batch.Count;
        _isInStep = false;
        SparseCodingDiagnostics.TrainingSteps.Add(1, EncoderTag);
        SparseCodingDiagnostics.TrainingRows.Add(batch.Count, EncoderTag);
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
    /// source: it goes on where the checkpoint was, with the same bits as if it had never stopped. If the source fails, what was done is saved where there is a
    /// checkpoint folder. Where the source is not in memory and more than
    /// one thread may be used, a thread of its own reads ahead; the batches are the same.
    /// </summary>
    /// <param name="source">Signals, [samples, dimension]; not empty.</param>
    /// <param name="cancellationToken">Stops after the current step; the trainer and its snapshot stay usable.</param>
    /// <exception cref="InvalidOperationException">The checkpoint folder holds a run that this trainer was not resumed from, or the run began on other data.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">The loss, a weight or a moment became NaN or infinite, or the loss rose far above where it began.</exception>
    public void Run(ActivationSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        TrainerLoop.Run([this], source, cancellationToken);
    }

    /// <summary>
    /// The same, but only until that many steps are done in all: for looking at <c>Snapshot()</c> on the way. Several calls over the same source give the bits of one
    /// <see cref="Run(ActivationSource, CancellationToken)"/>. Checkpoints are written at the context's interval, not at the stop.
    /// </summary>
    /// <param name="source">Signals, [samples, dimension]; not empty.</param>
    /// <param name="step">Number of steps to have done, not negative; nothing happens where they are done already, and the options' number of steps is the most.</param>
    /// <param name="cancellationToken">Stops after the current step; the trainer and its snapshot stay usable.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is negative.</exception>
    public void RunTo(ActivationSource source, long step, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Throw.AtLeast(step, 0, nameof(step));
        if (step <= StepCount)
        {
            return;
        }

        _until = step;
        try
        {
            TrainerLoop.Run([this], source, cancellationToken);
        }
        finally
        {
            _until = long.MaxValue;
        }
    }

    /// <summary>
    /// Runs on rows that the caller pushes from another thread, mixed in the channel's buffer, until the options' number of steps is done or the
    /// channel is completed and empty. After a resume the caller gives a new channel of the same shape and pushes from row
    /// <see cref="PushedRows"/> on: what waited in the buffer comes back from the checkpoint, which is also written when the rows end before the steps do.
    /// </summary>
    /// <param name="channel">The rows.</param>
    /// <param name="cancellationToken">Stops after the current step, also while waiting for rows.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">As for <see cref="Run(ActivationSource, CancellationToken)"/>.</exception>
    public void Run(ActivationChannel channel, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(channel);
        TrainerLoop.Run([this], channel, cancellationToken);
    }

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

    /// <summary>Whether this session, read from a checkpoint, is the run that a fresh trainer would begin: the same kind, options, training, shapes, known dictionary and codes.</summary>
    internal abstract bool IsSameRun(Trainer fresh);

    private protected abstract int AtomCount { get; }

    private protected abstract string EncoderName { get; }

    /// <summary>All parameters and the rule by which they move; a step of the trainer ends with one call of its Step.</summary>
    private protected abstract ParameterSet Updates { get; }

    /// <summary>Whether a batch may be cut into pieces whose gradients are summed.</summary>
    private protected virtual bool CanCutBatches => true;

    /// <summary>Share of atoms that were silent for the last window of steps; NaN where the trainer does not know.</summary>
    private protected virtual double DeadShare => double.NaN;

    /// <summary>Gradients of a batch (or of one of its pieces: then it is called once for each, with the same number), and the parameters' Step.</summary>
    private protected abstract void StepCore(SignalBatch batch, long number);

    private protected abstract (double Loss, double L0, double SquaredError) Measure();

    private protected abstract FlopCount StepFlops(long rows);

    /// <summary>Operations of that many steps from the first on, each on that many rows.</summary>
    private protected virtual FlopCount RunFlops(long steps, long rows) => StepFlops(rows) * steps;

    private protected abstract void DisposeCore();

    private protected virtual int EffectiveBatchSize(ActivationSource source) => Options.BatchSize;

    /// <summary>Square of the scale in which <see cref="Measure"/> gives squared errors.</summary>
    private protected virtual double SquaredScale => 1;

    /// <summary>Variance of what the last batch's squared error is measured against, in the same units; null where that is the signals over one factor.</summary>
    private protected virtual double? TargetVariance() => null;

    /// <summary>Counters and curve for a checkpoint.</summary>
    private protected TrainerProgressState SaveProgress() => new(StepCount, RowCount, FeederPosition, Elapsed, _loss, [.. _curve], _data, _channel?.SaveMixing() ?? _mixing);

    /// <summary>Restores counters and curve.</summary>
    private protected void RestoreProgress(TrainerProgressState state)
    {
        StepCount = state.Steps;
        RowCount = state.Rows;
        FeederPosition = state.FeederPosition;
        _elapsedBefore = state.Elapsed;
        _loss = state.Loss;
        _data = state.Data;
        _mixing = state.Mixing;
        _curve.Clear();
        _curve.AddRange(state.Curve);
        Updates.Number = state.Steps;
    }

    private FlopCount WithOptimizer(FlopCount run, long steps) => Updates.ExtraOperations is var extra && extra > 0 ? new FlopCount(run.Value + (extra * (UInt128)steps), run.AsPublished, true) : run;

    private void StepInPieces(SignalBatch batch, int pieces)
    {
        if (!CanCutBatches)
        {
            Throw.NotSupported($"MicroBatches is {Options.MicroBatches}, but this trainer needs all signals in every step; leave it at 1.");
        }

        if (batch.Codes is not null)
        {
            Throw.NotSupported("The batch carries codes, which cannot be cut into pieces: set MicroBatches to 1, or pass the codes to Fit.");
        }

        int capacity = (batch.Count + pieces - 1) / pieces;
        if (_piece is null || _piece.Capacity != capacity)
        {
            _piece = new SignalBatch(capacity, Dimension);
        }

        for (int piece = 0; piece < pieces; piece++)
        {
            int first = (int)((long)batch.Count * piece / pieces), end = (int)((long)batch.Count * (piece + 1) / pieces);
            _piece.Count = end - first;
            for (int row = first; row < end; row++)
            {
                batch.CopyRowTo(row, _piece, row - first);
            }

            Updates.BeginPiece(piece, pieces, (float)((double)(end - first) / batch.Count));
            StepCore(_piece, StepCount + 1);
        }

        _measured = _piece;
    }
}
