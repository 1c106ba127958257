using System.Buffers;
using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
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
/// Atoms are widened a square at a time, so that the inner loop loads doubles and does nothing but multiply and add (fused or not: the product is exact).
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
        double[] rented = ArrayPool<double>.Shared.Rent(5 * dimension);
        Span<double> left = rented.AsSpan(0, dimension), right = rented.AsSpan(dimension, 4 * dimension);
        Widen(atoms, dimension, atom, 1, left);
        for (int j = 0; j < target.Length; j += 4)
        {
            int columns = Math.Min(4, target.Length - j);
            Widen(atoms, dimension, j, columns, right);
            Tile(left, 1, right, columns, dimension, target[j..], 0);
        }

        ArrayPool<double>.Shared.Return(rented);
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
            double[] rented = ArrayPool<double>.Shared.Rent(2 * Square * dimension);
            Span<double> left = rented.AsSpan(0, Square * dimension), right = rented.AsSpan(Square * dimension, Square * dimension);
            int first = block * Square, rows = Math.Min(Square, count - first);
            Widen(atoms, dimension, first, rows, left);
            for (int from = 0; from <= first; from += Square)
            {
                // The square on the diagonal is computed whole: what lies behind the diagonal is mirrored over later with the same bits.
                int columns = Math.Min(Square, count - from);
                Widen(atoms, dimension, from, columns, right);
                for (int i = 0; i < rows; i += 2)
                {
                    for (int j = 0; j < columns; j += 4)
                    {
                        Span<float> target = gram.AsSpan(((first + i) * count) + from + j);
                        Tile(left[(i * dimension)..], Math.Min(2, rows - i), right[(j * dimension)..], Math.Min(4, columns - j), dimension, target, count);
                    }
                }
            }

            ArrayPool<double>.Shared.Return(rented);
        });
        fixed (float* values = gram)
        {
            Mirror.LowerToUpper(values, count, count, workers);
        }
    }

    /// <summary>⟨left, right⟩ with the bits of an entry of G.</summary>
    public static float Entry(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(2 * left.Length);
        Span<double> a = rented.AsSpan(0, left.Length), b = rented.AsSpan(left.Length, left.Length);
        TensorPrimitives.ConvertTruncating(left, a);
        TensorPrimitives.ConvertTruncating(right, b);
        float entry = One(a, b);
        ArrayPool<double>.Shared.Return(rented);
        return entry;
    }

    private static void Widen(ReadOnlySpan<float> atoms, int dimension, int first, int rows, Span<double> target) =>
        TensorPrimitives.ConvertTruncating(atoms.Slice(first * dimension, rows * dimension), target[..(rows * dimension)]);

    private static int End(int length) => Vector.IsHardwareAccelerated ? length - (length % Vector<double>.Count) : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Load(ref double source, int offset) => Vector.LoadUnsafe(ref source, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Add(Vector<double> a, Vector<double> b, Vector<double> sum) => GramSweep<double>.MultiplyAdd(a, b, sum);

    private static float Finish(Vector<double> lanes, ReadOnlySpan<double> left, ReadOnlySpan<double> right, int from)
    {
        double sum = Vector.Sum(lanes);
        for (int k = from; k < left.Length; k++)
        {
            sum += left[k] * right[k];
        }

        return (float)sum;
    }

    /// <summary>Entries of one or two rows and up to four columns, target[r · stride + j].</summary>
    private static void Tile(ReadOnlySpan<double> left, int rows, ReadOnlySpan<double> right, int columns, int dimension, Span<float> target, int stride)
    {
        if (rows == 2 && columns == 4)
        {
            Pair(left[..(2 * dimension)], right[..(4 * dimension)], dimension, target, stride);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            if (columns == 4)
            {
                Quad(left.Slice(r * dimension, dimension), right[..(4 * dimension)], target.Slice(r * stride, 4));
                continue;
            }

            for (int j = 0; j < columns; j++)
            {
                target[(r * stride) + j] = One(left.Slice(r * dimension, dimension), right.Slice(j * dimension, dimension));
            }
        }
    }

    private static float One(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ref double a = ref MemoryMarshal.GetReference(left);
        ref double b = ref MemoryMarshal.GetReference(right);
        int end = End(left.Length);
        Vector<double> sum = default;
        for (int k = 0; k < end; k += Vector<double>.Count)
        {
            sum = Add(Load(ref a, k), Load(ref b, k), sum);
        }

        return Finish(sum, left, right, end);
    }

    // Four chains, because one waits for its own last addition.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quad(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<float> target)
    {
        int dimension = left.Length, end = End(dimension);
        ref double a = ref MemoryMarshal.GetReference(left);
        ref double b = ref MemoryMarshal.GetReference(right);
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int k = 0; k < end; k += Vector<double>.Count)
        {
            Vector<double> x = Load(ref a, k);
            s0 = Add(x, Load(ref b, k), s0);
            s1 = Add(x, Load(ref b, dimension + k), s1);
            s2 = Add(x, Load(ref b, (2 * dimension) + k), s2);
            s3 = Add(x, Load(ref b, (3 * dimension) + k), s3);
        }

        for (int j = 0; j < 4; j++)
        {
            target[j] = Finish(j switch { 0 => s0, 1 => s1, 2 => s2, _ => s3 }, left, right.Slice(j * dimension, dimension), end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pair(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int dimension, Span<float> target, int stride)
    {
        int end = End(dimension);
        ref double a = ref MemoryMarshal.GetReference(left);
        ref double b = ref MemoryMarshal.GetReference(right);
        Vector<double> s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        for (int k = 0; k < end; k += Vector<double>.Count)
        {
            Vector<double> x = Load(ref a, k), y = Load(ref a, dimension + k), column = Load(ref b, k);
            s0 = Add(x, column, s0);
            t0 = Add(y, column, t0);
            column = Load(ref b, dimension + k);
            s1 = Add(x, column, s1);
            t1 = Add(y, column, t1);
            column = Load(ref b, (2 * dimension) + k);
            s2 = Add(x, column, s2);
            t2 = Add(y, column, t2);
            column = Load(ref b, (3 * dimension) + k);
            s3 = Add(x, column, s3);
            t3 = Add(y, column, t3);
        }

        ReadOnlySpan<double> first = left[..dimension], second = left[dimension..];
        for (int j = 0; j < 4; j++)
        {
            ReadOnlySpan<double> column = right.Slice(j * dimension, dimension);
            target[j] = Finish(j switch { 0 => s0, 1 => s1, 2 => s2, _ => s3 }, first, column, end);
            target[stride + j] = Finish(j switch { 0 => t0, 1 => t1, 2 => t2, _ => t3 }, second, column, end);
        }
    }
}
