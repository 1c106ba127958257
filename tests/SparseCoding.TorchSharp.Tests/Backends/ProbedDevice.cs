using SparseCoding.Backends;
using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>A torch device whose last backend a test can look into.</summary>
internal sealed class ProbedDevice(bool asRemote = false) : ComputeDevice("torch/cpu")
{
    /// <summary>The backend of the last trainer or call.</summary>
    public TorchBackend Last { get; private set; } = null!;

    /// <inheritdoc/>
    internal override Backend CreateBackend(int threads) => Last = new TorchBackend(new TorchDevice("cpu"), threads, asRemote);
}
