using BenchmarkDotNet.Attributes;

namespace SparseCoding.Benchmarks.Encoders;

/// <summary>
/// One training step (one iteration for dictionary learning) of each encoder that learns, 1024 signals. The trainers are those a user pushes batches into:
/// checks of the batch and its way to the device are part of a step. A row of the dictionary learners is a whole Fit of one iteration, its start included.
/// </summary>
[Quick(EncoderWorld.Paper, EncoderWorld.Small)]
public class FitStepBenchmarks : DeviceBenchmark
{
    private const int Signals = 1024;
    private EncoderWorld? _world;
    private SaeTrainer? _relu, _topK;
    private MlpTrainer? _mlp;
    private SparseCodingTrainer? _coding;

    /// <summary>Dimension, atoms, active atoms.</summary>
    [Params(EncoderWorld.Paper, EncoderWorld.Small, EncoderWorld.Middle)]
    public string Size { get; set; } = EncoderWorld.Small;

    [GlobalSetup]
    public void Setup()
    {
        _world = EncoderWorld.Create(Size, Signals);
        var training = new TrainingOptions { Lambda = 0.01f, Steps = 1_000_000_000 };
        var unpenalised = new TrainingOptions { Steps = 1_000_000_000 };
        int atoms = _world.AtomCount;
        _relu = new SaeEncoder(new SaeOptions { AtomCount = atoms }, training).CreateTrainer(_world.Data.Signals, Context);
        _topK = new SaeEncoder(new SaeOptions { AtomCount = atoms, Selection = Selection.TopK(_world.Active) }, unpenalised).CreateTrainer(_world.Data.Signals, Context);
        _mlp = new MlpEncoder(new MlpOptions { AtomCount = atoms, Hidden = [256] }, training).CreateTrainer(_world.Data.Signals, Context);
        _coding = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = atoms }, unpenalised with { BatchSize = 0 }).CreateTrainer(_world.Data.Signals, Context);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _relu!.Dispose();
        _topK!.Dispose();
        _mlp!.Dispose();
        _coding!.Dispose();
    }

    [Benchmark(Baseline = true)]
    public double SaeRelu()
    {
        _relu!.Step(_world!.Data.Signals);
        return _relu.MeasureLoss();
    }

    [Benchmark]
    public double SaeTopK()
    {
        _topK!.Step(_world!.Data.Signals);
        return _topK.MeasureLoss();
    }

    [Benchmark]
    public double Mlp()
    {
        _mlp!.Step(_world!.Data.Signals);
        return _mlp.MeasureLoss();
    }

    [Benchmark]
    public double SparseCodingJoint()
    {
        _coding!.Step(_world!.Data.Signals);
        return _coding.MeasureLoss();
    }

    [Benchmark]
    public OmpEncoder OmpDictionaryOneIteration() =>
        new OmpEncoder(new OmpOptions { AtomCount = _world!.AtomCount, MaxActive = _world.Active }, new DictionaryLearningOptions { Iterations = 1, Restarts = 1 }).Fit(_world.Data.Signals, Context);

    [Benchmark]
    public LarsEncoder LarsDictionaryOneIteration() =>
        new LarsEncoder(new LarsOptions { AtomCount = _world!.AtomCount, Lambda = _world.Lambda }, new DictionaryLearningOptions { Iterations = 1, Restarts = 1 }).Fit(_world.Data.Signals, Context);
}
