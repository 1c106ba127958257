using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>The contract on the processor, in this process's SIMD tier.</summary>
[TestFixture]
internal sealed class CpuBackendTests : BackendContract
{
    private protected override Backend Create(int threads) => new CpuBackend(threads);

    [Test]
    public void AddCodesGram_ManyRows_RoundsOnce()
    {
        const int Rows = 60_000;
        using var backend = new CpuBackend(2);
        DeviceCodes codes = backend.AllocateCodes(Rows, 2, 2);
        backend.Write(codes.Indices, [.. Enumerable.Range(0, 2 * Rows).Select(i => i % 2)]);
        backend.Write(codes.Values, 0, [.. Enumerable.Repeat(1.1f, 2 * Rows)]);
        backend.Write(codes.Counts, [.. Enumerable.Repeat(2, Rows)]);
        using DeviceMatrix gram = backend.Allocate(2, 2);
        backend.AddCodesGram(codes, gram);
        var sums = new float[4];
        backend.Read(gram, 0, sums);
        Assert.That(sums, Is.All.EqualTo((float)(Rows * (double)1.1f * 1.1f)), "a running sum in float32 is off by a hundred units in the last place");
    }
}
