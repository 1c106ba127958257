using BenchmarkDotNet.Attributes;

namespace SparseCoding.Benchmarks.Encoders;

/// <summary>
/// Encode of the iterative encoders on a known dictionary, per signal, all threads: correlations (a matrix product), the solver, the CSR result.
/// The Gram matrix belongs to the dictionary and is made in the setup. OMP is the baseline: it is the solver with the least work that gives least-squares
/// values. The gradient methods do a fixed number of steps, because what matters for speed is the cost of a step.
/// </summary>
[Quick(EncoderWorld.Small)]
public class IterativeEncodeBenchmarks : DeviceBenchmark
{
    private const int Signals = 256;
    private const int GradientSteps = 20;

    private readonly Dictionary<string, IEncoder> _encoders = new(StringComparer.Ordinal);
    private EncoderWorld? _world;
    private EncodeRequest? _request;

    /// <summary>Dimension, atoms, active atoms.</summary>
    [Params(EncoderWorld.Paper, EncoderWorld.Small, EncoderWorld.Middle, EncoderWorld.Large)]
    public string Size { get; set; } = EncoderWorld.Small;

    [GlobalSetup]
    public void Setup()
    {
        _world = EncoderWorld.Create(Size, Signals);
        AtomDictionary atoms = _world.Data.Dictionary;
        int active = _world.Active;
        float lambda = _world.Lambda;
        _request = new EncodeRequest { Context = Context };
        _encoders["omp"] = new OmpEncoder(atoms, new OmpOptions { MaxActive = active });
        _encoders["ols"] = new OmpEncoder(atoms, new OmpOptions { MaxActive = active, Selection = PursuitSelection.ErrorReduction });
        _encoders["omp+"] = new OmpEncoder(atoms, new OmpOptions { MaxActive = active, NonNegative = true });
        _encoders["lars"] = new LarsEncoder(atoms, new LarsOptions { Lambda = lambda });
        _encoders["lars+"] = new LarsEncoder(atoms, new LarsOptions { Lambda = lambda, NonNegative = true });
        _encoders["lasso"] = new LassoEncoder(atoms, new LassoOptions { Lambda = lambda, GapTolerance = 1e-4f });
        _encoders["fista"] = new FistaEncoder(atoms, new FistaOptions { Lambda = lambda, GapTolerance = 1e-4f });
        _encoders["admm"] = new AdmmEncoder(atoms, new AdmmOptions { Lambda = lambda, GapTolerance = 1e-4f });
        _encoders["lca"] = new LcaEncoder(atoms, new LcaOptions { Lambda = lambda, Tolerance = 1e-4f });
        _encoders["niht"] = new IhtEncoder(atoms, new IhtOptions { MaxActive = active });
        _encoders["htp"] = new HtpEncoder(atoms, new HtpOptions { MaxActive = active });
        _encoders["cosamp"] = new CosampEncoder(atoms, new CosampOptions { MaxActive = active });
        _encoders["subspace"] = new SubspacePursuitEncoder(atoms, new SubspacePursuitOptions { MaxActive = active });
        _encoders["threshold"] = new ThresholdEncoder(atoms, new ThresholdOptions { MaxActive = active });
        _encoders["ito-gradient"] = new ItoEncoder(atoms, new ItoOptions { Lambda = lambda, Iterations = GradientSteps, GapTolerance = 0 });
        _encoders["ito-pursuit"] = new ItoEncoder(atoms, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = active });
        _encoders["ito-matching"] = new ItoEncoder(atoms, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = active });
        _encoders["sparse-coding"] = new SparseCodingEncoder(
            new SparseCodingOptions { AtomCount = _world.AtomCount, Lambda = lambda, Inference = new ItoOptions { Iterations = GradientSteps, GapTolerance = 0 } },
            new TrainingOptions(),
            atoms,
            null);

        // Makes the Gram matrix, which the dictionary keeps.
        _ = _encoders["omp"].Encode(SignalView.FromRows(new float[_world.Dimension], _world.Dimension), _request);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Signals)]
    public SparseCodes Omp() => Encode("omp");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes OmpNonNegative() => Encode("omp+");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes OrthogonalLeastSquares() => Encode("ols");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Admm() => Encode("admm");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Lca() => Encode("lca");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes NormalizedIht() => Encode("niht");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Htp() => Encode("htp");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Cosamp() => Encode("cosamp");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes SubspacePursuit() => Encode("subspace");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Threshold() => Encode("threshold");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Lars() => Encode("lars");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes LarsNonNegative() => Encode("lars+");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Lasso() => Encode("lasso");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes Fista() => Encode("fista");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes ItoGradient20Steps() => Encode("ito-gradient");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes ItoGradientPursuit() => Encode("ito-pursuit");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes ItoMatchingPursuit() => Encode("ito-matching");

    [Benchmark(OperationsPerInvoke = Signals)]
    public SparseCodes SparseCoding20Steps() => Encode("sparse-coding");

    private SparseCodes Encode(string encoder) => _encoders[encoder].Encode(_world!.Data.Signals, _request);
}
