using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What orthogonal matching pursuit stops at and how it selects.</summary>
public sealed record OmpOptions
{
    /// <summary>Number of atoms of the dictionary to learn, at least 1; null on a given dictionary.</summary>
    /// <value>Default: null.</value>
    public int? AtomCount
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>The most active atoms of a code, at least 1; null for a tenth of the dimension, at least 1 (scikit-learn's default).</summary>
    /// <value>Default: null.</value>
    public int? MaxActive
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>Stop as soon as the Euclidean norm of the residual of (x − offset)/scale is at most this; 0 for no such stop, a fit that is exact up to rounding then ends with NoImprovement. In float32 the residual is known to about 3e-4 of the norm of the signal.</summary>
    /// <value>Default: 0.</value>
    public float ResidualTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Whether coefficients must not be negative: the next atom has the largest positive correlation, and every step solves a non-negative least-squares problem on the support exactly.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>How the next atom is chosen.</summary>
    /// <value>Default: <see cref="PursuitSelection.Correlation"/>.</value>
    public PursuitSelection Selection
    {
        get;
        init => field = Throw.Defined(value);
    }
}
