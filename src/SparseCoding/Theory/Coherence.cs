using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Mutual coherence μ = max_{i≠j} |⟨d_i, d_j⟩| of unit atoms, the Babel function μ₁(s) = max_i max_{|Λ| = s, i ∉ Λ} Σ_{j∈Λ} |⟨d_i, d_j⟩|
/// (Tropp 2004), and Welch's bound √((N − M) / (M (N − 1))), which no dictionary of N > M atoms undercuts.
/// </summary>
internal sealed class Coherence
{
    private Coherence(double value, (int First, int Second) pair, double[] babel, bool complete)
    {
        Value = value;
        Pair = pair;
        Babel = babel;
        IsComplete = complete;
    }

    /// <summary>μ in [0, 1]; 0 for a single atom. A lower bound when <see cref="IsComplete"/> is false.</summary>
    public double Value { get; }

    /// <summary>Two atoms that attain it, the lowest indices on a tie; (0, 0) for one atom.</summary>
    public (int First, int Second) Pair { get; }

    /// <summary>μ₁(s) at place s, s = 0 .. size, with μ₁(0) = 0 and μ₁(1) = μ.</summary>
    public double[] Babel { get; }

    /// <summary>Whether all rows of the Gram matrix were seen; otherwise an evenly spaced share of them.</summary>
    public bool IsComplete { get; }

    /// <summary>Welch's lower bound of μ for N atoms in M dimensions; 0 when N ≤ M.</summary>
    public static double Welch(int atoms, int dimension) =>
        atoms <= dimension ? 0 : Math.Sqrt((atoms - dimension) / ((double)dimension * (atoms - 1)));

    /// <summary>Measures unit atoms [N, M]; zero atoms count as orthogonal to all. Cost N² M multiply-adds.</summary>
    /// <param name="unit">Atoms of norm 1 (or 0) as rows.</param>
    /// <param name="size">Largest s of the Babel function; clipped to N − 1.</param>
    /// <param name="budget">Most multiply-adds; rows of the Gram matrix are sampled evenly beyond it.</param>
    public static Coherence Compute(Matrix64 unit, int size, double budget = double.PositiveInfinity)
    {
        int n = unit.Rows;
        size = Math.Clamp(size, 0, n - 1);
        int rows = (int)Math.Clamp(budget / ((double)n * unit.Columns), Math.Min(n, 16), n);
        var babel = new double[size + 1];
        double best = 0;
        (int, int) pair = n > 1 ? (0, 1) : (0, 0);
        var magnitudes = new double[n];
        for (int r = 0; r < rows; r++)
        {
            int i = (int)((long)r * n / rows);
            ReadOnlySpan<double> atom = unit.Row(i);
            for (int j = 0; j < n; j++)
            {
                magnitudes[j] = j == i ? 0 : Math.Abs(TensorPrimitives.Dot(atom, unit.Row(j)));
                if (magnitudes[j] > best)
                {
                    best = magnitudes[j];
                    pair = (Math.Min(i, j), Math.Max(i, j));
                }
            }

            magnitudes.AsSpan().Sort(static (a, b) => b.CompareTo(a));
            double sum = 0;
            for (int s = 1; s <= size; s++)
            {
                sum += magnitudes[s - 1];
                babel[s] = Math.Max(babel[s], sum);
            }
        }

        return new Coherence(best, pair, babel, rows == n);
    }
}
