using System.Buffers;
using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// gram [atoms, atoms] += codesᵀ · codes, lower triangle with the diagonal, for sparse codes [batch, atoms]: the accumulator A of MOD and of
/// online dictionary learning. Cost: Σ over rows of count · (count + 1) / 2 multiply-adds, in scattered places.
/// </summary>
internal static class CodesGram
{
    /// <summary>
    /// Adds rows firstAtom .. lastAtom − 1 of the lower triangle. Each element is summed in ascending batch row order, so the bits do not depend
    /// on how the atoms are cut into ranges. The upper triangle is not touched.
    /// </summary>
    /// <param name="support">The support of the codes, by atom.</param>
    /// <param name="indices">Atoms, [batch, capacity], ascending and distinct within a row.</param>
    /// <param name="values">Values, [batch, capacity].</param>
    /// <param name="capacity">Length of a row of codes.</param>
    /// <param name="gram">Added to, [atoms, atoms]; float64 where many batches are summed.</param>
    /// <param name="firstAtom">First row of the range.</param>
    /// <param name="lastAtom">One past the last row of the range.</param>
    /// <typeparam name="T">float or double.</typeparam>
    public static void AccumulateLower<T>(
        SupportTranspose support,
        ReadOnlySpan<int> indices,
        ReadOnlySpan<float> values,
        int capacity,
        Span<T> gram,
        int firstAtom,
        int lastAtom)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int atoms = support.AtomCount;
        Debug.Assert(lastAtom <= atoms && gram.Length == (long)atoms * atoms, "Shapes disagree.");
        ReadOnlySpan<int> slots = support.Slots;
        ReadOnlySpan<int> rows = support.Rows;
        for (int atom = firstAtom; atom < lastAtom; atom++)
        {
            Span<T> target = gram.Slice(atom * atoms, atom + 1);
            for (int e = support.Start(atom); e < support.Start(atom + 1); e++)
            {
                // Indices ascend within a row, so the entries at or below this atom are those up to its own slot.
                int slot = slots[e];
                T value = T.CreateTruncating(values[slot]);
                for (int other = rows[e] * capacity; other <= slot; other++)
                {
                    target[indices[other]] += value * T.CreateTruncating(values[other]);
                }
            }
        }
    }

    /// <summary>
    /// The same for a float32 Gram with the sums of the batch in float64: each element is rounded once for all of the batch, however many rows it has.
    /// </summary>
    public static void AccumulateLowerWide(
        SupportTranspose support,
        ReadOnlySpan<int> indices,
        ReadOnlySpan<float> values,
        int capacity,
        Span<float> gram,
        int firstAtom,
        int lastAtom)
    {
        int atoms = support.AtomCount;
        Debug.Assert(lastAtom <= atoms && gram.Length == (long)atoms * atoms, "Shapes disagree.");
        ReadOnlySpan<int> slots = support.Slots;
        ReadOnlySpan<int> rows = support.Rows;
        double[] rented = ArrayPool<double>.Shared.Rent(lastAtom);
        for (int atom = firstAtom; atom < lastAtom; atom++)
        {
            if (support.Start(atom) == support.Start(atom + 1))
            {
                continue;
            }

            Span<double> sums = rented.AsSpan(0, atom + 1);
            sums.Clear();
            for (int e = support.Start(atom); e < support.Start(atom + 1); e++)
            {
                int slot = slots[e];
                double value = values[slot];
                for (int other = rows[e] * capacity; other <= slot; other++)
                {
                    sums[indices[other]] += value * values[other];
                }
            }

            Span<float> target = gram.Slice(atom * atoms, atom + 1);
            for (int j = 0; j < sums.Length; j++)
            {
                target[j] = (float)(target[j] + sums[j]);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Copies the lower triangle to the upper one.</summary>
    public static void Mirror<T>(Span<T> gram, int atoms)
        where T : unmanaged
    {
        const int block = 32; // both the rows read and the rows written stay in L1
        for (int i0 = 0; i0 < atoms; i0 += block)
        {
            for (int j0 = 0; j0 <= i0; j0 += block)
            {
                for (int i = i0; i < Math.Min(i0 + block, atoms); i++)
                {
                    for (int j = j0; j < Math.Min(j0 + block, i); j++)
                    {
                        gram[(j * atoms) + i] = gram[(i * atoms) + j];
                    }
                }
            }
        }
    }
}
