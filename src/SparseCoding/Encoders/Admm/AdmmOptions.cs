using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>The Lasso at one λ, by the alternating direction method of multipliers.</summary>
public sealed record AdmmOptions
{
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

    /// <summary>A row stops when its duality gap is at most this share of ½‖u‖²; 0 for no such stop.</summary>
    /// <value>Default: 1e-6.</value>
    public float GapTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-6f;

    /// <summary>A row stops when its primal residual ‖z − y‖ / max(‖z‖, ‖y‖) and its dual residual ‖y⁺ − y‖ / ‖u‖ are both at most this, as sporco stops at 1e-3; 0 for no such stop. These are relative residuals of the method, not the norm of x − zD, which the same name means in pursuits.</summary>
    /// <value>Default: 0.</value>
    public float ResidualTolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Over-relaxation α, at least 1 and below 2.</summary>
    /// <value>Default: 1.8.</value>
    public float Relaxation
    {
        get;
        init => field = (float)Throw.InRange(value, 1, 1.99);
    } = 1.8f;

    /// <summary>ρ starts at 2 to this power times the mean squared norm of the atoms, −20 to 20. Powers of two, so that few factorisations serve all signals.</summary>
    /// <value>Default: 0.</value>
    public int RhoExponent
    {
        get;
        init => field = (int)Throw.InRange(value, -20, 20);
    }

    /// <summary>Whether ρ of each signal follows the ratio of its residuals, after 10, 20, 40 ... iterations.</summary>
    /// <value>Default: true.</value>
    public bool AdaptiveRho { get; init; } = true;

    /// <summary>The most iterations, at least 1.</summary>
    /// <value>Default: 10 000.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10_000;
}
