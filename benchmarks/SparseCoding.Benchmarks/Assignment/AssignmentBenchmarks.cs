using BenchmarkDotNet.Attributes;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>Exact and greedy assignment on the instances of <see cref="AssignmentInstances"/>.</summary>
[MemoryDiagnoser]
[Quick("256", "uniform")]
public class AssignmentBenchmarks
{
    private float[] _cost = [];
    private float[] _weights = [];
    private double[] _wide = [];

    /// <summary>Rows and columns.</summary>
    [Params(256, 2048)]
    public int N { get; set; }

    /// <summary>Kind of instance.</summary>
    [Params("uniform", "easy", "hard")]
    public string Kind { get; set; } = "uniform";

    /// <summary>Makes the instance.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _cost = AssignmentInstances.Create(Kind, N, 1);
        _weights = Array.ConvertAll(_cost, c => -c);
        _wide = Array.ConvertAll(_cost, c => (double)c);
    }

    /// <summary>Exact, float32 costs.</summary>
    [Benchmark(Baseline = true)]
    public double ExactSingle() => LinearAssignment.Minimize(_cost, N, N).Total;

    /// <summary>Exact, float64 costs.</summary>
    [Benchmark]
    public double ExactDouble() => LinearAssignment.Minimize(_wide, N, N).Total;

    /// <summary>Greedy, float32 weights.</summary>
    [Benchmark]
    public double Greedy() => GreedyAssignment.Maximize(_weights, N, N).Total;
}
