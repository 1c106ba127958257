namespace SparseCoding.Samples.CompareEncoders;

/// <summary>The encoders of the paper's world, by the paper's recipe or by the library's defaults.</summary>
internal sealed class PaperRecipes(Arguments arguments)
{
    private const int Sources = 16;
    private const int Measurements = 8;
    private const long PaperSteps = 40_000;
    private const int PaperInference = 10_000;

    private long Seed => arguments.Seed;

    private bool IsPaper => arguments.Recipe == Recipe.Paper;

    // A quick run shows that everything works, in a minute on two cores.
    private long? Steps => arguments.Steps ?? (arguments.Quick ? 2000 : null);

    /// <summary>The Lasso; LARS learns with a heavier penalty than it encodes with later, so that an atom does not become a mixture of two.</summary>
    public LarsOptions LarsOptions { get; } = new() { AtomCount = Sources, Lambda = 0.05f, NonNegative = true };

    /// <summary>OMP with the true number of active atoms.</summary>
    public OmpOptions OmpOptions { get; } = new() { AtomCount = Sources, MaxActive = 3, NonNegative = true };

    /// <summary>Affine + ReLU; without biases in the paper.</summary>
    public SaeEncoder Sae() => new(new SaeOptions { AtomCount = Sources, Bias = !IsPaper }, Training());

    /// <summary>One hidden layer of 32.</summary>
    public MlpEncoder Mlp() => new(new MlpOptions { AtomCount = Sources, Hidden = [32], Bias = !IsPaper }, Training());

    /// <summary>Codes and dictionary by gradients.</summary>
    public SparseCodingEncoder SparseCoding(int samples)
    {
        float lambda = PenaltyScale.FromPaper(0.01f, Measurements, Sources);
        SparseCodingOptions options = new() { AtomCount = Sources, Lambda = lambda };
        return IsPaper
            ? new SparseCodingEncoder(options with { InitialLogCode = arguments.Quick ? -4 : -10, Inference = PaperIto(samples, knownDictionary: false) with { Lambda = null } }, Training())
            : new SparseCodingEncoder(options, SparseCodingEncoder.DefaultTraining with { Seed = Seed, Steps = Steps ?? SparseCodingEncoder.DefaultTraining.Steps });
    }

    /// <summary>Inference-time optimisation on a dictionary that is given.</summary>
    public ItoEncoder Ito(AtomDictionary dictionary, int samples, bool knownDictionary) =>
        new(dictionary, IsPaper ? PaperIto(samples, knownDictionary) : new ItoOptions { Lambda = PenaltyScale.FromPaper(0.01f, Measurements, Sources) });

    /// <summary>LARS that learns its dictionary.</summary>
    public LarsEncoder Lars() => new(LarsOptions, Learning());

    /// <summary>OMP that learns its dictionary.</summary>
    public OmpEncoder Omp() => new(OmpOptions, Learning());

    private TrainingOptions Training()
    {
        TrainingOptions options = IsPaper ? TrainingOptions.Paper(Measurements, Sources, PaperSteps, Seed) : new TrainingOptions { Seed = Seed };
        return Steps is { } steps ? options with { Steps = steps } : options;
    }

    private ItoOptions PaperIto(int samples, bool knownDictionary)
    {
        int iterations = arguments.Quick ? 1000 : knownDictionary ? 2 * PaperInference : PaperInference;
        return ItoOptions.Paper(Measurements, Sources, samples, iterations, learningRate: knownDictionary && !arguments.Quick ? 1e-3f : arguments.Quick ? 3e-2f : 3e-3f);
    }

    // The objective has many local minima; the best of several starts is told by the training objective alone.
    private DictionaryLearningOptions Learning() => new() { Seed = Seed, Restarts = arguments.Quick ? 3 : 10, BatchSize = 0, Iterations = arguments.Quick ? 100 : 500 };
}
