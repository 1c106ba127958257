using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>One step on weights [2048, 768]: 1.57 M elements, 28 bytes each, 44 MB in seven streams.</summary>
[MemoryDiagnoser]
[Quick]
public class AdamBenchmarks
{
    private const int Rows = 2048;
    private readonly float[] _first = new float[Rows * KernelData.Dimension];
    private readonly float[] _second = new float[Rows * KernelData.Dimension];
    private float[] _weights = [], _gradient = [];

    [GlobalSetup]
    public void Setup()
    {
        _weights = KernelData.Normal(Rows * KernelData.Dimension, 1);
        _gradient = KernelData.Normal(Rows * KernelData.Dimension, 2);
    }

    [Benchmark(Baseline = true)]
    public bool Scalar()
    {
        AdamStep step = AdamStep.At(100, 1e-4);
        bool nonFinite = false;
        for (int at = 0; at < _weights.Length; at += KernelData.Dimension)
        {
            nonFinite |= Adam.StepRowScalar(
                _weights.AsSpan(at, KernelData.Dimension),
                _gradient.AsSpan(at, KernelData.Dimension),
                _first.AsSpan(at, KernelData.Dimension),
                _second.AsSpan(at, KernelData.Dimension),
                step);
        }

        return nonFinite;
    }

    [Benchmark]
    public bool Plain() => Adam.Step(_weights, _gradient, _first, _second, Rows, KernelData.Dimension, AdamStep.At(100, 1e-4));

    [Benchmark]
    public bool ProjectedAndNormalized() => Adam.Step(
        _weights, _gradient, _first, _second, Rows, KernelData.Dimension, AdamStep.At(100, 1e-4) with { Project = true, Normalize = true });
}
