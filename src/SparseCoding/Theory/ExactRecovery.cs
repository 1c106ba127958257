using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Tropp's exact recovery coefficient ERC(K) = max_{|Λ| = K} max_{j ∉ Λ} ‖D_Λ⁺ d_j‖₁: below 1, OMP and ℓ1 recover every K-sparse code
/// (Tropp 2004). Exact by all supports where affordable; certified from above by μ₁(K) / (1 − μ₁(K − 1)).
/// </summary>
/// <param name="Active">K.</param>
/// <param name="Lower">Attained by <paramref name="Support"/>; infinity where the support is dependent.</param>
/// <param name="Upper">Certified; infinity where the bound says nothing.</param>
/// <param name="IsExact">Whether all supports were seen.</param>
/// <param name="Support">The worst support seen.</param>
internal sealed record ExactRecovery(int Active, double Lower, double Upper, bool IsExact, int[] Support)
{
    private const int Draws = 200;

    /// <summary>Measures unit atoms [N, M].</summary>
    public static ExactRecovery Compute(Matrix64 unit, int active, Coherence coherence, double budget)
    {
        int n = unit.Rows;
        double each = ((double)active * active * unit.Columns) + ((double)n * active * (unit.Columns + (2 * active))) + 500;
        double upper = double.PositiveInfinity;
        if (coherence.IsComplete && coherence.Babel.Length > Math.Min(active, n - 1) && coherence.Babel[active - 1] < 1)
        {
            upper = coherence.Babel[Math.Min(active, n - 1)] / (1 - coherence.Babel[active - 1]);
        }

        double worst = 0;
        int[] support = Combinations.First(active);
        if (Combinations.Count(n, active) * each <= budget)
        {
            int[] subset = Combinations.First(active);
            do
            {
                Take(unit, subset, ref worst, ref support);
            }
            while (Combinations.Next(subset, n));
            return new ExactRecovery(active, worst, worst, true, support);
        }

        int[] drawn = new int[active];
        var random = new RandomStream(0, "theory.exact-recovery", (ulong)active);
        int draws = (int)Math.Clamp(budget / each, 1, Draws);
        for (int i = 0; i < draws; i++)
        {
            random.SampleWithoutReplacement(n, drawn);
            Take(unit, drawn, ref worst, ref support);
        }

        return new ExactRecovery(active, worst, Math.Max(worst, upper), false, support);
    }

    /// <summary>max_{j ∉ Λ} ‖D_Λ⁺ d_j‖₁ for one support; infinity for dependent atoms.</summary>
    public static double Of(Matrix64 unit, ReadOnlySpan<int> support)
    {
        Matrix64 chosen = unit.SelectRows(support);
        Cholesky factor = Cholesky.Compute(chosen.GramOfRows(), 1e-12);
        if (!factor.Succeeded)
        {
            return double.PositiveInfinity;
        }

        double worst = 0;
        for (int j = 0; j < unit.Rows; j++)
        {
            if (support.Contains(j))
            {
                continue;
            }

            double[] weights = chosen.Multiply(unit.Row(j));
            factor.Solve(weights);
            worst = Math.Max(worst, weights.Sum(Math.Abs));
        }

        return worst;
    }

    private static void Take(Matrix64 unit, int[] subset, ref double worst, ref int[] support)
    {
        double value = Of(unit, subset);
        if (value > worst)
        {
            worst = value;
            support = (int[])subset.Clone();
        }
    }
}
