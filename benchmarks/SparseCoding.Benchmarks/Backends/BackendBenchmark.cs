using BenchmarkDotNet.Attributes;
using SparseCoding.Backends;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Operations of a backend on every device. Each ends with the read of one row, so that a device whose work runs ahead is measured to the end of it;
/// that read is part of the figure (about nothing on the processor).
/// </summary>
public abstract class BackendBenchmark : DeviceBenchmark
{
    private readonly List<IDisposable> _owned = [];
    private Backend? _backend;

    /// <summary>Releases the device's memory.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _owned.ForEach(one => one.Dispose());
        _owned.Clear();
        _backend?.Dispose();
        _backend = null;
    }

    private protected Backend Backend => _backend ??= CreateBackend();

    /// <summary>A matrix of normal numbers.</summary>
    private protected DeviceMatrix Random(int rows, int columns, int seed)
    {
        DeviceMatrix matrix = Zeros(rows, columns);
        Backend.Write(matrix, 0, Kernels.KernelData.Normal(rows * columns, seed));
        return matrix;
    }

    private protected DeviceMatrix Zeros(long rows, int columns) => Own(Backend.Allocate(rows, columns));

    private protected T Own<T>(T one)
        where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }

    /// <summary>Waits for the work that leads to this matrix.</summary>
    private protected float Finish(DeviceMatrix result)
    {
        Span<float> row = new float[result.Columns];
        Backend.Read(result, 0, row);
        return row[0];
    }
}
