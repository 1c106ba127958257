using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;

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

    /// <summary>Goes back to the first row.</summary>
    public void Rewind() => Position = 0;

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
