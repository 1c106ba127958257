using System.Diagnostics;

namespace SparseCoding.Kernels;

/// <summary>Statistics of the columns of sparse codes: how often, and how strongly, each atom is used.</summary>
internal static class CodeStatistics
{
    /// <summary>
    /// For each stored value v ≠ 0 of atom a: fired[a] += 1, sumAbs[a] += |v|, sumSquares[a] += v². Float64, in row order. A NaN counts as fired
    /// and makes its atom's sums NaN. Floor: nonzeros · 8 bytes read, three scattered updates each.
    /// </summary>
    /// <param name="indices">Atoms, [batch, capacity].</param>
    /// <param name="values">Values, [batch, capacity].</param>
    /// <param name="counts">Entries of each row, [batch].</param>
    /// <param name="capacity">Length of a row of codes.</param>
    /// <param name="fired">Rows in which the atom is not zero, [atoms].</param>
    /// <param name="sumAbs">Σ |v|, [atoms].</param>
    /// <param name="sumSquares">Σ v², [atoms].</param>
    public static void Accumulate(
        ReadOnlySpan<int> indices,
        ReadOnlySpan<float> values,
        ReadOnlySpan<int> counts,
        int capacity,
        Span<long> fired,
        Span<double> sumAbs,
        Span<double> sumSquares)
    {
        Debug.Assert(sumAbs.Length == fired.Length && sumSquares.Length == fired.Length, "Shapes disagree.");
        for (int row = 0; row < counts.Length; row++)
        {
            for (int slot = row * capacity; slot < (row * capacity) + counts[row]; slot++)
            {
                double value = values[slot];
                if (value != 0)
                {
                    int atom = indices[slot];
                    fired[atom]++;
                    sumAbs[atom] += Math.Abs(value);
                    sumSquares[atom] += value * value;
                }
            }
        }
    }
}
