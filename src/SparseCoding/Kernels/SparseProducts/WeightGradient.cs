using System.Diagnostics;

namespace SparseCoding.Kernels;

/// <summary>
/// gradient [atoms, d] += codesᵀ · R for sparse codes [batch, atoms] and dense R [batch, d], without a dense code matrix.
/// Floor: nonzeros · d · 4 bytes of reads from R (3 MiB at 1024 x 768: L2/L3) plus one read and write of the touched gradient rows (DRAM).
/// </summary>
internal static class WeightGradient
{
    /// <summary>
    /// Adds atoms firstAtom .. lastAtom − 1. Each gradient row is summed in ascending batch row order, so the bits do not depend on how the atoms
    /// are cut into ranges. Atoms that no row uses are not touched: clear the gradient yourself where it must start at zero.
    /// </summary>
    /// <param name="support">The support of the codes, by atom.</param>
    /// <param name="values">The codes' values in its order (<see cref="SupportTranspose.Gather"/>), [entries].</param>
    /// <param name="matrix">R, [batch, d].</param>
    /// <param name="d">Length of a row of R and of the gradient.</param>
    /// <param name="gradient">Added to, [atoms, d], whole.</param>
    /// <param name="firstAtom">First atom of the range.</param>
    /// <param name="lastAtom">One past the last atom of the range.</param>
    public static void Accumulate(
        SupportTranspose support,
        ReadOnlySpan<float> values,
        ReadOnlySpan<float> matrix,
        int d,
        Span<float> gradient,
        int firstAtom,
        int lastAtom)
    {
        Debug.Assert(lastAtom <= support.AtomCount && values.Length >= support.EntryCount, "Shapes disagree.");
        for (int atom = firstAtom; atom < lastAtom; atom++)
        {
            ReadOnlySpan<int> rows = support.RowsOf(atom);
            if (rows.Length > 0)
            {
                DecodeRow.Accumulate(rows, values.Slice(support.Start(atom), rows.Length), matrix, d, gradient.Slice(atom * d, d));
            }
        }
    }

    /// <summary>The specification of <see cref="Accumulate"/>, over all atoms: the scatter in batch row order.</summary>
    public static void AccumulateScalar(
        ReadOnlySpan<int> indices,
        ReadOnlySpan<float> values,
        ReadOnlySpan<int> counts,
        int capacity,
        ReadOnlySpan<float> matrix,
        int d,
        Span<float> gradient)
    {
        for (int row = 0; row < counts.Length; row++)
        {
            for (int slot = row * capacity; slot < (row * capacity) + counts[row]; slot++)
            {
                for (int j = 0; j < d; j++)
                {
                    int at = (indices[slot] * d) + j;
                    gradient[at] = ScalarLane.MultiplyAdd(values[slot], matrix[(row * d) + j], gradient[at]);
                }
            }
        }
    }

    /// <summary>
    /// Sums of the codes by atom, sums[atom] += Σ values: the gradient of a bias that every code has. Float64, ascending row order.
    /// </summary>
    public static void AccumulateSums(SupportTranspose support, ReadOnlySpan<float> values, Span<double> sums, int firstAtom, int lastAtom)
    {
        for (int atom = firstAtom; atom < lastAtom; atom++)
        {
            double sum = 0;
            foreach (float value in values[support.Start(atom)..support.Start(atom + 1)])
            {
                sum += value;
            }

            sums[atom] += sum;
        }
    }
}
