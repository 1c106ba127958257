using SparseCoding.Backends;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// A float32 matrix in torch's memory, contiguous. A view holds no handle of its own: its tensor is made when an operation asks for it and goes with that operation's scope, so that
/// views need no disposing.
/// </summary>
internal sealed class TorchMatrix : DeviceMatrix
{
    private readonly torch.Tensor _tensor;
    private readonly bool _owns;

    /// <summary>Takes a tensor [rows, columns].</summary>
    /// <param name="tensor">Contiguous float32; detached from every scope.</param>
    /// <param name="owns">Whether the matrix disposes it.</param>
    public TorchMatrix(torch.Tensor tensor, bool owns)
        : base(tensor.shape[0], checked((int)tensor.shape[1]))
    {
        (_tensor, _owns) = (tensor, owns);
    }

    private TorchMatrix(TorchMatrix source, long firstRow, long rows)
        : base(rows, source.Columns)
    {
        (_tensor, FirstRow, IsView) = (source._tensor, source.FirstRow + firstRow, true);
    }

    /// <summary>Row of the memory's owner at which a view starts.</summary>
    public long FirstRow { get; }

    /// <summary>Whether another matrix owns the memory.</summary>
    public bool IsView { get; }

    /// <summary>The tensor; of a view one that belongs to the scope of the caller.</summary>
    public torch.Tensor Tensor => IsView ? Held.Keep(_tensor).narrow(0, FirstRow, Rows) : _tensor;

    /// <summary>Rows of this matrix over the same memory.</summary>
    public TorchMatrix View(long firstRow, long rows) => new(this, firstRow, rows);

    /// <summary>Whether both are the same numbers in memory.</summary>
    public bool IsSameAs(TorchMatrix other) => ReferenceEquals(_tensor, other._tensor) && FirstRow == other.FirstRow && Rows == other.Rows;

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_owns)
        {
            _tensor.Dispose();
        }

        base.Dispose();
    }
}
