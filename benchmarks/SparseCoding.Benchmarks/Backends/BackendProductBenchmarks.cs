using BenchmarkDotNet.Attributes;
using SparseCoding.Backends;

namespace SparseCoding.Benchmarks;

/// <summary>The dense products of training and inference: X·Dᵀ with bias and ReLU in the epilogue, Z·D, ZᵀX, D·Dᵀ.</summary>
[Quick("1024 x 256 x 1024")]
public class BackendProductBenchmarks : BackendBenchmark
{
    private DeviceMatrix? _x, _atoms, _codes, _bias, _signals, _gradient, _gram;

    /// <summary>Batch, dimension, atoms.</summary>
    [Params("1024 x 8 x 16", "1024 x 64 x 256", "1024 x 256 x 1024", "1024 x 768 x 16384")]
    public string Shape { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        int[] size = [.. Shape.Split(" x ").Select(part => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture))];
        (int batch, int dimension, int atoms) = (size[0], size[1], size[2]);
        _x = Random(batch, dimension, 1);
        _atoms = Random(atoms, dimension, 2);
        _codes = Random(batch, atoms, 3);
        _bias = Random(1, atoms, 4);
        _signals = Zeros(batch, dimension);
        _gradient = Zeros(atoms, dimension);
        _gram = Zeros(atoms, atoms);
    }

    [Benchmark(Baseline = true)]
    public float Encode()
    {
        Backend.Product(_x!, false, _atoms!, true, _codes!, ProductEpilogue.None);
        return Finish(_codes!);
    }

    [Benchmark]
    public float EncodeWithBiasAndRelu()
    {
        Backend.Product(_x!, false, _atoms!, true, _codes!, new ProductEpilogue { Bias = _bias, Relu = true });
        return Finish(_codes!);
    }

    [Benchmark]
    public float DecodeDense()
    {
        Backend.Product(_codes!, false, _atoms!, false, _signals!, ProductEpilogue.None);
        return Finish(_signals!);
    }

    [Benchmark]
    public float GradientDense()
    {
        Backend.Product(_codes!, true, _x!, false, _gradient!, ProductEpilogue.None);
        return Finish(_gradient!);
    }

    [Benchmark]
    public float Gram()
    {
        Backend.SymmetricProduct(_atoms!, _gram!);
        return Finish(_gram!);
    }
}
