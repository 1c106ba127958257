namespace SparseCoding.Kernels;

/// <summary>What one ADMM run is asked for.</summary>
internal readonly record struct AdmmParameters
{
    /// <summary>The stops and constants that callers get if they set nothing.</summary>
    public AdmmParameters()
    {
    }

    /// <summary>λ of ½‖x − zD‖² + λ‖z‖₁ + ½β‖z‖², >= 0.</summary>
    public double Lambda { get; init; }

    /// <summary>β of the ridge, >= 0.</summary>
    public double Ridge { get; init; }

    /// <summary>z >= 0.</summary>
    public bool NonNegative { get; init; }

    /// <summary>Stop at duality gap &lt;= this · ½‖x‖²; 0 for never.</summary>
    public double GapTolerance { get; init; } = 1e-6;

    /// <summary>Stop when primal and dual residual, relative to what they are differences of, are both at most this; 0 for never.</summary>
    public double ResidualTolerance { get; init; }

    /// <summary>Over-relaxation α, in [1, 2).</summary>
    public double Relaxation { get; init; } = 1.8;

    /// <summary>ρ = 2^this · mean squared norm of the atoms at the start.</summary>
    public int RhoExponent { get; init; }

    /// <summary>Whether ρ follows the ratio of the residuals.</summary>
    public bool AdaptiveRho { get; init; } = true;

    /// <summary>Most iterations, at least 1.</summary>
    public int MaxIterations { get; init; } = 10_000;
}
