using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// How an encoder is trained by gradients, apart from what it is. The loss of a batch is the mean over its rows of
/// ½‖x − x̂‖² + λ‖z‖₁ (in units of the scaled input), so λ means the same as for every solver.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Steps of the optimiser, at least 0.</summary>
    /// <value>Default: 10 000.</value>
    public long Steps
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 10_000;

    /// <summary>Signals of a step; 0 takes all of them in every step.</summary>
    /// <value>Default: 1024.</value>
    public int BatchSize
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 1024;

    /// <summary>Learning rate, or a schedule of it.</summary>
    /// <value>Default: 1e-3, warmed up over 100 steps, decaying linearly to 0 over the last fifth.</value>
    public Schedule LearningRate
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "LearningRate must not be null.");
    } = new() { Value = 1e-3f, WarmupSteps = 100, DecayShare = 0.2 };

    /// <summary>Constants of the optimiser.</summary>
    /// <value>Default: β 0.9 and 0.999, ε 1e-8.</value>
    public AdamOptions Adam
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Adam must not be null.");
    } = new();

    /// <summary>Weight λ of the l1 penalty; null takes the selection's own: 0.0025 for a ReLU (the paper's 0.01 at 16 atoms and 8 dimensions), 0 for TopK.</summary>
    /// <value>Default: null.</value>
    public float? Lambda
    {
        get;
        init => field = value is { } given ? Throw.NonNegative(given) : null;
    }

    /// <summary>How weights start.</summary>
    /// <value>Default: <see cref="Initialization.Tied"/>.</value>
    public Initialization Initialization
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Share p of the signal where <see cref="Initialization"/> takes atoms from signals, 0 to 1; otherwise without effect.</summary>
    /// <value>Default: 0.8 (Anthropic, saev).</value>
    public float DataPointShare
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 1);
    } = 0.8f;

    /// <summary>Where the decoder's bias starts; without effect where the encoder has no bias, or the dictionary is known.</summary>
    /// <value>Default: <see cref="OffsetStart.Mean"/>.</value>
    public OffsetStart OffsetStart
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Whether the part of an atom's gradient along the atom is removed before the step; atoms are scaled to unit norm after every step either way.</summary>
    /// <value>Default: true.</value>
    public bool ProjectAtomGradients { get; init; } = true;

    /// <summary>Loss of the form that is trained on known codes.</summary>
    /// <value>Default: <see cref="CodeLoss.Cosine"/>.</value>
    public CodeLoss CodeLoss
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Seed of initialisation and shuffling.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }

    /// <summary>
    /// The paper's recipe: all signals in every step, Adam at a constant 1e-3, no projection, PyTorch's initialisation. The paper averages its
    /// loss over the M entries of a signal as well and has λ_paper · mean|z|; so λ = λ_paper M / 2N and ε = 1e-8 · M / 2 give the same steps.
    /// </summary>
    /// <param name="dimension">Dimension M of the signals.</param>
    /// <param name="atomCount">Number N of atoms.</param>
    /// <param name="steps">Steps of the experiment: 20 000 with a known dictionary or known codes, 40 000 with nothing known.</param>
    /// <param name="seed">Seed of the initialisation.</param>
    /// <param name="paperLambda">The paper's λ.</param>
    /// <param name="learningRate">The paper's learning rate.</param>
    public static TrainingOptions Paper(int dimension, int atomCount, long steps, long seed, float paperLambda = 0.01f, float learningRate = 1e-3f) => new()
    {
        Steps = steps,
        BatchSize = 0,
        LearningRate = Schedule.Constant(learningRate),
        Adam = new AdamOptions { Epsilon = 1e-8f * dimension / 2 },
        Lambda = PenaltyScale.FromPaper(paperLambda, dimension, atomCount),
        Initialization = Initialization.Independent,
        ProjectAtomGradients = false,
        Seed = seed,
    };
}
