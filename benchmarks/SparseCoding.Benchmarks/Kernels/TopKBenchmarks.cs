using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>k = 32 of rows of 16384, 16 rows that differ. Floor: 64 KiB a row read once from L2 (0.6 us at 117 GB/s).</summary>
[MemoryDiagnoser]
[Quick]
public class TopKBenchmarks
{
    private const int Rows = 16;
    private readonly int[] _indices = new int[KernelData.Active];
    private readonly float[] _values = new float[KernelData.Active];
    private readonly TopKAccumulator _accumulator = new(1, KernelData.Active, byMagnitude: false, positiveOnly: true);
    private float[] _data = [];

    [GlobalSetup]
    public void Setup() => _data = KernelData.Normal(Rows * KernelData.Atoms, 1);

    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public int Scalar()
    {
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            count += TopK.SelectScalar(_data.AsSpan(row * KernelData.Atoms, KernelData.Atoms), KernelData.Active, false, true, _indices, _values);
        }

        return count;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Select()
    {
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            count += TopK.Select(_data.AsSpan(row * KernelData.Atoms, KernelData.Atoms), KernelData.Active, false, true, _indices, _values);
        }

        return count;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int SelectByMagnitude()
    {
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            count += TopK.Select(_data.AsSpan(row * KernelData.Atoms, KernelData.Atoms), KernelData.Active, true, false, _indices, _values);
        }

        return count;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int AccumulateTilesOf512()
    {
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            _accumulator.Reset();
            for (int column = 0; column < KernelData.Atoms; column += 512)
            {
                _accumulator.Offer(0, column, _data.AsSpan((row * KernelData.Atoms) + column, 512));
            }

            count += _accumulator.Finish(0, _indices, _values);
        }

        return count;
    }
}
