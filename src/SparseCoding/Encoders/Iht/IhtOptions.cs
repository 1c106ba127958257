using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What iterative hard thresholding stops at and which steps it takes.</summary>
public sealed record IhtOptions
{
    /// <summary>The most active atoms of a code, at least 1.</summary>
    public required int MaxActive
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Whether each step is chosen from the signal (NIHT, Blumensath and Davies 2010), which needs far fewer iterations; otherwise 1/L with L the largest eigenvalue of the Gram of the atoms scaled to norm 1.</summary>
    /// <value>Default: true.</value>
    public bool Normalized { get; init; } = true;

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>A row has converged when an iteration moves its code by at most this share of its norm.</summary>
    /// <value>Default: 1e-6.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-6f;

    /// <summary>Stop as soon as the Euclidean norm of the residual of (x − offset)/scale is at most this; 0 for no such stop. In float32 the residual is known to about 3e-4 of the norm of the signal.</summary>
    /// <value>Default: 0.</value>
    public float ResidualTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>The most iterations, at least 1.</summary>
    /// <value>Default: 1000.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1000;
}
