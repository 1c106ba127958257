using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;

namespace SparseCoding;

/// <summary>
/// The mutable session behind the <c>Fit</c> of an encoder that learns its dictionary by alternation: pushed batches (a stream), runs over a source, snapshots,
/// kill-and-resume. It owns all working memory. Not thread-safe.
/// </summary>
/// <typeparam name="TEncoder">The encoder that comes out.</typeparam>
public sealed class DictionaryTrainer<TEncoder> : IDisposable
    where TEncoder : class, IEncoder
{
    private readonly DictionarySession _session;
    private readonly Func<AtomDictionary, TrainingRecord, TEncoder> _finish;

    internal DictionaryTrainer(DictionarySession session, Func<AtomDictionary, TrainingRecord, TEncoder> finish)
    {
        _session = session;
        _finish = finish;
    }

    /// <summary>How the dictionary is learned.</summary>
    public DictionaryLearningOptions Options => _session.Task.Options;

    /// <summary>Number of atoms.</summary>
    public int AtomCount => _session.Task.AtomCount;

    /// <summary>Dimension of the signals.</summary>
    public int Dimension => _session.Dimension;

    /// <summary>Alternations done so far, of all restarts and those before a resume.</summary>
    public long StepCount => _session.Alternations;

    /// <summary>Signals consumed so far.</summary>
    public long RowCount => _session.RowCount;

    /// <summary>Mean over the last batch of ½‖x − zD‖² + λ‖z‖₁, with the atoms as they were before they moved; NaN before the first step.</summary>
    public double Objective => _session.Objective;

    /// <summary>What was done so far: curve, replaced atoms, cost.</summary>
    public TrainingRecord Record => _session.Record;

    internal LearningTask Task => _session.Task;

    /// <summary>One alternation on pushed signals: they are coded, the atoms move, the sums over batches are carried on with <see cref="DictionaryLearningOptions.Forgetting"/>. The first batch gives the start.</summary>
    /// <param name="batch">Signals [count, dimension], finite.</param>
    /// <param name="cancellationToken">Stops while the batch is coded; nothing has changed then.</param>
    /// <exception cref="ArgumentException">Empty, of another dimension, or not finite.</exception>
    /// <remarks>K-SVD takes the pushed signals for all there are.</remarks>
    public void Step(SignalBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0 || batch.Dimension != Dimension)
        {
            Throw.Argument($"batch has shape [{batch.Count}, {batch.Dimension}]; at least one signal of dimension {Dimension} is needed.", nameof(batch));
        }

        if (batch.Mask is not null)
        {
            Throw.NotSupported("The batch has a Mask, which dictionary learning does not use: leave masked rows out of the batch.");
        }

        int bad = FiniteCheck.FirstNotFinite(batch.Signals);
        if (bad >= 0)
        {
            Throw.Argument($"batch holds {batch.Signals[bad]} at row {bad / Dimension}, column {bad % Dimension} (row {batch.RowIds[bad / Dimension]} of the source).", nameof(batch));
        }

        _session.Step(batch, cancellationToken);
    }

    /// <summary>One alternation on pushed signals.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="cancellationToken">Stops while the batch is coded; nothing has changed then.</param>
    public void Step(SignalView signals, CancellationToken cancellationToken = default)
    {
        signals.ThrowIfShapeInvalid(nameof(signals), Dimension, "the trainer");
        var batch = new SignalBatch(signals.RowCount, Dimension) { Count = signals.RowCount };
        signals.CopyRows(0, signals.RowCount, batch.Signals);
        Step(batch, cancellationToken);
    }

    /// <summary>Runs until all restarts are done. Call it again after a resume, with the same source: it goes on with the same bits as if it had never stopped.</summary>
    /// <param name="source">Signals, [samples, dimension]; not empty.</param>
    /// <param name="cancellationToken">Stops after the current alternation; <see cref="Snapshot"/> stays usable.</param>
    /// <exception cref="NotSupportedException">K-SVD on more signals than a batch holds.</exception>
    public void Run(ActivationSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Dimension != Dimension)
        {
            Throw.Argument($"source has signals of dimension {source.Dimension}, but the trainer works on dimension {Dimension}.", nameof(source));
        }

        _session.Run(source, cancellationToken);
    }

    /// <summary>The encoder as it stands, on the dictionary of the lowest objective where every alternation took all signals, on the present one otherwise. Learning may go on.</summary>
    /// <exception cref="InvalidOperationException">No signals were seen yet.</exception>
    public TEncoder Snapshot() => _finish(_session.Answer, _session.Record);

    /// <summary>Writes the whole state (atoms, sums or moments, usage, codes to start from, position, records) atomically; the encoder's <c>ResumeTrainer</c> reads it.</summary>
    /// <param name="path">File to write.</param>
    public void SaveCheckpoint(string path) => _session.Save(path);

    /// <summary>Releases device memory.</summary>
    public void Dispose() => _session.Dispose();
}
