using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>
/// A = L Lᵀ in float64 and the solution of A X = B, in blocks whose bulk is products: n³/3 + 2 n² columns multiply-adds at the rate of <see cref="Gemm"/>. The cuts depend on the
/// size alone, so the bits do not depend on the number of threads. Source: Golub and Van Loan, Matrix Computations, section 4.2.
/// </summary>
internal static class BlockedCholesky
{
    private const int Block = 64;

    /// <summary>Replaces the lower triangle by L; the upper one is neither read nor written.</summary>
    /// <param name="matrix">A, symmetric, [size, size], row-major.</param>
    /// <param name="size">n.</param>
    /// <param name="threads">The most threads to use.</param>
    /// <returns>False where a pivot is not above 0 (NaN is not); the matrix is then spoiled.</returns>
    public static bool TryFactor(Span<double> matrix, int size, int threads)
    {
        Debug.Assert(matrix.Length == (long)size * size, "A square.");
        for (int first = 0; first < size; first += Block)
        {
            int width = Math.Min(Block, size - first), below = first + width;
            for (int i = first; i < size; i++)
            {
                // Rows of the factor: L_ij = (A_ij − ⟨L_i, L_j⟩)/L_jj, all inner products of contiguous memory.
                Span<double> row = matrix.Slice((i * size) + first, Math.Min(i - first + 1, width));
                for (int j = 0; j < Math.Min(i - first, width); j++)
                {
                    ReadOnlySpan<double> other = matrix.Slice(((first + j) * size) + first, j + 1);
                    row[j] = (row[j] - TensorPrimitives.Dot<double>(row[..j], other[..j])) / other[j];
                }

                if (i < below)
                {
                    int last = i - first;
                    double pivot = row[last] - TensorPrimitives.Dot<double>(row[..last], row[..last]);
                    if (!(pivot > 0))
                    {
                        return false;
                    }

                    row[last] = Math.Sqrt(pivot);
                }
            }

            // What is left, a column of blocks at a time: A_ij −= L_i L_jᵀ from the diagonal down.
            for (int column = below; column < size; column += Block)
            {
                int columns = Math.Min(Block, size - column);
                ReadOnlySpan<double> left = matrix[((column * size) + first)..];
                Gemm.Multiply(false, true, size - column, columns, width, -1.0, left, size, left, size, 1.0, matrix[((column * size) + column)..], size, threads);
            }
        }

        return true;
    }

    /// <summary>X = A⁻¹B in place, by L Y = B and Lᵀ X = Y.</summary>
    /// <param name="factor">L in the lower triangle, [size, size].</param>
    /// <param name="size">n.</param>
    /// <param name="right">B, [size, columns]; becomes X.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="threads">The most threads to use.</param>
    public static void Solve(ReadOnlySpan<double> factor, int size, Span<double> right, int columns, int threads)
    {
        Debug.Assert(factor.Length == (long)size * size && right.Length == (long)size * columns, "Shapes disagree.");
        for (int first = 0; first < size; first += Block)
        {
            int width = Math.Min(Block, size - first);
            Gemm.Multiply(false, false, width, columns, first, -1.0, factor[(first * size)..], size, right, columns, 1.0, right[(first * columns)..], columns, threads);
            for (int i = first; i < first + width; i++)
            {
                Span<double> row = right.Slice(i * columns, columns);
                for (int j = first; j < i; j++)
                {
                    TensorPrimitives.MultiplyAdd(right.Slice(j * columns, columns), -factor[(i * size) + j], row, row);
                }

                TensorPrimitives.Divide(row, factor[(i * size) + i], row);
            }
        }

        for (int first = (size - 1) / Block * Block; first >= 0; first -= Block)
        {
            int width = Math.Min(Block, size - first), below = first + width;
            if (below < size)
            {
                Gemm.Multiply(true, false, width, columns, size - below, -1.0, factor[((below * size) + first)..], size, right[(below * columns)..], columns, 1.0, right[(first * columns)..], columns, threads);
            }

            for (int i = below - 1; i >= first; i--)
            {
                Span<double> row = right.Slice(i * columns, columns);
                for (int j = i + 1; j < below; j++)
                {
                    TensorPrimitives.MultiplyAdd(right.Slice(j * columns, columns), -factor[(j * size) + i], row, row);
                }

                TensorPrimitives.Divide(row, factor[(i * size) + i], row);
            }
        }
    }
}
