using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How inference-time optimisation runs. An option that its method does not have is refused by name.</summary>
public sealed record ItoOptions
{
    /// <summary>λ of the gradient method when none is given.</summary>
    internal const float DefaultLambda = 0.0025f;

    /// <summary>Number of atoms of the dictionary to learn, at least 1; null on a given dictionary.</summary>
    /// <value>Default: null.</value>
    public int? AtomCount
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>The method.</summary>
    /// <value>Default: <see cref="ItoMethod.Gradient"/>.</value>
    public ItoMethod Method
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>
    /// λ of ½‖u − zD‖² + λ‖z‖₁; of the gradient method, refused by the pursuits. Null takes 0.0025 (the paper's 0.01 at 16 atoms and 8 dimensions, for
    /// codes of a size near 1); <see cref="PenaltyScale"/> converts the paper's.
    /// </summary>
    /// <value>Default: null.</value>
    public float? Lambda
    {
        get;
        init => field = value is { } given ? Throw.NonNegative(given) : null;
    }

    /// <summary>Active atoms of a code; needed by the pursuits, refused by the gradient method.</summary>
    /// <value>Default: null.</value>
    public int? MaxActive
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>The most steps; null takes 2000 for the gradient method and <see cref="MaxActive"/> for the pursuits.</summary>
    /// <value>Default: null.</value>
    public int? Iterations
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 0) : null;
    }

    /// <summary>The pursuits stop when the norm of the residual of (x − offset)/scale is at most this; 0 for no such stop. In float32 the residual is known to about 3e-4 of the norm of the signal.</summary>
    /// <value>Default: 0.</value>
    public float ResidualTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Whether the pursuits keep codes non-negative; the gradient method always does.</summary>
    /// <value>Default: true.</value>
    public bool NonNegative { get; init; } = true;

    /// <summary>Along what gradient pursuit moves; refused by the other methods.</summary>
    /// <value>Default: <see cref="PursuitDirection.Gradient"/>.</value>
    public PursuitDirection Direction
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Learning rate of Adam; of the gradient method.</summary>
    /// <value>Default: 0.02.</value>
    public float LearningRate
    {
        get;
        init => field = Throw.Positive(value);
    } = 0.02f;

    /// <summary>Constants of Adam; of the gradient method.</summary>
    /// <value>Default: β 0.9 and 0.98, ε 1e-8: the gradient of a code changes by orders of magnitude on its way, which a long memory of its size would slow down.</value>
    public AdamOptions Adam
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Adam must not be null.");
    } = new() { Beta2 = 0.98f };

    /// <summary>How codes are kept non-negative; of the gradient method.</summary>
    /// <value>Default: <see cref="CodeParametrization.Exp"/>.</value>
    public CodeParametrization Parametrization
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Logarithm at which every entry of a cold start begins, and below which no warm start begins; of the exp parametrisation.</summary>
    /// <value>Default: −4.</value>
    public float InitialLogCode
    {
        get;
        init => field = float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "InitialLogCode must be finite.");
    } = -4;

    /// <summary>A row stops when its duality gap is at most this share of ½‖u‖²; 0 does all iterations. Of the gradient method.</summary>
    /// <value>Default: 3e-4.</value>
    public float GapTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 3e-4f;

    /// <summary>
    /// The paper's inference: log-codes from −10, Adam, no stop but the number of iterations. The paper averages its loss over the batch and
    /// the M entries, which Adam's ε feels: ε = 1e-8 · samples · M / 2 gives the same steps here, where each signal has its own objective.
    /// </summary>
    /// <param name="dimension">Dimension M of the signals.</param>
    /// <param name="atomCount">Number N of atoms.</param>
    /// <param name="samples">Number of signals that are encoded in one call.</param>
    /// <param name="iterations">10 000 with nothing known, 20 000 with a known dictionary.</param>
    /// <param name="paperLambda">The paper's λ.</param>
    /// <param name="learningRate">3e-3 with nothing known, 1e-3 with a known dictionary.</param>
    public static ItoOptions Paper(int dimension, int atomCount, int samples, int iterations = 10_000, float paperLambda = 0.01f, float learningRate = 3e-3f) => new()
    {
        Lambda = PenaltyScale.FromPaper(paperLambda, dimension, atomCount),
        Iterations = iterations,
        LearningRate = learningRate,
        Adam = new AdamOptions { Epsilon = 1e-8f * samples * dimension / 2 },
        InitialLogCode = -10,
        GapTolerance = 0,
    };

    /// <summary>Refuses options that the method does not have.</summary>
    internal void Validate(int atomCount)
    {
        if (Direction != PursuitDirection.Gradient && Method != ItoMethod.GradientPursuit)
        {
            Throw.Argument($"Direction = {Direction} belongs to gradient pursuit; {Method} would ignore it. Leave it at its default.", nameof(Direction));
        }

        if (Method == ItoMethod.Gradient)
        {
            if (MaxActive is not null)
            {
                Throw.Argument("MaxActive belongs to the pursuits; the gradient method is steered by Lambda.", nameof(MaxActive));
            }

            if (!NonNegative)
            {
                Throw.NotSupported("Signed codes with the gradient method: its parametrisations are non-negative. Use a pursuit, OmpEncoder, LarsEncoder or LassoEncoder.");
            }

            if (ResidualTolerance != 0)
            {
                Throw.Argument("ResidualTolerance belongs to the pursuits; the gradient method stops by GapTolerance.", nameof(ResidualTolerance));
            }

            return;
        }

        if (MaxActive is null)
        {
            Throw.Argument($"{Method} needs MaxActive.", nameof(MaxActive));
        }

        if (MaxActive > atomCount)
        {
            Throw.Argument($"MaxActive is {MaxActive}, but there are only {atomCount} atoms.", nameof(MaxActive));
        }

        var defaults = new ItoOptions();
        if (LearningRate != defaults.LearningRate || Adam != defaults.Adam || Parametrization != defaults.Parametrization || InitialLogCode != defaults.InitialLogCode
            || GapTolerance != defaults.GapTolerance)
        {
            Throw.Argument($"LearningRate, Adam, Parametrization, InitialLogCode and GapTolerance belong to the gradient method; {Method} would ignore them. Leave them at their defaults.", nameof(Method));
        }

        if (Lambda is not null)
        {
            Throw.Argument($"Lambda belongs to the gradient method; {Method} is steered by MaxActive and ResidualTolerance.", nameof(Lambda));
        }
    }
}
