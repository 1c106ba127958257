using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Where the Lasso homotopy ends; the first of its stops that is reached ends it.</summary>
public sealed record LarsOptions
{
    /// <summary>Number of atoms of the dictionary to learn, at least 1; null on a given dictionary.</summary>
    /// <value>Default: null.</value>
    public int? AtomCount
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>λ of ½‖u − zD‖² + λ‖z‖₁; 0 follows the path to its end. <see cref="PenaltyScale"/> converts other people's.</summary>
    /// <value>Default: 0.</value>
    public float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Weight μ of the elastic net's second penalty: ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖²; 0 is the Lasso. <see cref="PenaltyScale"/> converts scikit-learn's l1_ratio and SPAMS' lambda2. Refused by name with ResidualTolerance and by Fit.</summary>
    /// <value>Default: 0.</value>
    public float Ridge
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>
    /// Whether atoms only join: plain least-angle regression (scikit-learn's <c>lars</c>), whose coefficients may cross zero, instead of the Lasso, where an atom at zero leaves. The two
    /// paths are the same up to the first atom that would leave. Refused by name with NonNegative, Ridge and L1Budget, and by Fit.
    /// </summary>
    /// <value>Default: false.</value>
    public bool WithoutDrops { get; init; }

    /// <summary>The most active atoms; null for no such stop.</summary>
    /// <value>Default: null.</value>
    public int? MaxActive
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>Stop when the norm of the residual of (x − offset)/scale has fallen to this; null for no such stop.</summary>
    /// <value>Default: null.</value>
    public float? ResidualTolerance
    {
        get;
        init => field = value is { } given ? Throw.NonNegative(given) : null;
    }

    /// <summary>Stop when ‖z‖₁ has grown to this; null for no such stop.</summary>
    /// <value>Default: null.</value>
    public float? L1Budget
    {
        get;
        init => field = value is { } given ? Throw.Positive(given) : null;
    }

    /// <summary>The most segments (joins and drops) of a path; null for 8 · atoms + 64, which only a path with very many drops exceeds.</summary>
    /// <value>Default: null.</value>
    public int? MaxSegments
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }
}
