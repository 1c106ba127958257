using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Inner products of float32 atoms, summed in float64 and rounded once: G_ij = ⟨d_i, d_j⟩. Products of two floats are exact in double, so an entry is wrong by half a
/// unit in the last place of float32 and G is exactly symmetric. Every entry goes through the same additions in the same order whether one row, a few columns or
/// the whole of G is asked for: a row computed on demand has the bits of the whole matrix.
/// </summary>
/// <remarks>
/// Coherent dictionaries need it: a solver amplifies the rounding of G by the condition of its support. Floor: the double rate of the core, half that of float32.
/// The scalar form is the specification of an entry up to the order of its sum.
/// </remarks>
internal static class GramProduct
{
    // Rows of atoms that are worked on against as many others: both sides stay in L2 at dimensions up to 2,000 or so.
    private const int Square = 32;

    /// <summary>target[j] = ⟨d_atom, d_j⟩ for all atoms j, [atoms].</summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="atom">The row.</param>
    /// <param name="target">The row of G, [atoms].</param>
    public static void Row(ReadOnlySpan<float> atoms, int dimension, int atom, Span<float> target)
    {
        Debug.Assert(atoms.Length == (long)target.Length * dimension, "One entry per atom.");
        for (int j = 0; j < target.Length; j += 4)
        {
            Tile(atoms, dimension, atom, 1, j, Math.Min(4, target.Length - j), target, 0);
        }
    }

    /// <summary>gram = D Dᵀ, [atoms, atoms].</summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="gram">Written, [atoms, atoms].</param>
    /// <param name="threads">The most threads to use.</param>
    public static unsafe void All(float[] atoms, int dimension, float[] gram, int threads)
    {
        int count = atoms.Length / dimension;
        Debug.Assert(gram.Length == (long)count * count, "One entry per pair of atoms.");
        int workers = (long)count * count * dimension < 1 << 18 ? 1 : threads;
        ParallelBlocks.Run(ParallelBlocks.Count(count, Square), workers, block =>
        {
            int first = block * Square, last = Math.Min(first + Square, count);
            for (int from = 0; from < last; from += Square)
            {
                int to = Math.Min(from + Square, last);
                for (int i = first; i < last; i += 2)
                {
                    int rows = Math.Min(2, last - i);
                    for (int j = from; j < Math.Min(to, i + rows); j += 4)
                    {
                        Tile(atoms, dimension, i, rows, j, Math.Min(4, to - j), gram.AsSpan(i * count), count);
                    }
                }
            }
        });
        fixed (float* values = gram)
        {
            Mirror.LowerToUpper(values, count, count, workers);
        }
    }

    /// <summary>⟨left, right⟩ with the bits of an entry of G.</summary>
    public static float Entry(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right);
        Vector<double> sum = default;
        int width = Vector<float>.Count, end = End(left.Length);
        for (int k = 0; k < end; k += width)
        {
            Load(ref a, k, out Vector<double> a0, out Vector<double> a1);
            Load(ref b, k, out Vector<double> b0, out Vector<double> b1);
            sum = (sum + (a0 * b0)) + (a1 * b1);
        }

