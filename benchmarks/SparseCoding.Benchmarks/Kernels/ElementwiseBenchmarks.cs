using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>Elementwise operations and reductions on a block [1024, 768], 3 MiB: L3. TensorPrimitives beside where it has the operation.</summary>
[MemoryDiagnoser]
[Quick]
public class ElementwiseBenchmarks
{
    private readonly double[] _sums = new double[KernelData.Dimension];
    private readonly float[] _output = new float[KernelData.Batch * KernelData.Dimension];
    private readonly byte[] _bytes = new byte[8 * KernelData.Batch * KernelData.Dimension];
    private float[] _x = [], _y = [];

    [GlobalSetup]
    public void Setup()
    {
        _x = KernelData.Normal(KernelData.Batch * KernelData.Dimension, 1);
        _y = KernelData.Normal(KernelData.Batch * KernelData.Dimension, 2);
    }

    [Benchmark(Baseline = true)]
    public double SumSquaredDifferencesScalar()
    {
        double sum = 0;
        for (int i = 0; i < _x.Length; i++)
        {
            double difference = (double)_x[i] - _y[i];
            sum += difference * difference;
        }

        return sum;
    }

    [Benchmark]
    public double SumSquaredDifferences() => Reduction.SumSquaredDifferences(_x, _y);

    [Benchmark]
    public float DistanceInSingleTensorPrimitives() => TensorPrimitives.Distance<float>(_x, _y);

    [Benchmark]
    public void ColumnSumsScalar() => RowOperations.ColumnSumsScalar(_x, KernelData.Batch, KernelData.Dimension, _sums);

    [Benchmark]
    public void ColumnSums() => RowOperations.ColumnSums(_x, KernelData.Batch, KernelData.Dimension, _sums);

    [Benchmark]
    public void Relu() => Activation.Relu(_x, _output);

    [Benchmark]
    public void ReluTensorPrimitives() => TensorPrimitives.Max<float>(_x, 0f, _output);

    [Benchmark]
    public void ReluMask() => Activation.ReluMask(_x, _y, _output);

    [Benchmark]
    public void SoftThreshold() => Activation.SoftThreshold(_x, 0.5f, _output);

    [Benchmark]
    public int NonFiniteCount() => NonFinite.Count(_x, out _);

    [Benchmark]
    public void FromHalf() => FloatConvert.FromHalf(_bytes.AsSpan(0, 2 * _output.Length), _output);

    [Benchmark]
    public void FromBFloat16() => FloatConvert.FromBFloat16(_bytes.AsSpan(0, 2 * _output.Length), _output);

    [Benchmark]
    public void FromDouble() => FloatConvert.FromDouble(_bytes, _output);

    [Benchmark]
    public void FromDoubleTensorPrimitives() =>
        TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(_bytes), _output);
}
