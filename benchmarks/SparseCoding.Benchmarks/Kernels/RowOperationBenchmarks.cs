using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>What <see cref="ElementwiseBenchmarks"/> leaves out, on a block [1024, 768]: sums, norms, scaling, units, half precision. Baseline: a scalar sum of squares in float64.</summary>
[MemoryDiagnoser]
public class RowOperationBenchmarks
{
    private const int Length = KernelData.Batch * KernelData.Dimension;
    private readonly float[] _output = new float[Length];
    private readonly float[] _norms = new float[KernelData.Batch];
    private readonly byte[] _bytes = new byte[2 * Length];
    private float[] _x = [], _y = [], _vector = [], _ones = [];

    [GlobalSetup]
    public void Setup()
    {
        _x = KernelData.Normal(Length, 1);
        _y = KernelData.Normal(Length, 2);
        _vector = KernelData.Normal(KernelData.Dimension, 3);
        _ones = new float[KernelData.Batch];
        _ones.AsSpan().Fill(1);
        _x.CopyTo(_output, 0);
    }

    [Benchmark(Baseline = true)]
    public double SumSquaresScalar()
    {
        double sum = 0;
        foreach (float value in _x)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    [Benchmark]
    public double SumSquares() => Reduction.SumSquares(_x);

    [Benchmark]
    public double Sum() => Reduction.Sum(_x);

    [Benchmark]
    public double SumAbs() => Reduction.SumAbs(_x);

    [Benchmark]
    public double Dot() => Reduction.Dot(_x, _y);

    [Benchmark]
    public long CountNonZero() => Reduction.CountNonZero(_x);

    [Benchmark]
    public void RowNorms() => RowOperations.RowNorms(_x, KernelData.Batch, KernelData.Dimension, _norms);

    [Benchmark]
    public void NormalizeRows() => RowOperations.NormalizeRows(_output, KernelData.Batch, KernelData.Dimension);

    [Benchmark]
    public void ScaleRows() => RowOperations.ScaleRows(_output, KernelData.Batch, KernelData.Dimension, _ones);

    [Benchmark]
    public void AddRowVector() => RowOperations.AddRowVector(_y, KernelData.Batch, KernelData.Dimension, _vector);

    [Benchmark]
    public void Standardize() => RowOperations.Standardize(_x, KernelData.Batch, KernelData.Dimension, _vector, 2, _output);

    [Benchmark]
    public void Restore() => RowOperations.Restore(_x, KernelData.Batch, KernelData.Dimension, _vector, 2, _output);

    [Benchmark]
    public void SoftThresholdNonNegative() => Activation.SoftThresholdNonNegative(_x, 0.5f, _output);

    [Benchmark]
    public void ToHalf() => FloatConvert.ToHalf(_x, _bytes);

    [Benchmark]
    public void ToBFloat16() => FloatConvert.ToBFloat16(_x, _bytes);
}
