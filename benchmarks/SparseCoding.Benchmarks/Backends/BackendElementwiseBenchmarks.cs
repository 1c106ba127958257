using BenchmarkDotNet.Attributes;
using SparseCoding.Backends;

namespace SparseCoding.Benchmarks;

/// <summary>Elementwise operations, reductions, transfers and updates on [rows, 768] (dictionary updates on [rows, 768] with codes' statistics). Baseline: a copy.</summary>
[Quick("1024")]
public class BackendElementwiseBenchmarks : BackendBenchmark
{
    private const int Columns = 768;
    private DeviceMatrix? _a, _b, _target, _perRow, _perColumn, _scalar, _first, _second, _gradient, _weights, _gram, _solved;
    private DeviceIndices? _places;
    private float[] _host = [];

    /// <summary>Rows: a batch that fits L3, and the atoms of a large dictionary (48 MiB a matrix).</summary>
    [Params(1024, 16384)]
    public int Rows { get; set; } = 1024;

    [GlobalSetup]
    public void Setup()
    {
        _a = Random(Rows, Columns, 1);
        _b = Random(Rows, Columns, 2);
        _target = Zeros(Rows, Columns);
        _perRow = Zeros(Rows, 1);
        _perColumn = Zeros(1, Columns);
        _scalar = Zeros(1, 1);
        _first = Zeros(Rows, Columns);
        _second = Zeros(Rows, Columns);
        _gradient = Random(Rows, Columns, 3);
        _weights = Random(Rows, Columns, 4);
        _host = new float[Rows * Columns];
        _places = Own(Backend.AllocateIndices(Rows));
        Backend.Write(_places, [.. Enumerable.Range(0, Rows).Select(i => (int)(i * 7919L % Rows))]);

        // A positive definite matrix for solving and a dense statistic for the atoms: 768 atoms.
        _gram = Zeros(Columns, Columns);
        Backend.SymmetricProduct(Random(Columns, Columns, 5), _gram);
        _solved = Random(Columns, Columns, 6);
    }

    [Benchmark(Baseline = true)]
    public float Copy() => Map(MapOperation.Scale, null);

    [Benchmark]
    public float Add() => Map(MapOperation.Add, _b);

    [Benchmark]
    public float Relu() => Map(MapOperation.Relu, null);

    [Benchmark]
    public float Exp() => Map(MapOperation.Exp, null);

    [Benchmark]
    public float SumSquaresOfAll() => Reduce(ReduceAxis.All, _scalar!);

    [Benchmark]
    public float SumSquaresOfRows() => Reduce(ReduceAxis.EachRow, _perRow!);

    [Benchmark]
    public float SumSquaresOfColumns() => Reduce(ReduceAxis.EachColumn, _perColumn!);

    [Benchmark]
    public float NormalizeRows()
    {
        Backend.NormalizeRows(_weights!);
        return Finish(_weights!);
    }

    [Benchmark]
    public float Gather()
    {
        Backend.Gather(_a!, _places!, _target!);
        return Finish(_target!);
    }

    [Benchmark]
    public float AdamStep()
    {
        Backend.Optimize(
            _weights!,
            _gradient!,
            _first!,
            _second!,
            new OptimizerStep { LearningRate = 1e-4f, Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f, Number = 100, ProjectGradient = true, NormalizeRows = true });
        return Finish(_weights!);
    }

    [Benchmark]
    public void WriteFromHost() => Backend.Write(_target!, 0, _host);

    [Benchmark]
    public void ReadToHost() => Backend.Read(_a!, 0, _host);

    [Benchmark]
    public float FactorAndSolve768()
    {
        Backend.Map(MapOperation.Scale, _solved!, Backend.View(_a!, 0, Columns));
        _ = Backend.FactorAndSolve(_gram!, 1, _solved!);
        return Finish(_solved!);
    }

    [Benchmark]
    public float UpdateAtoms768()
    {
        DeviceMatrix atoms = Backend.View(_weights!, 0, Columns);
        Backend.UpdateAtoms(atoms, _gram!, Backend.View(_b!, 0, Columns), 1e-6f, unitBall: false);
        return Finish(atoms);
    }

    private float Map(MapOperation operation, DeviceMatrix? other)
    {
        Backend.Map(operation, _target!, _a!, other);
        return Finish(_target!);
    }

    private float Reduce(ReduceAxis axis, DeviceMatrix target)
    {
        Backend.Reduce(ReduceOperation.SumSquares, axis, target, _a!);
        return Finish(target);
    }
}
