using SparseCoding.Backends;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Indices or counts: int64 on the device, because torch's gathers and scatters take nothing shorter.</summary>
internal sealed class TorchIndices(torch.Tensor tensor) : DeviceIndices(checked((int)tensor.shape[0]))
{
    private torch.Tensor? _overflow;

    /// <summary>The tensor, [length].</summary>
    public torch.Tensor Tensor { get; } = tensor;

    /// <summary>Keeps the device's answer whether a selection overflowed until somebody asks; of the counts of codes only.</summary>
    public void KeepOverflow(torch.Tensor flag)
    {
        _overflow?.Dispose();
        _overflow = flag.DetachFromDisposeScope();
    }

    /// <summary>The kept answer.</summary>
    public torch.Tensor Overflow => _overflow ?? throw new InvalidOperationException("No selection has been made.");

    /// <inheritdoc/>
    public override void Dispose()
    {
        _overflow?.Dispose();
        Tensor.Dispose();
        base.Dispose();
    }
}
