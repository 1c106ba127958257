using BenchmarkDotNet.Attributes;
using SparseCoding.Benchmarks.Encoders;
using SparseCoding.Metrics;

namespace SparseCoding.Benchmarks.Measuring;

/// <summary>What an evaluation costs: latent and dictionary MCC with their exact assignments, and the cheap measures. True codes against the codes of other signals: no easy matching.</summary>
[MemoryDiagnoser]
[Quick(EncoderWorld.Small)]
public class MccBenchmarks
{
    private const int Samples = 4096;
    private EncoderWorld? _world;
    private SparseCodes? _truth, _found;
    private AtomDictionary? _other;
    private float[] _reconstruction = [];

    /// <summary>Dimension, atoms, active atoms.</summary>
    [Params(EncoderWorld.Paper, EncoderWorld.Small, EncoderWorld.Middle)]
    public string Size { get; set; } = EncoderWorld.Small;

    [GlobalSetup]
    public void Setup()
    {
        _world = EncoderWorld.Create(Size, 2 * Samples);
        _truth = _world.Data.Codes.Slice(0, Samples);
        _found = _world.Data.Codes.Slice(Samples, Samples);
        _other = new AtomDictionary(Kernels.KernelData.Normal(_world.AtomCount * _world.Dimension, 5), _world.Dimension);
        _reconstruction = Kernels.KernelData.Normal(2 * Samples * _world.Dimension, 6);
    }

    [Benchmark(Baseline = true)]
    public double LatentMcc() => Mcc.Between(_truth!, _found!).Value;

    /// <summary>Pearson's r of column j with column j by a pass over the entries: the part of an MCC that cannot be left out.</summary>
    [Benchmark]
    public double LatentAlignedOnly() => Mcc.Aligned(_truth!, _found!);

    [Benchmark]
    public double DictionaryMcc() => Mcc.Between(_world!.Data.Dictionary, _other!).Value;

    [Benchmark]
    public DictionaryRecovery Recovery() => DictionaryRecovery.Between(_world!.Data.Dictionary, _other!);

    [Benchmark]
    public SupportMetrics Support() => SupportMetrics.Measure(_truth!, _found!);

    [Benchmark]
    public SparsityMetrics Sparsity() => SparsityMetrics.Measure(_found!);

    [Benchmark]
    public ReconstructionMetrics Reconstruction() => ReconstructionMetrics.Measure(_world!.Data.Signals, SignalView.FromRows(_reconstruction, _world.Dimension));

    [Benchmark]
    public CoherenceMetrics Coherence() => CoherenceMetrics.Measure(_world!.Data.Dictionary);
}
