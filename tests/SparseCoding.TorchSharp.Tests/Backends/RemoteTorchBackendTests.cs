using SparseCoding.Backends;
using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests;

/// <summary>The same by the ways of a device whose memory the host does not see: no look at a flag, selections exact at once, gathers and accumulating puts instead of sparse products, whole matrices at a time.</summary>
[TestFixture]
internal sealed class RemoteTorchBackendTests : BackendContract
{
    private int _threads;

    // A device's accumulating put adds in one order; that of the CPU does on one thread only.
    [OneTimeSetUp]
    public void UseOneThread()
    {
        new TorchDevice("cpu").EnsureAvailable();
        _threads = torch.get_num_threads();
        torch.set_num_threads(1);
    }

    [OneTimeTearDown]
    public void PutThreadsBack() => torch.set_num_threads(_threads);

    private protected override Backend Create(int threads) => new TorchBackend(new TorchDevice("cpu"), threads, asRemote: true);
}
