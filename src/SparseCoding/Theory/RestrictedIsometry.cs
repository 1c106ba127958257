using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Restricted isometry constant δ_s of unit atoms: the least δ with (1 − δ)‖z‖² ≤ ‖zD‖² ≤ (1 + δ)‖z‖² for every s-sparse z, that is
/// max over supports S of max(λ_max(G_S) − 1, 1 − λ_min(G_S)) (Candès and Tao 2005). Exact by all supports where affordable; otherwise
/// sampled and greedy supports from below, and μ₁(s − 1) ≤ (s − 1)μ (Gershgorin) and ‖D‖² − 1 from above.
/// </summary>
/// <param name="Sparsity">s.</param>
/// <param name="Lower">Attained by the support <paramref name="Support"/>.</param>
/// <param name="Upper">Certified, where the coherence was measured in full; may exceed 1, where it says nothing.</param>
/// <param name="IsExact">Whether all supports were seen.</param>
/// <param name="Support">The worst support seen.</param>
internal sealed record RestrictedIsometry(int Sparsity, double Lower, double Upper, bool IsExact, int[] Support)
{
    private const int Draws = 500;

    /// <summary>Measures δ_s of unit atoms [N, M] for 1 ≤ s ≤ N.</summary>
    /// <param name="unit">Atoms of norm 1 as rows.</param>
    /// <param name="sparsity">s.</param>
    /// <param name="coherence">Coherence with a Babel function up to s − 1 (used when complete).</param>
    /// <param name="budget">Most operations.</param>
    public static RestrictedIsometry Compute(Matrix64 unit, int sparsity, Coherence coherence, double budget)
    {
        int n = unit.Rows;
        double each = (12.0 * sparsity * sparsity * sparsity) + 1000 + (sparsity * sparsity * unit.Columns);
        double total = Combinations.Count(n, sparsity) * each;
        double worst = 0;
        int[] support = Combinations.First(sparsity);
        if (total <= budget)
        {
            int[] subset = Combinations.First(sparsity);
            do
            {
                Take(unit, subset, ref worst, ref support);
            }
            while (Combinations.Next(subset, n));
            return new RestrictedIsometry(sparsity, worst, worst, true, support);
        }

        int draws = (int)Math.Clamp(budget / each, 1, Draws);
        var random = new RandomStream(0, "theory.restricted-isometry", (ulong)sparsity);
        int[] drawn = new int[sparsity];
        for (int i = 0; i < draws; i++)
        {
            random.SampleWithoutReplacement(n, drawn);
            Take(unit, drawn, ref worst, ref support);
        }

        // The most coherent pair with further atoms: random supports miss it.
        (int first, int second) = coherence.Pair;
        if (sparsity >= 2 && first != second)
        {
            int[] greedy = [first, second, .. Enumerable.Range(0, n).Where(i => i != first && i != second).Take(sparsity - 2)];
            Take(unit, greedy, ref worst, ref support);
        }

        double upper = double.PositiveInfinity;
        if (coherence.IsComplete)
        {
            upper = coherence.Babel.Length > sparsity - 1 ? coherence.Babel[sparsity - 1] : (sparsity - 1) * coherence.Value;
            if ((double)n * unit.Columns * Math.Min(n, unit.Columns) <= budget)
            {
                double norm = SpectralNorm.Bound(unit).Upper;
                upper = Math.Min(upper, Math.Max(1, (norm * norm) - 1));
            }
        }

        return new RestrictedIsometry(sparsity, worst, Math.Max(upper, worst), false, support);
    }

    /// <summary>max(λ_max(G_S) − 1, 1 − λ_min(G_S)) for one support.</summary>
    public static double Of(Matrix64 unit, ReadOnlySpan<int> support)
    {
        double[] values = SymmetricEigen.Compute(unit.SelectRows(support).GramOfRows(), vectors: false).Values;
        return Math.Max(values[0] - 1, 1 - values[^1]);
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
