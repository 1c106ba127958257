namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Encoders that the paper left for later, all trained from the same signals at the same number of active atoms.</summary>
internal sealed record ModernMethods(int Atoms, int Active, long Seed, long Steps, int Alternations)
{
    private const float LearningLambda = 0.05f;

    /// <summary>An unrolled solver: amortised, with the solver's shape.</summary>
    public const string Unrolled = "LISTA";

    /// <summary>SAEs that learn their dictionary.</summary>
    public static IReadOnlyList<string> Saes { get; } = ["ReLU", "ReLU, .0025", "TopK", "BatchTopK", "JumpReLU", "Gated", "ProLU", "MP-SAE"];

    /// <summary>All amortised encoders that learn their dictionary.</summary>
    public static IReadOnlyList<string> Amortised { get; } = [.. Saes, "MLP-256", Unrolled];

    /// <summary>Iterative ones that learn theirs.</summary>
    public static IReadOnlyList<string> Iterative { get; } = ["SC", "LARS", "K-SVD", "online LARS"];

    /// <summary>Inference on a given dictionary.</summary>
    public static IReadOnlyList<string> Inference { get; } = ["MP", "GP", "OMP", "LARS"];

    /// <summary>Learns encoder and dictionary. λ-steered SAEs are brought to the wanted number of active atoms by a controller; "ReLU, .0025" is left at the paper's penalty.</summary>
    public (IEncoder Encoder, FlopCount Training) Learn(World world, string method, CancellationToken token)
    {
        switch (method)
        {
            case "SC":
                return Done(new SparseCodingEncoder(new SparseCodingOptions { AtomCount = Atoms }, SparseCodingEncoder.DefaultTraining with { Seed = Seed, Steps = Steps }).Fit(world.Train, World.Context, token));
            case "LARS":
                return Done(new LarsEncoder(Lars, Learning).Fit(world.Train, World.Context, token));
            case "online LARS":
                return Done(new LarsEncoder(Lars, Learning with { Restarts = 1, BatchSize = 256, Forgetting = 1, Iterations = 10 * Alternations }).Fit(world.Train, World.Context, token));
            case "K-SVD":
                return Done(new OmpEncoder(new OmpOptions { AtomCount = Atoms, MaxActive = Active, NonNegative = true }, Learning with { Update = DictionaryUpdate.ApproximateKSvd }).Fit(world.Train, World.Context, token));
            case Unrolled:
                return Done(Lista.Fit(world.Train, World.Context, token));
            case "MLP-256":
                return Done(new MlpEncoder(new MlpOptions { AtomCount = Atoms }, Training).Fit(world.Train, World.Context, token));
            default:
                return Done(new SaeEncoder(Sae(method), Training).Fit(world.Train, World.Context, token));
        }
    }

    /// <summary>LISTA that learns to encode for the world's true dictionary.</summary>
    public (IEncoder Encoder, FlopCount Training) LearnOnTruth(World world, CancellationToken token) => Done(Lista.Fit(world.Train, world.Dictionary, World.Context, token));

    /// <summary>Inference on a dictionary.</summary>
    public IEncoder Infer(AtomDictionary dictionary, string method) => method == "LARS"
        ? new LarsEncoder(dictionary, new LarsOptions { Lambda = LearningLambda, NonNegative = true })
        : Pursuits.On(Active).Single(p => p.Method == method).Create(dictionary);

    /// <summary>About how many milliseconds a method takes with that many signals in a step.</summary>
    public double Work(string method, int dimension)
    {
        double size = (double)Atoms * dimension / 128;
        return method switch
        {
            "MLP-256" => Steps * (1 + (0.025 * size)),
            Unrolled => Steps * 0.8 * size,
            "SC" => (Steps * 0.25) + 500,
            "LARS" => Alternations * 20,
            "online LARS" => Alternations * (Atoms > 64 ? 8000 : 10),
            "K-SVD" => Alternations * (Atoms > 64 ? 2500 : 8),
            "MP-SAE" => Steps * (0.6 + (0.13 * size)),
            _ => Steps * (0.25 + (0.02 * size)),
        };
    }

    private TrainingOptions Training => new() { Seed = Seed, Steps = Steps };

    private ListaEncoder Lista => new(new ListaOptions { AtomCount = Atoms, Lambda = LearningLambda, NonNegative = true }, Training);

    private LarsOptions Lars => new() { AtomCount = Atoms, Lambda = LearningLambda, NonNegative = true };

    private DictionaryLearningOptions Learning => new() { Seed = Seed, Iterations = Alternations, Restarts = Atoms <= 64 ? 5 : 1 };

    private SaeOptions Sae(string method)
    {
        var options = new SaeOptions { AtomCount = Atoms };
        var controller = new L0Controller { Target = Active };
        SparsityPenalty l1 = new L1Penalty { Weight = 0.0025f, Controller = controller };
        return method switch
        {
            "ReLU" => options with { Penalty = l1 },
            "ReLU, .0025" => options,
            "TopK" => options with { Selection = Selection.TopK(Active) },
            "BatchTopK" => options with { Selection = Selection.BatchTopK(Active) },
            "JumpReLU" => options with { Selection = Selection.JumpRelu, Penalty = new L0Penalty { Weight = 0.0025f, Controller = controller } },
            "Gated" => options with { Selection = Selection.Gated, Penalty = l1 },
            "ProLU" => options with { Selection = Selection.ProLu, Penalty = l1 },
            "MP-SAE" => options with { Selection = Selection.MatchingPursuit(Active) },
            _ => throw new ArgumentException($"'{method}' is not a method.", nameof(method)),
        };
    }

    private static (IEncoder Encoder, FlopCount Training) Done(ITrainedEncoder encoder) => (encoder, encoder.Training!.Flops);
}
