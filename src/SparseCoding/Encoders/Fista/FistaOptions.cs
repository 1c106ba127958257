using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>The Lasso at one λ, by accelerated proximal gradient steps.</summary>
public sealed record FistaOptions
{
    /// <summary>Number of atoms of the dictionary to learn, at least 1; null on a given dictionary.</summary>
    /// <value>Default: null.</value>
    public int? AtomCount
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>λ of ½‖u − zD‖² + λ‖z‖₁.</summary>
    public required float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Weight μ of the elastic net's second penalty: ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖²; 0 is the Lasso. <see cref="PenaltyScale"/> converts scikit-learn's l1_ratio and SPAMS' lambda2.</summary>
    /// <value>Default: 0.</value>
    public float Ridge
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>A row stops when its duality gap is at most this share of ½‖u‖². 0 asks for more than rounding allows: rows then end at optimality up to rounding, or at MaxIterations.</summary>
    /// <value>Default: 1e-6.</value>
    public float GapTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-6f;

    /// <summary>The most steps, at least 1.</summary>
    /// <value>Default: 10 000.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10_000;
}