        return Finish(sum, left, right, end);
    }

    private static int End(int length) => Vector.IsHardwareAccelerated ? length - (length % Vector<float>.Count) : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(ref float source, int offset, out Vector<double> low, out Vector<double> high) =>
        Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)offset), out low, out high);

    private static float Finish(Vector<double> lanes, ReadOnlySpan<float> left, ReadOnlySpan<float> right, int from)
    {
        double sum = Vector.Sum(lanes);
        for (int k = from; k < left.Length; k++)
        {
            sum += (double)left[k] * right[k];
        }

        return (float)sum;
    }

    /// <summary>Entries of one or two rows and up to four columns, target[r · stride + j]; columns behind the diagonal are written too and mirrored over later.</summary>
    private static void Tile(ReadOnlySpan<float> atoms, int dimension, int row, int rows, int column, int columns, Span<float> target, int stride)
    {
        if (rows == 2 && columns == 4)
        {
            Pair(atoms, dimension, row, column, target, stride);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> left = atoms.Slice((row + r) * dimension, dimension);
            if (columns == 4)
            {
                Quad(left, atoms.Slice(column * dimension, 4 * dimension), target.Slice((r * stride) + column, 4));
                continue;
            }

            for (int j = column; j < column + columns; j++)
            {
                target[(r * stride) + j] = Entry(left, atoms.Slice(j * dimension, dimension));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quad(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target)
    {
        int dimension = left.Length, width = Vector<float>.Count, end = End(dimension);
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right);
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int k = 0; k < end; k += width)
        {
            Load(ref a, k, out Vector<double> a0, out Vector<double> a1);
            Load(ref b, k, out Vector<double> b0, out Vector<double> b1);
            s0 = (s0 + (a0 * b0)) + (a1 * b1);
            Load(ref b, dimension + k, out b0, out b1);
            s1 = (s1 + (a0 * b0)) + (a1 * b1);
            Load(ref b, (2 * dimension) + k, out b0, out b1);
            s2 = (s2 + (a0 * b0)) + (a1 * b1);
            Load(ref b, (3 * dimension) + k, out b0, out b1);
            s3 = (s3 + (a0 * b0)) + (a1 * b1);
        }

        target[0] = Finish(s0, left, right[..dimension], end);
        target[1] = Finish(s1, left, right.Slice(dimension, dimension), end);
        target[2] = Finish(s2, left, right.Slice(2 * dimension, dimension), end);
        target[3] = Finish(s3, left, right.Slice(3 * dimension, dimension), end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pair(ReadOnlySpan<float> atoms, int dimension, int row, int column, Span<float> target, int stride)
    {
        ReadOnlySpan<float> left = atoms.Slice(row * dimension, 2 * dimension), right = atoms.Slice(column * dimension, 4 * dimension);
        int width = Vector<float>.Count, end = End(dimension);
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right);
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        for (int k = 0; k < end; k += width)
        {
            Load(ref a, k, out Vector<double> a0, out Vector<double> a1);
            Load(ref a, dimension + k, out Vector<double> c0, out Vector<double> c1);
            Load(ref b, k, out Vector<double> b0, out Vector<double> b1);
            s0 = (s0 + (a0 * b0)) + (a1 * b1);
            t0 = (t0 + (c0 * b0)) + (c1 * b1);
            Load(ref b, dimension + k, out b0, out b1);
            s1 = (s1 + (a0 * b0)) + (a1 * b1);
            t1 = (t1 + (c0 * b0)) + (c1 * b1);
            Load(ref b, (2 * dimension) + k, out b0, out b1);
            s2 = (s2 + (a0 * b0)) + (a1 * b1);
            t2 = (t2 + (c0 * b0)) + (c1 * b1);
            Load(ref b, (3 * dimension) + k, out b0, out b1);
            s3 = (s3 + (a0 * b0)) + (a1 * b1);
            t3 = (t3 + (c0 * b0)) + (c1 * b1);
        }

        Span<float> upper = target.Slice(column, 4), lower = target.Slice(stride + column, 4);
        ReadOnlySpan<float> first = left[..dimension], second = left[dimension..];
        upper[0] = Finish(s0, first, right[..dimension], end);
        upper[1] = Finish(s1, first, right.Slice(dimension, dimension), end);
        upper[2] = Finish(s2, first, right.Slice(2 * dimension, dimension), end);
        upper[3] = Finish(s3, first, right.Slice(3 * dimension, dimension), end);
        lower[0] = Finish(t0, second, right[..dimension], end);
        lower[1] = Finish(t1, second, right.Slice(dimension, dimension), end);
        lower[2] = Finish(t2, second, right.Slice(2 * dimension, dimension), end);
        lower[3] = Finish(t3, second, right.Slice(3 * dimension, dimension), end);
    }
}
