using SparseCoding.Backends;
using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>The same by the ways of a device whose memory the host does not see: no look at a flag, selections exact at once.</summary>
[TestFixture]
internal sealed class RemoteTorchBackendTests : BackendContract
{
    private protected override Backend Create(int threads) => new TorchBackend(new TorchDevice("cpu"), threads, asRemote: true);
}
