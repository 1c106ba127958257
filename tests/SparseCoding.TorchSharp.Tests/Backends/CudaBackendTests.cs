using SparseCoding.Backends;
using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>The contract on CUDA, where there is a device.</summary>
[TestFixture]
internal sealed class CudaBackendTests : BackendContract
{
    [OneTimeSetUp]
    public void FindDevice()
    {
        try
        {
            new TorchDevice("cuda").EnsureAvailable();
        }
        catch (InvalidOperationException error)
        {
            Assert.Ignore("No CUDA device: " + error.Message.Split('\n')[0]);
        }
    }

    private protected override Backend Create(int threads) => new TorchBackend(new TorchDevice("cuda"), threads);
}
