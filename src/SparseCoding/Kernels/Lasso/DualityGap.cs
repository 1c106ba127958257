namespace SparseCoding.Kernels;

/// <summary>The duality gap of the Lasso ½‖x − zD‖² + λ‖z‖₁: an upper bound of how far its value is above the minimum, whatever solver gave z.</summary>
internal static class DualityGap
{
    /// <summary>
    /// gap = ½‖r‖² (1 + θ²) − θ r·x + λ‖z‖₁ with θ = min(1, λ / max|c|), from inner products with the Gram only:
    /// ‖r‖² = ‖x‖² − c0·z − c·z and r·x = ‖x‖² − c0·z, O(nnz). Never negative (rounding is cut off).
    /// </summary>
    /// <remarks>
    /// With an elastic-net term ½β‖z‖² the same formula holds for the augmented problem, whose correlations are c − βz: give those in
    /// <paramref name="gradientDotCode"/> and <paramref name="largestCorrelation"/>. At λ = 0 the only feasible dual point of an unfinished least-squares problem
    /// is 0, so the gap is then ½‖r‖² and says nothing. Source: Fercoq, Gramfort and Salmon 2015; scikit-learn and celer stop on it.
    /// </remarks>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="correlationDotCode">c0·z with c0 = D x.</param>
    /// <param name="gradientDotCode">c·z with c = c0 − G z.</param>
    /// <param name="l1">‖z‖₁.</param>
    /// <param name="largestCorrelation">max|c|; for non-negative codes max(c, 0), which is all that the dual constraint needs there.</param>
    /// <param name="lambda">λ >= 0.</param>
    public static double Compute(double squaredNorm, double correlationDotCode, double gradientDotCode, double l1, double largestCorrelation, double lambda)
    {
        double theta = largestCorrelation > lambda ? lambda / largestCorrelation : 1;
        double error = Math.Max(0, squaredNorm - correlationDotCode - gradientDotCode);
        double gap = (0.5 * error * (1 + (theta * theta))) - (theta * (squaredNorm - correlationDotCode)) + (lambda * l1);
        return Math.Max(0, gap);
    }
}
