using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Batches by their number, from a list or from an enumeration that is started anew to go back. Tensors that an enumeration creates belong to the dispose scope of the call that asks
/// for the batch, so that they live as long as that call works with them.
/// </summary>
internal sealed class BatchCursor(IEnumerable<torch.Tensor> batches) : IDisposable
{
    private IEnumerator<torch.Tensor>? _running;
    private int _next;

    /// <summary>The batch; null behind the last.</summary>
    public torch.Tensor? TryGet(int index)
    {
        if (batches is IReadOnlyList<torch.Tensor> list)
        {
            return index < list.Count ? list[index] : null;
        }

        if (_running is null || index < _next)
        {
            Dispose();
            _running = batches.GetEnumerator();
            _next = 0;
        }

        while (_running.MoveNext())
        {
            if (_next++ == index)
            {
                return _running.Current;
            }
        }

        Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _running?.Dispose();
        _running = null;
        _next = 0;
    }
}
