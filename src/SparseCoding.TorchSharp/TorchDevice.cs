using SparseCoding.Backends;

namespace SparseCoding.Torch;

/// <summary>A torch device as the place where heavy work runs.</summary>
public sealed class TorchDevice : ComputeDevice
{
    /// <summary>Creates the value; nothing is started.</summary>
    public TorchDevice(string device)
        : base("torch/" + device)
    {
    }

    internal override Backend CreateBackend(int threads) => throw new NotSupportedException();
}
