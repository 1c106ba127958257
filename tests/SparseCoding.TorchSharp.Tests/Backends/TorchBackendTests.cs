using SparseCoding.Backends;
using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>The contract on torch's CPU, by the ways of a device whose memory the host sees.</summary>
[TestFixture]
internal sealed class TorchBackendTests : BackendContract
{
    private protected override Backend Create(int threads) => new TorchBackend(new TorchDevice("cpu"), threads);
}
