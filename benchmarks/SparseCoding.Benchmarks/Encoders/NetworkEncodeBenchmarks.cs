using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Benchmarks.Encoders;

/// <summary>
/// Encode of the amortised encoders and Decode of their codes, a batch of 1024, all threads. The weights are the dictionary's atoms (the tied start of
/// training), so that codes are sparse as in use. All per signal. Baseline: the SAE with ReLU; the plain triple loop of the product that every encoder must
/// do, X·Wᵀ, runs on 16 of the rows.
/// </summary>
[Quick(EncoderWorld.Small)]
public class NetworkEncodeBenchmarks : DeviceBenchmark
{
    private const int Signals = 1024;
    private const int Hidden = 256;
    private readonly Dictionary<string, IEncoder> _encoders = new(StringComparer.Ordinal);
    private float[] _product = [];
    private EncoderWorld? _world;
    private EncodeRequest? _request;
    private SparseCodes? _codes;

    /// <summary>Dimension, atoms, active atoms.</summary>
    [Params(EncoderWorld.Paper, EncoderWorld.Small, EncoderWorld.Middle, EncoderWorld.Large)]
    public string Size { get; set; } = EncoderWorld.Small;

    [GlobalSetup]
    public void Setup()
    {
        _world = EncoderWorld.Create(Size, Signals);
        _request = new EncodeRequest { Context = Context };
        _product = new float[16 * _world.AtomCount];
        int dimension = _world.Dimension, atoms = _world.AtomCount;
        var weights = new float[atoms * dimension];
        _world.Data.Dictionary.CopyAtoms(0, weights);
        var bias = new float[atoms];
        bias.AsSpan().Fill(-0.5f);
        var direct = new LinearLayer(dimension, atoms, weights, bias);
        float[] first = Kernels.KernelData.Normal(Hidden * dimension, 1), second = Kernels.KernelData.Normal(Hidden * atoms, 2);
        TensorPrimitives.Divide(first, MathF.Sqrt(dimension), first);
        TensorPrimitives.Divide(second, MathF.Sqrt(Hidden), second);
        _encoders["relu"] = Sae(Selection.Relu);
        _encoders["topk"] = Sae(Selection.TopK(_world.Active));
        _encoders["mlp"] = new MlpEncoder(
            new MlpOptions { AtomCount = atoms, Hidden = [Hidden], Selection = Selection.TopK(_world.Active) },
            null,
            State(Selection.TopK(_world.Active), new LinearLayer(dimension, Hidden, first, new float[Hidden]), new LinearLayer(Hidden, atoms, second, bias)),
            null);
        _codes = _encoders["topk"].Encode(_world.Data.Signals);

        SaeEncoder Sae(Selection selection) =>
            new(new SaeOptions { AtomCount = atoms, Selection = selection }, null, SaeState(selection), null);
        SaeState SaeState(Selection selection) =>
            new() { Encoder = direct, Selection = selection, Decoder = _world.Data.Dictionary, InputOffset = new float[dimension] };
        NetworkState State(Selection selection, params LinearLayer[] layers) =>
            new() { Layers = layers, Selection = selection, Dictionary = _world.Data.Dictionary, InputOffset = new float[dimension] };
    }

    /// <summary>Sixteen rows of X·Wᵀ by the plain triple loop, given per signal like the others.</summary>
    [Benchmark(OperationsPerInvoke = 16)]
    public void ScalarProductOf16Signals()
    {
        ReadOnlySpan<float> atoms = _world!.Data.Dictionary.AtomValues;
        ReadOnlySpan<float> signals = _signals ??= Rows();
        int dimension = _world.Dimension;
        for (int row = 0; row < 16; row++)
        {
            for (int atom = 0; atom < _world.AtomCount; atom++)
            {
                float sum = 0;
                for (int j = 0; j < dimension; j++)
                {
                    sum += signals[(row * dimension) + j] * atoms[(atom * dimension) + j];
                }

                _product[(row * _world.AtomCount) + atom] = sum;
            }
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Signals)]
    public SparseCodes SaeRelu() => Encode("relu");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes SaeTopK() => Encode("topk");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes MlpTopK() => Encode("mlp");

    /// <summary>The decoder on the TopK codes; it runs on the processor whatever the device.</summary>
    [Benchmark(OperationsPerInvoke = Signals)]
    public Tensor<float> Decode() => _world!.Data.Dictionary.Decode(_codes!);

    private float[]? _signals;

    private float[] Rows()
    {
        var rows = new float[16 * _world!.Dimension];
        SignalView view = _world.Data.Signals;
        view.CopyRows(0, 16, rows);
        return rows;
    }

    private SparseCodes Encode(string encoder) => _encoders[encoder].Encode(_world!.Data.Signals, _request);
}
