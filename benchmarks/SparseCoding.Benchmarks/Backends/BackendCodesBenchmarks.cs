using BenchmarkDotNet.Attributes;
using SparseCoding.Backends;

namespace SparseCoding.Benchmarks;

/// <summary>The sparse operations of a TopK step on a batch of 1024: selection, decoding, products at the support, gradients. Baseline: the dense pre-activations alone, which <see cref="EncodeAndSelect"/> contains.</summary>
[Quick("64 x 256, 8")]
public class BackendCodesBenchmarks : BackendBenchmark
{
    private const int Batch = 1024;
    private DeviceMatrix? _x, _atoms, _bias, _pre, _residual, _values, _gradient, _fired, _dense, _gram;
    private DeviceCodes? _codes, _other;
    private SelectionRule _rule;

    /// <summary>Dimension, atoms, active.</summary>
    [Params("64 x 256, 8", "256 x 1024, 32", "768 x 16384, 32")]
    public string Shape { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        int[] size = [.. Shape.Replace(",", " x", StringComparison.Ordinal).Split(" x ").Select(part => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture))];
        (int dimension, int atoms, int active) = (size[0], size[1], size[2]);
        _rule = new SelectionRule(SelectionKind.TopK, active);
        _x = Random(Batch, dimension, 1);
        _atoms = Random(atoms, dimension, 2);
        _bias = Random(1, atoms, 4);
        _pre = Zeros(Batch, atoms);
        _residual = Zeros(Batch, dimension);
        _values = Zeros(Batch, active);
        _gradient = Zeros(atoms, dimension);
        _fired = Zeros(1, atoms);
        _dense = Zeros(Batch, atoms);
        _gram = Zeros(atoms, atoms);
        _codes = Own(Backend.AllocateCodes(Batch, atoms, active));
        _other = Own(Backend.AllocateCodes(Batch, atoms, active));
        Backend.Product(_x, false, _atoms, true, _pre, ProductEpilogue.None);
        Backend.Select(_pre, _rule, _codes);
    }

    [Benchmark(Baseline = true)]
    public float DensePreActivations()
    {
        Backend.Product(_x!, false, _atoms!, true, _dense!, new ProductEpilogue { Bias = _bias });
        return Finish(_dense!);
    }

    [Benchmark]
    public float EncodeAndSelect()
    {
        Backend.EncodeAndSelect(_x!, _atoms!, _bias, _rule, _other!);
        return Finish(_other!.Values);
    }

    [Benchmark]
    public float Select()
    {
        Backend.Select(_pre!, _rule, _other!);
        return Finish(_other!.Values);
    }

    [Benchmark]
    public float DecodeResidual()
    {
        Backend.DecodeResidual(_codes!, _atoms!, null, _x, _residual!);
        return Finish(_residual!);
    }

    [Benchmark]
    public float SampledProduct()
    {
        Backend.SampledProduct(_codes!, _atoms!, _x!, _values!, 1);
        return Finish(_values!);
    }

    [Benchmark]
    public float PenaltyGradient()
    {
        Backend.PenaltyGradient(_codes!, _values!, 0.1f);
        return Finish(_values!);
    }

    [Benchmark]
    public float WeightGradient()
    {
        Backend.WeightGradient(_codes!, _x!, _gradient!, 1);
        return Finish(_gradient!);
    }

    [Benchmark]
    public float AddCodesGram()
    {
        Backend.AddCodesGram(_codes!, _gram!);
        return Finish(_gram!);
    }

    [Benchmark]
    public float SumCodes()
    {
        Backend.SumCodes(_codes!, _fired!, 1);
        return Finish(_fired!);
    }

    [Benchmark]
    public float CountActive()
    {
        Backend.CountActive(_codes!, _fired!);
        return Finish(_fired!);
    }

    [Benchmark]
    public float Densify()
    {
        Backend.Densify(_codes!, _dense!);
        return Finish(_dense!);
    }

    [Benchmark]
    public float GatherAtSupport()
    {
        Backend.GatherAtSupport(_pre!, _codes!, _values!, 1);
        return Finish(_values!);
    }
}
