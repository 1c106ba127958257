using BenchmarkDotNet.Attributes;
using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Benchmarks;

/// <summary>
/// One training step (forward, backward, Adam) of an SAE at the paper's size, where overhead is all, and at the size of a language model's
/// residual stream. The last line of a step reads a scalar, so that a device whose work runs ahead is measured to its end.
/// </summary>
[Quick("8x16 of 1024, ReLU", "128x1024 of 1024, ReLU")]
public class TrainingStepBenchmarks : DeviceBenchmark
{
    private Backend? _backend;
    private SaeNetwork? _network;
    private DeviceMatrix? _scalar;
    private float[] _signals = [];
    private long _number;

    /// <summary>Dimension, atoms, batch and active atoms of a TopK (0: ReLU with l1).</summary>
    [Params("8x16 of 1024, ReLU", "8x16 of 1024, TopK 3", "128x1024 of 1024, ReLU", "768x6144 of 1024, TopK 32")]
    public string Shape { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        (int dimension, int atoms, int k) = Shape switch
        {
            "8x16 of 1024, ReLU" => (8, 16, 0),
            "8x16 of 1024, TopK 3" => (8, 16, 3),
            "128x1024 of 1024, ReLU" => (128, 1024, 0),
            _ => (768, 6144, 32),
        };
        _backend = CreateBackend();
        Selection selection = k == 0 ? Selection.Relu : Selection.TopK(k);
        _network = new SaeNetwork(
            _backend,
            new NetworkSpec { Dimension = dimension, AtomCount = atoms, Hidden = [], Selection = selection, EncoderBias = true, DecoderBias = true },
            new SaeOptions { AtomCount = atoms, Selection = selection },
            new TrainingOptions());
        _scalar = _backend.Allocate(1, 1);
        _signals = Kernels.KernelData.Normal(1024 * dimension, 1);
        _network.Load(_signals);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _network!.Dispose();
        _scalar!.Dispose();
        _backend!.Dispose();
    }

    /// <summary>The step alone, the batch being on the device.</summary>
    [Benchmark(Baseline = true)]
    public double Step()
    {
        _network!.Backward();
        _network.Optimize(++_number);
        _backend!.Reduce(ReduceOperation.SumAbsolute, ReduceAxis.All, _scalar!, _network.Offset!.Value);
        return _backend.ReadLagged(_scalar!);
    }

    /// <summary>With a new batch from the host.</summary>
    [Benchmark]
    public double LoadAndStep()
    {
        _network!.Load(_signals);
        return Step();
    }
}
