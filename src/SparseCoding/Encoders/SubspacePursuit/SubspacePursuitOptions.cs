using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What subspace pursuit stops at.</summary>
public sealed record SubspacePursuitOptions
{
    /// <summary>The most active atoms of a code, at least 1.</summary>
    public required int MaxActive
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>Stop as soon as the Euclidean norm of the residual of (x − offset)/scale is at most this; 0 for no such stop. In float32 the residual is known to about 3e-4 of the norm of the signal.</summary>
    /// <value>Default: 0.</value>
    public float ResidualTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>The most iterations, at least 1.</summary>
    /// <value>Default: 100.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 100;
}
