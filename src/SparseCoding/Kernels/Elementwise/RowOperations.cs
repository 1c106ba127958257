using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Operations on the rows or columns of a block [rows, columns], row-major. The bits of a row do not depend on its neighbours; column sums depend
/// on how the rows are cut into blocks, so that cut must come from the size of the problem alone. Floor: one read of the block (and one write).
/// </summary>
internal static class RowOperations
{
    /// <summary>sums [columns] += Σ over rows, float64, each column in row order.</summary>
    public static void ColumnSums(ReadOnlySpan<float> block, int rows, int columns, Span<double> sums) =>
        ColumnTerms<PlainTerm>(block, block, rows, columns, sums);

    /// <summary>sums [columns] += Σ over rows of the squares, float64, each column in row order.</summary>
    public static void ColumnSquares(ReadOnlySpan<float> block, int rows, int columns, Span<double> sums) =>
        ColumnTerms<ProductTerm>(block, block, rows, columns, sums);

    /// <summary>sums [columns] += Σ over rows of the products of two blocks, float64 (a product of two floats is exact there), each column in row order.</summary>
    public static void ColumnDots(ReadOnlySpan<float> block, ReadOnlySpan<float> other, int rows, int columns, Span<double> sums) =>
        ColumnTerms<ProductTerm>(block, other, rows, columns, sums);

    /// <summary>The specification of <see cref="ColumnSums"/>, bit for bit.</summary>
    public static void ColumnSumsScalar(ReadOnlySpan<float> block, int rows, int columns, Span<double> sums)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < columns; j++)
            {
                sums[j] += block[(row * columns) + j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ColumnTerms<TTerm>(ReadOnlySpan<float> block, ReadOnlySpan<float> other, int rows, int columns, Span<double> sums)
        where TTerm : struct, ITerm
    {
        Debug.Assert(block.Length == (long)rows * columns && other.Length == block.Length && sums.Length == columns, "Shapes disagree.");
        ref float x = ref MemoryMarshal.GetReference(block);
        ref float y = ref MemoryMarshal.GetReference(other);
        ref double target = ref MemoryMarshal.GetReference(sums);
        nuint width = (nuint)columns, lanes = (nuint)Vector<float>.Count, half = (nuint)Vector<double>.Count, total = (nuint)rows;
        for (nuint row = 0; row < total; row += 4)
        {
            // Four rows per visit of the sums; each column still adds them one after the other.
            nuint start = row * width, end = Math.Min(row + 4, total) * width, j = 0;
            for (; Vector.IsHardwareAccelerated && j + lanes <= width; j += lanes)
            {
                Vector<double> low = Vector.LoadUnsafe(ref target, j), high = Vector.LoadUnsafe(ref target, j + half);
                for (nuint i = start + j; i < end; i += width)
                {
                    Vector.Widen(Vector.LoadUnsafe(ref x, i), out Vector<double> xLow, out Vector<double> xHigh);
                    Vector.Widen(Vector.LoadUnsafe(ref y, i), out Vector<double> yLow, out Vector<double> yHigh);
                    low += TTerm.Of(xLow, yLow);
                    high += TTerm.Of(xHigh, yHigh);
                }

                low.StoreUnsafe(ref target, j);
                high.StoreUnsafe(ref target, j + half);
            }

            for (; j < width; j++)
            {
                ref double sum = ref Unsafe.Add(ref target, j);
                for (nuint i = start + j; i < end; i += width)
                {
                    sum += TTerm.Of(Unsafe.Add(ref x, i), Unsafe.Add(ref y, i));
                }
            }
        }
    }

    /// <summary>norms[i] = ‖row i‖₂, summed in float64: no overflow or underflow at any float32 input.</summary>
    public static void RowNorms(ReadOnlySpan<float> block, int rows, int columns, Span<float> norms)
    {
        Debug.Assert(block.Length == (long)rows * columns && norms.Length >= rows, "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            norms[row] = (float)Math.Sqrt(Reduction.SumSquares(block.Slice(row * columns, columns)));
        }
    }

    /// <summary>Row i of the block is multiplied by factors[i], in place.</summary>
    public static void ScaleRows(Span<float> block, int rows, int columns, ReadOnlySpan<float> factors)
    {
        Debug.Assert(block.Length == (long)rows * columns && factors.Length >= rows, "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = block.Slice(row * columns, columns);
            TensorPrimitives.Multiply(target, factors[row], target);
        }
    }

    /// <summary>Scales rows to unit norm, in place; a zero row stays zero. Optionally gives the norms they had, [rows].</summary>
    public static void NormalizeRows(Span<float> block, int rows, int columns, Span<float> norms = default)
    {
        Debug.Assert(block.Length == (long)rows * columns && (norms.IsEmpty || norms.Length >= rows), "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = block.Slice(row * columns, columns);
            double norm = Math.Sqrt(Reduction.SumSquares(target));
            if (!norms.IsEmpty)
            {
                norms[row] = (float)norm;
            }

            if ((float)norm is >= 1e-30f and <= 1e30f)
            {
                TensorPrimitives.Multiply(target, (float)(1 / norm), target);
            }
            else if (norm > 0)
            {
                // 1 / norm would leave float32: divide each element in float64.
                for (int j = 0; j < target.Length; j++)
                {
                    target[j] = (float)(target[j] / norm);
                }
            }
        }
    }

    /// <summary>Adds one vector [columns] to every row, in place.</summary>
    public static void AddRowVector(Span<float> block, int rows, int columns, ReadOnlySpan<float> vector)
    {
        Debug.Assert(block.Length == (long)rows * columns && vector.Length == columns, "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = block.Slice(row * columns, columns);
            TensorPrimitives.Add(target, vector, target);
        }
    }

    /// <summary>output = (block − offset) / scale: what an affine dictionary x̂ = offset + scale · zD asks the solver to explain. May be in place.</summary>
    public static void Standardize(ReadOnlySpan<float> block, int rows, int columns, ReadOnlySpan<float> offset, float scale, Span<float> output)
    {
        Debug.Assert(block.Length == (long)rows * columns && offset.Length == columns && output.Length >= block.Length, "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = output.Slice(row * columns, columns);
            TensorPrimitives.Subtract(block.Slice(row * columns, columns), offset, target);
            if (scale != 1)
            {
                TensorPrimitives.Divide(target, scale, target); // the row is in L1
            }
        }
    }

    /// <summary>output = offset + scale · block, the inverse of <see cref="Standardize"/>. May be in place.</summary>
    public static void Restore(ReadOnlySpan<float> block, int rows, int columns, ReadOnlySpan<float> offset, float scale, Span<float> output)
    {
        Debug.Assert(block.Length == (long)rows * columns && offset.Length == columns && output.Length >= block.Length, "Shapes disagree.");
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = output.Slice(row * columns, columns);
            TensorPrimitives.Multiply(block.Slice(row * columns, columns), scale, target);
            TensorPrimitives.Add(target, offset, target);
        }
    }

    /// <summary>What a pair of entries adds to its column's sum.</summary>
    private interface ITerm
    {
        static abstract double Of(double a, double b);

        static abstract Vector<double> Of(Vector<double> a, Vector<double> b);
    }

    private readonly struct PlainTerm : ITerm
    {
        public static double Of(double a, double b) => a;

        public static Vector<double> Of(Vector<double> a, Vector<double> b) => a;
    }

    private readonly struct ProductTerm : ITerm
    {
        public static double Of(double a, double b) => a * b;

        public static Vector<double> Of(Vector<double> a, Vector<double> b) => a * b;
    }
}
