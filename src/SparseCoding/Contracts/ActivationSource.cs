using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Signals to learn from, in order: a matrix in memory, a file, or shards larger than memory. It knows its position and can be rewound, so
/// that a run can be checkpointed. Converts from <c>float[,]</c>, <see cref="Tensor{T}"/> and tensor spans, all copied.
/// Not thread-safe: one reader at a time.
/// </summary>
public abstract class ActivationSource
{
    /// <summary>Dimension of a signal.</summary>
    public abstract int Dimension { get; }

    /// <summary>Dimension of the targets that come with each signal; 0 where there are none. See <see cref="WithTargets"/>.</summary>
    public virtual int TargetDimension => 0;

    /// <summary>Number of signals.</summary>
    public abstract long RowCount { get; }

    /// <summary>Row that <see cref="Read"/> gives next.</summary>
    public abstract long Position { get; set; }

    /// <summary>Whether all rows are in memory, so that reading any of them costs the same.</summary>
    public virtual bool IsInMemory => false;

    /// <summary>Fills the batch with the next rows, up to its capacity; its Count is 0 at the end.</summary>
    /// <param name="batch">Receives signals [count, dimension] and side data.</param>
    /// <exception cref="InvalidDataException">The file holds NaN or infinity, or is damaged; the message names file and row.</exception>
    public abstract void Read(SignalBatch batch);

    /// <summary>Fills the batch with given rows, in the given order; side data included.</summary>
    /// <param name="rows">Rows to read, at most the batch's capacity.</param>
    /// <param name="batch">Receives signals [count, dimension] and side data.</param>
    public abstract void Gather(ReadOnlySpan<long> rows, SignalBatch batch);

    /// <summary>
    /// Another reader of the same rows, for large blocks here and there: it may be used by a thread of its own at the same time as this source, and gives every
    /// row that it is asked for. Null where there is none. It ends with <see cref="CloseReader"/>.
    /// </summary>
    internal virtual ActivationSource? OpenReader() => null;

    /// <summary>Gives up what <see cref="OpenReader"/> has opened; called on what it gave, once, when nothing reads from it.</summary>
    internal virtual void CloseReader()
    {
    }

    /// <summary>Goes back to the first row.</summary>
    public void Rewind() => Position = 0;

    /// <summary>A range of rows as a source of its own, [count, dimension], which reads from this one (nothing is copied). Several such parts may be read at the same time, by a thread each; this source itself must not be read meanwhile.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">Number of rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the source.</exception>
    public ActivationSource Rows(long start, long count)
    {
        if (start < 0 || count < 0 || start > RowCount - count)
        {
            Throw.OutOfRange(nameof(start), start, $"a row such that start + count = {start} + {count} is at most {RowCount}");
        }

        return new SelectedActivationSource(this, start, count);
    }

    /// <summary>Given rows in the given order as a source of its own, [rows given, dimension], which reads from this one (only the row numbers are copied). Several such parts may be read at the same time, by a thread each; this source itself must not be read meanwhile.</summary>
    /// <param name="rows">Rows, [rows given], from 0; a row may come several times.</param>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public ActivationSource SelectRows(ReadOnlySpan<long> rows)
    {
        foreach (long row in rows)
        {
            if (row < 0 || row >= RowCount)
            {
                Throw.OutOfRange(nameof(rows), row, $"between 0 and {RowCount - 1}");
            }
        }

        return new SelectedActivationSource(this, rows.ToArray());
    }

    /// <summary>
    /// The same signals, each with a target of its own: what a transcoder predicts from the signal. The two sources are read side by side and nothing is
    /// copied; neither must be read in between, and they must not be the same object.
    /// </summary>
    /// <param name="targets">Targets, [samples, target dimension], as many as there are signals.</param>
    /// <exception cref="ArgumentException">Another number of rows, the same source twice, or a source that has targets already.</exception>
    public ActivationSource WithTargets(ActivationSource targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.RowCount != RowCount)
        {
            Throw.Argument($"targets has shape [{targets.RowCount}, {targets.Dimension}], but there are {RowCount} signals: one target for each is needed.", nameof(targets));
        }

        if (ReferenceEquals(targets, this) || TargetDimension != 0 || targets.TargetDimension != 0)
        {
            Throw.Argument("targets is the source itself, or one of the two has targets already; pair two plain sources.", nameof(targets));
        }

        return new PairedActivationSource(this, targets);
    }

    /// <summary>The first share of the rows and the rest, in order: for training and testing. Rows that belong together (documents) and lie together stay together but for one cut.</summary>
    /// <param name="fraction">Share of the first part, above 0 and below 1; its number of rows is rounded, and both parts have at least one.</param>
    /// <remarks>The parts may be read at the same time, by a thread each: one may be measured on while a run learns from the other.</remarks>
    /// <exception cref="InvalidOperationException">Fewer than two rows.</exception>
    public (ActivationSource First, ActivationSource Second) Split(double fraction)
    {
        if (!(fraction > 0 && fraction < 1))
        {
            Throw.OutOfRange(nameof(fraction), fraction, "above 0 and below 1");
        }

        if (RowCount < 2)
        {
            Throw.InvalidOperation($"A source of {RowCount} rows cannot be split; two are needed.");
        }

        long first = Math.Clamp((long)Math.Round(fraction * RowCount), 1, RowCount - 1);
        return (Rows(0, first), Rows(first, RowCount - first));
    }

    /// <summary>A matrix in memory, [samples, dimension]; copied.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    [return: NotNullIfNotNull(nameof(signals))]
    public static implicit operator ActivationSource?(float[,]? signals) => signals is null ? null : FromView(signals);

    /// <summary>A tensor in memory, [samples, dimension]; copied.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    [return: NotNullIfNotNull(nameof(signals))]
    public static implicit operator ActivationSource?(Tensor<float>? signals) => signals is null ? null : FromView(signals);

    /// <summary>A tensor span, [samples, dimension]; copied.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator ActivationSource(TensorSpan<float> signals) => FromView(signals);

    /// <summary>A tensor span, [samples, dimension]; copied.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator ActivationSource(ReadOnlyTensorSpan<float> signals) => FromView(signals);

    /// <summary>Signals in memory; copied and checked.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <exception cref="ArgumentException">Empty, of another rank, or with NaN or infinity.</exception>
    public static ActivationSource FromView(SignalView signals)
    {
        signals.ThrowIfInvalid(nameof(signals));
        var values = new float[checked((long)signals.RowCount * signals.Dimension)];
        signals.CopyRows(0, signals.RowCount, values);
        return new MemoryActivationSource(values, signals.Dimension);
    }
}
