using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Signals in a torch tensor, [samples, dimension], read where they lie: rows come to the host as they are asked for. It holds a reference of its own to the tensor's memory.
/// Rows are checked again as they are read, because the memory is shared. Not thread-safe, as any source.
/// </summary>
public sealed class TorchActivationSource : ActivationSource, IDisposable
{
    private readonly torch.Tensor _signals;
    private readonly bool _isShared;

    internal TorchActivationSource(torch.Tensor signals)
    {
        TensorCheck.Matrix(signals, nameof(signals));
        TensorCheck.Finite(signals, nameof(signals));
        _signals = signals.detach().DetachFromDisposeScope();
        _isShared = TensorMemory.IsShareable(_signals);
        Dimension = (int)signals.shape[1];
        RowCount = signals.shape[0];
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override long RowCount { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get;
        set => field = value >= 0 && value <= RowCount ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Position must lie between 0 and the {RowCount} rows of the source.");
    }

    /// <inheritdoc/>
    public override bool IsInMemory => true;

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public override void Read(SignalBatch batch)
    {
        Require(batch);
        int count = (int)Math.Min(batch.Capacity, RowCount - Position);
        batch.Count = count;
        if (count > 0)
        {
            using torch.Tensor part = _signals.narrow(0, Position, count);
            Take(part, batch);
        }

        for (int i = 0; i < count; i++)
        {
            batch.RowIds[i] = Position + i;
        }

        Check(batch);
        Position += count;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The source is disposed.</exception>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        Require(batch);
        foreach (long row in rows)
        {
            if (row < 0 || row >= RowCount)
            {
                Throw.OutOfRange(nameof(rows), row, $"between 0 and {RowCount - 1}");
            }
        }

        batch.Count = rows.Length;
        rows.CopyTo(batch.RowIds);
        if (rows.IsEmpty)
        {
            return;
        }

        if (_isShared)
        {
            Span<float> all = TensorMemory.Floats(_signals);
            for (int i = 0; i < rows.Length; i++)
            {
                all.Slice((int)(rows[i] * Dimension), Dimension).CopyTo(batch.Signals.Slice(i * Dimension, Dimension));
            }
        }
        else
        {
            using var scope = torch.NewDisposeScope();
            torch.Tensor index = torch.from_array(rows.ToArray()).to(_signals.device);
            Take(_signals.index_select(0, index), batch);
        }

        Check(batch);
    }

    /// <summary>Gives up the reference to the tensor's memory; the tensor it was made from stays as it is.</summary>
    public void Dispose() => _signals.Dispose();

    private static void Take(torch.Tensor part, SignalBatch batch)
    {
        if (TensorMemory.IsShareable(part))
        {
            TensorMemory.Floats(part).CopyTo(batch.Signals);
            return;
        }

        TensorMemory.CopyTo(part, batch.Signals);
    }

    private void Require(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_signals.IsInvalid, this);
        if (batch.Dimension != Dimension)
        {
            Throw.Argument($"batch has room for signals of dimension {batch.Dimension}, but the source has {Dimension}.", nameof(batch));
        }
    }

    private void Check(SignalBatch batch)
    {
        int bad = FiniteCheck.FirstNotFinite(batch.Signals);
        if (bad >= 0)
        {
            Throw.InvalidData($"The tensor holds {batch.Signals[bad]} at row {batch.RowIds[bad / Dimension]}, column {bad % Dimension}: it was written to after the source was made from it.");
        }
    }
}
