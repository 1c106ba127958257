namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The follow-up's methods as the library has them, with its settings.</summary>
/// <param name="Seed">Seed of every initialisation.</param>
/// <param name="Epochs">Epochs of the SAEs; the follow-up has 500.</param>
/// <param name="Rounds">Alternations of dictionary learning; the follow-up has 1000.</param>
internal sealed record FollowUpMethods(long Seed, int Epochs, int Rounds)
{
    /// <summary>λ of ½‖y − Dz‖² + λ‖z‖₁.</summary>
    public const float Lambda = 0.1f;

    private const int Batch = 64;
    private const int Iterations = 100;
    private const float Gap = 1e-4f;

    /// <summary>Those with published columns; "Exp-Adam" stands for its softplus form. LISTA, whose published figures are not known, and the linear probe, which is no encoder, are left out.</summary>
    public static IReadOnlyList<string> All { get; } = ["FISTA oracle", "DL-FISTA", "Exp-Adam", "SAE ReLU", "SAE TopK", "SAE JumpReLU", "SAE MP"];

    /// <summary>An encoder for signals of a world; dictionary learning and Exp-Adam learn from the signals they are then measured on, as in the follow-up.</summary>
    public IEncoder Learn(FollowUpWorld world, World measured, string method, float lambda, CancellationToken token)
    {
        int n = world.Sources;
        switch (method)
        {
            case "FISTA oracle":
                return Solver(world.Dictionary, lambda);
            case "DL-FISTA":
                // Least squares then unit atoms is MOD. Its codes are the solution of a convex problem, which coordinate descent from the codes of the round before reaches for a fraction of FISTA's steps.
                var learning = new DictionaryLearningOptions { Iterations = Rounds, Restarts = 1, BatchSize = 0, Update = DictionaryUpdate.Mod, Start = DictionaryStart.Random, Seed = Seed, MaxCoherence = 1 };
                var coder = new LassoOptions { AtomCount = n, Lambda = lambda, NonNegative = true, GapTolerance = Gap };
                return Solver(new LassoEncoder(coder, learning).Fit(measured.Test, World.Context, token).Dictionary, lambda);
            case "Exp-Adam":
                return new SparseCodingEncoder(new SparseCodingOptions { AtomCount = n, Lambda = lambda }, SparseCodingEncoder.DefaultTraining with { Seed = Seed, Steps = 10L * Rounds }).Fit(measured.Test, World.Context, token);
            default:
                return Sae(n, world.Active, method).CreateAndFit(measured.Train, Training(measured.Train.RowCount), token);
        }
    }

    /// <summary>The follow-up's FISTA: 100 steps from 0.</summary>
    public static FistaEncoder Solver(AtomDictionary dictionary, float lambda) => new(dictionary, Options(lambda));

    /// <summary>About how many milliseconds a method takes on that many signals: products at 15 GFLOP/s, and what a step costs beside them.</summary>
    public double Work(string method, int sources, int dimension, int rows)
    {
        double pass = 4e-6 / 15 * rows * sources * dimension, entries = 1.2e-5 * rows * sources, matching = 4e-7 * Math.Pow(sources, 3);
        return matching + (method switch
        {
            "FISTA oracle" => 150 * pass,
            "DL-FISTA" => 2.0 * Math.Min(Rounds, 100 + (sources / 2)) * ((0.015 * rows * (1 + (sources / 300.0))) + (4e-8 * Math.Pow(sources, 3))),
            "Exp-Adam" => ((20 * Rounds) + 1000) * 0.4 * (pass + entries),
            _ => Epochs * 0.5 * ((2.5e-3 * rows) + (2.5 * pass)),
        });
    }

    private static FistaOptions Options(float lambda) => new() { Lambda = lambda, NonNegative = true, MaxIterations = Iterations };

    private static Recipe Sae(int sources, int active, string method)
    {
        // The penalty is the follow-up's 1e-4 on a mean over entries of the square; ½‖·‖² here.
        var options = new SaeOptions { AtomCount = sources };
        return new Recipe(method switch
        {
            "SAE ReLU" => options,
            "SAE TopK" => options with { Selection = Selection.TopK(active) },
            "SAE JumpReLU" => options with { Selection = Selection.JumpRelu },
            "SAE MP" => options with { Selection = Selection.MatchingPursuit(active) },
            _ => throw new ArgumentException($"'{method}' is not a method.", nameof(method)),
        });
    }

    private TrainingOptions Training(long rows) => new()
    {
        Steps = Math.Max(1, Epochs * (rows / Batch)),
        BatchSize = Batch,
        LearningRate = Schedule.Constant(5e-4f),
        Seed = Seed,
    };

    /// <summary>An SAE's options until its training is known.</summary>
    private sealed record Recipe(SaeOptions Options)
    {
        public SaeEncoder CreateAndFit(ActivationSource data, TrainingOptions training, CancellationToken token)
        {
            // γ = 1e-4 of the follow-up's loss (mean over the m entries of the squared error) is γ m / 2 of ours.
            float penalty = 1e-4f * data.Dimension / 2;
            bool penalised = Options.Selection is ReluSelection or JumpReluSelection;
            return new SaeEncoder(Options, penalised ? training with { Lambda = penalty } : training).Fit(data, World.Context, token);
        }
    }
}
