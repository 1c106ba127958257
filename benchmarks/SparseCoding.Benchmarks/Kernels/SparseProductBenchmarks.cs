using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>
/// A batch of 1024 codes with 32 of 16384 atoms, d = 768: 25.2 M multiply-adds a product, 96 MiB of atom rows out of a 48 MiB dictionary
/// (DRAM and L3), or of a 3 MiB residual (L2 and L3).
/// </summary>
[MemoryDiagnoser]
[Quick]
public class SparseProductBenchmarks
{
    private readonly SupportTranspose _transpose = new();
    private float[] _dictionary = [], _residual = [], _values = [], _sorted = [], _target = [], _products = [], _gradient = [];
    private int[] _indices = [], _counts = [];

    [GlobalSetup]
    public void Setup()
    {
        _dictionary = KernelData.Normal(KernelData.Atoms * KernelData.Dimension, 1);
        _residual = KernelData.Normal(KernelData.Batch * KernelData.Dimension, 2);
        _values = KernelData.Normal(KernelData.Batch * KernelData.Active, 3);
        _indices = KernelData.Supports(4);
        _counts = new int[KernelData.Batch];
        Array.Fill(_counts, KernelData.Active);
        _target = new float[KernelData.Batch * KernelData.Dimension];
        _products = new float[KernelData.Batch * KernelData.Active];
        _gradient = new float[KernelData.Atoms * KernelData.Dimension];
        _sorted = new float[_values.Length];
        _transpose.Build(_indices, _counts, KernelData.Active, KernelData.Atoms);
        _transpose.Gather(_values, _sorted);
    }

    [Benchmark(Baseline = true)]
    public void DecodeScalar()
    {
        for (int row = 0; row < KernelData.Batch; row++)
        {
            DecodeRow.AccumulateScalar(Support(row), Values(row), _dictionary, KernelData.Dimension, Row(_target, row));
        }
    }

    [Benchmark]
    public void Decode()
    {
        for (int row = 0; row < KernelData.Batch; row++)
        {
            DecodeRow.Accumulate(Support(row), Values(row), _dictionary, KernelData.Dimension, Row(_target, row));
        }
    }

    [Benchmark]
    public void SampledScalar()
    {
        for (int row = 0; row < KernelData.Batch; row++)
        {
            SampledRow.ProductsScalar(
                Support(row), _dictionary, KernelData.Dimension, Row(_residual, row), _products.AsSpan(row * KernelData.Active, KernelData.Active));
        }
    }

    [Benchmark]
    public void Sampled()
    {
        for (int row = 0; row < KernelData.Batch; row++)
        {
            SampledRow.Products(
                Support(row), _dictionary, KernelData.Dimension, Row(_residual, row), _products.AsSpan(row * KernelData.Active, KernelData.Active));
        }
    }

    [Benchmark]
    public void Transpose()
    {
        _transpose.Build(_indices, _counts, KernelData.Active, KernelData.Atoms);
        _transpose.Gather(_values, _sorted);
    }

    [Benchmark]
    public void GradientScalar() =>
        WeightGradient.AccumulateScalar(_indices, _values, _counts, KernelData.Active, _residual, KernelData.Dimension, _gradient);

    [Benchmark]
    public void Gradient() =>
        WeightGradient.Accumulate(_transpose, _sorted, _residual, KernelData.Dimension, _gradient, 0, KernelData.Atoms);

    private static Span<float> Row(float[] matrix, int row) => matrix.AsSpan(row * KernelData.Dimension, KernelData.Dimension);

    private ReadOnlySpan<int> Support(int row) => _indices.AsSpan(row * KernelData.Active, KernelData.Active);

    private ReadOnlySpan<float> Values(int row) => _values.AsSpan(row * KernelData.Active, KernelData.Active);
}
