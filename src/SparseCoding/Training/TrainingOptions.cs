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

    /// <summary>The optimiser and its constants: <see cref="AdamOptions"/>, <see cref="SignumOptions"/> or <see cref="MuonOptions"/>.</summary>
    /// <value>Default: Adam with β 0.9 and 0.999, ε 1e-8.</value>
    public OptimizerOptions Optimizer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Optimizer must not be null.");
    } = new AdamOptions();

    /// <summary>
    /// The most that the Euclidean norm of the whole gradient (all parameters together, before any projection) may be; a longer one is scaled
    /// down to it. 0 clips nothing.
    /// </summary>
    /// <value>Default: 0.</value>
    public float ClipNorm
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>
    /// Decay β of an average of the weights over the steps, aₜ = (1 − β) Σ βᵗ⁻ⁱ wᵢ / (1 − βᵗ). Above 0 the encoder that comes out (Fit and
    /// Snapshot) has the averaged weights, atoms scaled back to unit norm; training itself goes on from the plain ones. 0 averages nothing.
    /// </summary>
    /// <value>Default: 0. OpenAI's autoencoders use 0.999.</value>
    public float AveragingDecay
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.99999999);
    }

    /// <summary>
    /// Into how many pieces of nearly equal size a batch is cut; their gradients are summed, weighted by their rows, before the step is taken. Memory
    /// for activations shrinks by that factor and the step is that of the whole batch, but for rounding, wherever the loss is a mean over rows
    /// (a selection or a loss that looks at the whole batch looks at a piece instead; what remedies and controllers count is of the whole batch). The loss that is reported is that of the last piece.
    /// </summary>
    /// <value>Default: 1.</value>
    public int MicroBatches
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1;

    /// <summary>Weight λ of the l1 penalty; null takes the selection's own: 0.0025 for a ReLU (the paper's 0.01 at 16 atoms and 8
    /// dimensions), ProLU, gated and JumpReLU selection (there λ weighs the number of active atoms instead), 0 for all others.</summary>
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

    /// <summary>
    /// What <see cref="LearningRate"/> is multiplied by for the atoms of a dictionary that is learned; encoder and biases keep the plain rate. Above 1 the dictionary follows its encoder faster:
    /// on the residual stream of a small language model (docs/decisions/0028) 6 lowered the error of a TopK SAE by a tenth at the same number of steps. Positive. An encoder that has nothing but
    /// its atoms (the pursuits) moves them all at the product; a known dictionary does not move. An archetypal or polynomial decoder, whose atoms are made from other parameters, refuses it.
    /// </summary>
    /// <value>Default: 1.</value>
    public float AtomRateFactor
    {
        get;
        init => field = Throw.Positive(value);
    } = 1;

    /// <summary>Loss of the form that is trained on known codes.</summary>
    /// <value>Default: <see cref="CodeLoss.Cosine"/>.</value>
    public CodeLoss CodeLoss
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Seed of initialisation and, unless <see cref="DataSeed"/> says otherwise, of shuffling.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }

    /// <summary>Seed of the order of the data alone; null takes <see cref="Seed"/>. Runs that share it see the same batches, so they can share one pass.</summary>
    /// <value>Default: null.</value>
    public long? DataSeed { get; init; }

    /// <summary>
    /// Bytes of the buffer in which rows of a source that is not in memory are mixed; the more, the closer to a shuffle of all rows. It is part of
    /// what decides the batches, so it stands here and not in <see cref="RunContext"/>; a run whose buffer does not fit the memory budget is refused.
    /// </summary>
    /// <value>Default: 512 MiB (a million rows of dimension 128).</value>
    public long ShuffleBufferBytes
    {
        get;
        init => field = Throw.AtLeast(value, 1L << 16);
    } = 512L << 20;

    /// <summary>
    /// A run stops as diverged when three measured losses in a row lie above the run's first loss by more than this many times its size. 0 stops
    /// for numbers that are not finite only, and so does a penalty with an <see cref="L0Controller"/>: its weight grows, and the loss with it.
    /// </summary>
    /// <value>Default: 10.</value>
    public double DivergenceFactor
    {
        get;
        init => field = Throw.InRange(value, 0, double.MaxValue);
    } = 10;

    internal long OrderSeed => DataSeed ?? Seed;

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
        Optimizer = new AdamOptions { Epsilon = 1e-8f * dimension / 2 },
        Lambda = PenaltyScale.FromPaper(paperLambda, dimension, atomCount),
        Initialization = Initialization.Independent,
        ProjectAtomGradients = false,
        Seed = seed,
    };
}
