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
/// unit in the last place of float32 and G is exactly symmetric. Every entry is one sum in the order of the elements, whether one row, a few or the whole of G is asked for and on
/// any hardware (fused or not: the product is exact): a row computed on demand has the bits of the whole matrix.
/// </summary>
/// <remarks>
/// Coherent dictionaries need it: a solver amplifies the rounding of G by the condition of its support. Floor: the double rate of the core, half that of float32.
/// Lanes are columns: a panel of three vectors of atoms is widened and transposed once, and four rows of atoms at a time are broadcast against it, twelve independent sums in registers.
/// </remarks>
internal static unsafe class GramProduct
{
    // Columns of a task: its panels stay in L2 at dimensions up to about 1,000. A multiple of a panel at any vector width.
    private const int Block = 48;
    private const int Rows = 4;

    private static int Width => Vector.IsHardwareAccelerated ? Vector<double>.Count : 1;

    /// <summary>target[j] = ⟨d_atom, d_j⟩ for all atoms j, [atoms].</summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="atom">The row.</param>
    /// <param name="target">The row of G, [atoms].</param>
    public static void Row(ReadOnlySpan<float> atoms, int dimension, int atom, Span<float> target)
    {
        Debug.Assert(atoms.Length == (long)target.Length * dimension, "One entry per atom.");
        int panel = 3 * Width;
        double[] rented = ArrayPool<double>.Shared.Rent((Rows + panel) * dimension);
        fixed (double* left = rented)
        fixed (float* source = atoms)
        fixed (float* row = target)
        {
            double* right = left + (Rows * dimension);
            Widen(source + ((nint)atom * dimension), 1, dimension, left);
            for (int j = 0; j < target.Length; j += panel)
            {
                int columns = Math.Min(panel, target.Length - j);
                Pack(source + ((nint)j * dimension), columns, panel, dimension, right);
                Tile(left, 1, right, columns, dimension, row + j, 0);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>gram = D Dᵀ, [atoms, atoms].</summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="gram">Written, [atoms, atoms].</param>
    /// <param name="threads">The most threads to use.</param>
    public static void All(float[] atoms, int dimension, float[] gram, int threads)
    {
        int count = atoms.Length / dimension;
        Debug.Assert(gram.Length == (long)count * count, "One entry per pair of atoms.");
        int workers = (long)count * count * dimension < 1 << 18 ? 1 : threads;
        ParallelBlocks.Run(ParallelBlocks.Count(count, Block), workers, block => Columns(atoms, dimension, gram, count, block * Block));
        fixed (float* values = gram)
        {
            Mirror.LowerToUpper(values, count, count, workers);
        }
    }

    /// <summary>⟨left, right⟩ with the bits of an entry of G.</summary>
    public static float Entry(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (int k = 0; k < left.Length; k++)
        {
            sum += (double)left[k] * right[k];
        }

        return (float)sum;
    }

    /// <summary>The columns of one task from the diagonal down; what lies above it is mirrored over later with the same bits.</summary>
    private static void Columns(float[] atoms, int dimension, float[] gram, int count, int first)
    {
        int panel = 3 * Width, columns = Math.Min(Block, count - first), panels = (columns + panel - 1) / panel;
        double[] rented = ArrayPool<double>.Shared.Rent((Rows + (panels * panel)) * dimension);
        fixed (double* left = rented)
        fixed (float* source = atoms)
        fixed (float* target = gram)
        {
            double* right = left + (Rows * dimension);
            for (int p = 0; p < panels; p++)
            {
                int from = p * panel;
                Pack(source + ((nint)(first + from) * dimension), Math.Min(panel, columns - from), panel, dimension, right + ((nint)from * dimension));
            }

            for (int i = first; i < count; i += Rows)
            {
                int rows = Math.Min(Rows, count - i);
                Widen(source + ((nint)i * dimension), rows, dimension, left);
                for (int p = 0; p < panels; p++)
                {
                    int from = p * panel;
                    Tile(left, rows, right + ((nint)from * dimension), Math.Min(panel, columns - from), dimension, target + ((nint)i * count) + first + from, count);
                }
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private static void Widen(float* source, int rows, int dimension, double* target) =>
        TensorPrimitives.ConvertTruncating(new ReadOnlySpan<float>(source, rows * dimension), new Span<double>(target, rows * dimension));

    /// <summary>panel[k, j] = d_j[k] in double, [dimension, width]; columns that do not exist are 0.</summary>
    private static void Pack(float* source, int columns, int width, int dimension, double* panel)
    {
        if (columns < width)
        {
            new Span<double>(panel, width * dimension).Clear();
        }

        for (int j = 0; j < columns; j++)
        {
            float* column = source + ((nint)j * dimension);
            double* target = panel + j;
            for (int k = 0; k < dimension; k++, target += width)
            {
                *target = column[k];
            }
        }
    }

    /// <summary>Entries of up to four rows and one panel, target[r · stride + j].</summary>
    private static void Tile(double* left, int rows, double* right, int columns, int dimension, float* target, nint stride)
    {
        int width = Width, panel = 3 * width;
        double* sums = stackalloc double[Rows * panel];
        if (!Vector.IsHardwareAccelerated)
        {
            Scalar(left, rows, right, dimension, sums);
        }
        else if (rows == Rows)
        {
            Four(left, right, dimension, sums);
        }
        else
        {
            for (int r = 0; r < rows; r++)
            {
                One(left + ((nint)r * dimension), right, dimension, sums + (r * panel));
            }
        }

        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < columns; j++)
            {
                target[(r * stride) + j] = (float)sums[(r * panel) + j];
            }
        }
    }

    /// <summary>The specification: sums[r, j] over a panel of three columns.</summary>
    private static void Scalar(double* left, int rows, double* right, int dimension, double* sums)
    {
        for (int r = 0; r < rows; r++)
        {
            double s0 = 0, s1 = 0, s2 = 0;
            for (int k = 0; k < dimension; k++)
            {
                double a = left[(r * dimension) + k];
                s0 += a * right[3 * k];
                s1 += a * right[(3 * k) + 1];
                s2 += a * right[(3 * k) + 2];
            }

            (sums[3 * r], sums[(3 * r) + 1], sums[(3 * r) + 2]) = (s0, s1, s2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Add(Vector<double> a, Vector<double> b, Vector<double> sum) => GramSweep<double>.MultiplyAdd(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(double* left, double* right, int dimension, double* sums)
    {
        int w = Vector<double>.Count;
        Vector<double> s0 = default, s1 = default, s2 = default;
        for (int k = 0; k < dimension; k++, right += 3 * w)
        {
            var a = new Vector<double>(left[k]);
            s0 = Add(a, Vector.Load(right), s0);
            s1 = Add(a, Vector.Load(right + w), s1);
            s2 = Add(a, Vector.Load(right + (2 * w)), s2);
        }

        s0.Store(sums);
        s1.Store(sums + w);
        s2.Store(sums + (2 * w));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(double* left, double* right, int dimension, double* sums)
    {
        int w = Vector<double>.Count;
        double* l1 = left + dimension, l2 = l1 + dimension, l3 = l2 + dimension;
        Vector<double> a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        Vector<double> c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        for (int k = 0; k < dimension; k++, right += 3 * w)
        {
            Vector<double> x = Vector.Load(right), y = Vector.Load(right + w), z = Vector.Load(right + (2 * w));
            var factor = new Vector<double>(left[k]);
            a0 = Add(factor, x, a0);
            a1 = Add(factor, y, a1);
            a2 = Add(factor, z, a2);
            factor = new Vector<double>(l1[k]);
            b0 = Add(factor, x, b0);
            b1 = Add(factor, y, b1);
            b2 = Add(factor, z, b2);
            factor = new Vector<double>(l2[k]);
            c0 = Add(factor, x, c0);
            c1 = Add(factor, y, c1);
            c2 = Add(factor, z, c2);
            factor = new Vector<double>(l3[k]);
            d0 = Add(factor, x, d0);
            d1 = Add(factor, y, d1);
            d2 = Add(factor, z, d2);
        }

        a0.Store(sums);
        a1.Store(sums + w);
        a2.Store(sums + (2 * w));
        b0.Store(sums + (3 * w));
        b1.Store(sums + (4 * w));
        b2.Store(sums + (5 * w));
        c0.Store(sums + (6 * w));
        c1.Store(sums + (7 * w));
        c2.Store(sums + (8 * w));
        d0.Store(sums + (9 * w));
        d1.Store(sums + (10 * w));
        d2.Store(sums + (11 * w));
    }
}
