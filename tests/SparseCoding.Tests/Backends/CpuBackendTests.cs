using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>The contract on the processor, in this process's SIMD tier.</summary>
[TestFixture]
internal sealed class CpuBackendTests : BackendContract
{
    private protected override Backend Create(int threads) => new CpuBackend(threads);
}
