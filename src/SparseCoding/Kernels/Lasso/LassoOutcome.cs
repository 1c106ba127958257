namespace SparseCoding.Kernels;

/// <summary>What a Lasso solver reports about one signal beside its code.</summary>
/// <param name="Iterations">Segments of the homotopy, sweeps of coordinate descent, or steps of FISTA.</param>
/// <param name="Stop">Why it stopped.</param>
/// <param name="Gap">Duality gap at <paramref name="Lambda"/> (see <see cref="DualityGap"/>), absolute.</param>
/// <param name="Lambda">The penalty that the code is optimal for: the one asked for, or the one that the homotopy had reached at its other stops.</param>
/// <param name="SquaredError">‖x − zD‖².</param>
/// <param name="Violation">Largest violation of the optimality conditions, in units of a correlation: | |c_i| − λ | on the support, |c_j| − λ off it.</param>
internal readonly record struct LassoOutcome(int Iterations, SolverStop Stop, double Gap, double Lambda, double SquaredError, double Violation);

/// <summary>What the fixed-λ solvers (coordinate descent, FISTA) are asked for.</summary>
internal readonly record struct LassoParameters
{
    /// <summary>The stops that callers get if they set nothing: gap of 1e-6 · ½‖x‖², at most 10,000 sweeps or steps.</summary>
    public LassoParameters()
    {
    }

    /// <summary>λ of ½‖x − zD‖² + λ‖z‖₁, >= 0.</summary>
    public double Lambda { get; init; }

    /// <summary>z >= 0.</summary>
    public bool NonNegative { get; init; }

    /// <summary>β of an added ½β‖z‖² (elastic net), >= 0; 0 for the Lasso.</summary>
    public double Ridge { get; init; }

    /// <summary>Stop at duality gap &lt;= this · ½‖x‖².</summary>
    public double GapTolerance { get; init; } = 1e-6;

    /// <summary>Most sweeps over the working set, or steps of FISTA.</summary>
    public int MaxIterations { get; init; } = 10_000;
}
