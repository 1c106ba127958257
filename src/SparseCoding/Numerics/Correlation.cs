using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// |Pearson correlation| between all pairs of two sets of variables, the similarity behind MCC (O'Neill et al. 2025; Hyvärinen and Morioka
/// 2016): r_jk = cov(a_j, b_k) / √(var a_j · var b_k). Population variances (÷ n); a variable whose variance is below 1e-12, or is NaN or
/// infinite, correlates 0 with everything. Sums in float64; the same bits for any number of threads.
/// </summary>
internal static class Correlation
{
    /// <summary>Variances below this count as 0, as in the paper's code.</summary>
    public const double LeastVariance = 1e-12;

    private const int BlockColumns = 16;
    private const int TileRows = 64;

    /// <summary>
    /// |Pearson| between the columns of two sparse matrices over their common rows (samples), without a dense matrix of samples: for each
    /// column of a one row of b's cross products is gathered from the rows of b where that column is not 0, Σ_s nnz(a_s) · nnz(b_s)
    /// products in all. Memory: one copy of a by columns, and b.Columns float64 for each thread.
    /// </summary>
    /// <param name="a">Codes [samples, a].</param>
    /// <param name="b">Codes [samples, b].</param>
    /// <param name="target">|r|, [a, b], row-major; overwritten.</param>
    /// <param name="threads">The most threads to use.</param>
    /// <param name="cancellation">Polled for every 16 columns of a.</param>
    public static void BetweenColumns(CsrView a, CsrView b, Memory<float> target, int threads = 1, CancellationToken cancellation = default)
    {
        Debug.Assert(a.Rows == b.Rows && target.Length == (long)a.Columns * b.Columns);
        int samples = a.Rows;
        Moments ofA = Moments.Of(a), ofB = Moments.Of(b);
        (int[] starts, int[] rows, double[] values) = ByColumns(a, ofA.Shift);
        double[] shifted = Shifted(b, ofB.Shift);
        ParallelBlocks.Run(ParallelBlocks.Count(a.Columns, BlockColumns), threads, block =>
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            var cross = new double[b.Columns];
            ReadOnlySpan<int> offsets = b.RowOffsets.Span, columns = b.ColumnIndices.Span;
            for (int j = block * BlockColumns; j < Math.Min(a.Columns, (block + 1) * BlockColumns); j++)
            {
                Span<float> row = target.Span.Slice(j * b.Columns, b.Columns);
                if (ofA.Scale[j] == 0)
                {
                    row.Clear();
                    continue;
                }

                cross.AsSpan().Clear();
                for (int k = starts[j]; k < starts[j + 1]; k++)
                {
                    int sample = rows[k];
                    double value = values[k];
                    for (int at = offsets[sample]; at < offsets[sample + 1]; at++)
                    {
                        cross[columns[at]] += value * shifted[at];
                    }
                }

                for (int k = 0; k < row.Length; k++)
                {
                    double covariance = cross[k] - (samples * ofA.Mean[j] * ofB.Mean[k]);
                    row[k] = ofB.Scale[k] == 0 ? 0 : Clip(covariance * ofA.Scale[j] * ofB.Scale[k]);
                }
            }
        });

        // Thrown here and not in the blocks, where other threads would wrap it in an AggregateException.
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// |Pearson| between the rows of two dense matrices over their common coordinates, as MCC between dictionaries takes it: each atom is
    /// centred over its d coordinates, so that with d = 8 even random atoms correlate highly. Cost a · b · d multiply-adds in float64; for
    /// large sets <see cref="StandardizeRows"/> and a matrix product give the same to float32.
    /// </summary>
    /// <param name="a">Atoms [a, d], row-major.</param>
    /// <param name="b">Atoms [b, d], row-major.</param>
    /// <param name="dimension">d.</param>
    /// <param name="target">|r|, [a, b], row-major; overwritten.</param>
    /// <param name="threads">The most threads to use.</param>
    /// <param name="cancellation">Polled for every 16 rows of a.</param>
    public static void BetweenRows(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int dimension, Memory<float> target, int threads = 1, CancellationToken cancellation = default)
    {
        int countA = dimension == 0 ? 0 : a.Length / dimension, countB = dimension == 0 ? 0 : b.Length / dimension;
        Debug.Assert(a.Length == (long)countA * dimension && b.Length == (long)countB * dimension && target.Length == (long)countA * countB);
        double[][] rowsA = Standardized(a, countA, dimension), rowsB = Standardized(b, countB, dimension);
        ParallelBlocks.Run(ParallelBlocks.Count(countA, BlockColumns), threads, block =>
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            int start = block * BlockColumns, end = Math.Min(countA, start + BlockColumns);
            Span<float> result = target.Span;
            for (int tile = 0; tile < countB; tile += TileRows)
            {
                for (int i = start; i < end; i++)
                {
                    for (int j = tile; j < Math.Min(countB, tile + TileRows); j++)
                    {
                        result[(i * countB) + j] = Clip(TensorPrimitives.Dot<double>(rowsA[i], rowsB[j]));
                    }
                }
            }
        });
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Writes each row less its mean and divided by √(d · variance): inner products of such rows are Pearson correlations. A row without
    /// variance becomes 0.
    /// </summary>
    /// <param name="rows">[count, dimension], row-major.</param>
    /// <param name="dimension">d, at least 1.</param>
    /// <param name="target">[count, dimension]; may be the same memory as <paramref name="rows"/>.</param>
    public static void StandardizeRows(ReadOnlySpan<float> rows, int dimension, Span<float> target)
    {
        Debug.Assert(dimension >= 1 && rows.Length % dimension == 0 && target.Length == rows.Length);
        var buffer = new double[dimension];
        for (int start = 0; start < rows.Length; start += dimension)
        {
            Standardize(rows.Slice(start, dimension), buffer);
            TensorPrimitives.ConvertTruncating<double, float>(buffer, target.Slice(start, dimension));
        }
    }

    private static double[][] Standardized(ReadOnlySpan<float> rows, int count, int dimension)
    {
        var result = new double[count][];
        for (int i = 0; i < count; i++)
        {
            result[i] = new double[dimension];
            Standardize(rows.Slice(i * dimension, dimension), result[i]);
        }

        return result;
    }

    private static void Standardize(ReadOnlySpan<float> row, Span<double> target)
    {
        TensorPrimitives.ConvertTruncating(row, target);
        TensorPrimitives.Subtract(target, TensorPrimitives.Sum<double>(target) / target.Length, target);
        double squares = TensorPrimitives.SumOfSquares<double>(target);
        double scale = Scale(squares / target.Length, target.Length);
        if (scale == 0)
        {
            // Not a product with 0: that would keep a NaN.
            target.Clear();
        }
        else
        {
            TensorPrimitives.Multiply(target, scale, target);
        }
    }

    /// <summary>1/√(n · variance), or 0 where the variance is too small or not a finite number.</summary>
    private static double Scale(double variance, int n) =>
        variance >= LeastVariance && double.IsFinite(variance) ? 1 / Math.Sqrt(n * variance) : 0;

    /// <summary>|r| as float32; rounding above 1 is cut.</summary>
    private static float Clip(double r) => (float)Math.Min(1, Math.Abs(r));

    /// <summary>The entries of a by columns, samples ascending, less each column's shift.</summary>
    private static (int[] Starts, int[] Rows, double[] Values) ByColumns(CsrView a, double[] shift)
    {
        ReadOnlySpan<int> offsets = a.RowOffsets.Span, columns = a.ColumnIndices.Span;
        ReadOnlySpan<float> entries = a.Values.Span;
        var starts = new int[a.Columns + 1];
        int first = offsets[0], end = offsets[a.Rows];
        for (int at = first; at < end; at++)
        {
            starts[columns[at] + 1]++;
        }

        for (int j = 0; j < a.Columns; j++)
        {
            starts[j + 1] += starts[j];
        }

        int[] next = starts[..^1], rows = new int[end - first];
        var values = new double[end - first];
        for (int s = 0; s < a.Rows; s++)
        {
            for (int at = offsets[s]; at < offsets[s + 1]; at++)
            {
                int place = next[columns[at]]++;
                rows[place] = s;
                values[place] = entries[at] - shift[columns[at]];
            }
        }

        return (starts, rows, values);
    }

    private static double[] Shifted(CsrView b, double[] shift)
    {
        ReadOnlySpan<int> columns = b.ColumnIndices.Span;
        ReadOnlySpan<float> entries = b.Values.Span;
        var values = new double[entries.Length];
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = entries[at] - shift[columns[at]];
        }

        return values;
    }

    /// <summary>Moments of the columns of a sparse matrix, implicit zeros included.</summary>
    /// <param name="Shift">
    /// The mean of a column that is stored in every row, else 0. Such a column may vary little around a large mean, where
    /// Σab − n·mean·mean would cancel; subtracting it costs nothing because there is no implicit zero. With one implicit zero or more the
    /// variance is at least about mean²/n, and float64 has digits to spare.
    /// </param>
    /// <param name="Mean">The mean of the shifted column.</param>
    /// <param name="Scale">1/√(n · variance), 0 for a column without variance.</param>
    private sealed record Moments(double[] Shift, double[] Mean, double[] Scale)
    {
        public static Moments Of(CsrView matrix)
        {
            ReadOnlySpan<int> offsets = matrix.RowOffsets.Span, columns = matrix.ColumnIndices.Span;
            ReadOnlySpan<float> values = matrix.Values.Span;
            int n = matrix.Rows, first = offsets[0], end = offsets[n];
            double[] mean = new double[matrix.Columns], squares = new double[matrix.Columns], shift = new double[matrix.Columns];
            double[] remainder = new double[matrix.Columns];
            var stored = new int[matrix.Columns];
            for (int at = first; at < end; at++)
            {
                mean[columns[at]] += values[at];
                stored[columns[at]]++;
            }

            for (int j = 0; j < mean.Length; j++)
            {
                mean[j] = n == 0 ? 0 : mean[j] / n;
                shift[j] = stored[j] == n ? mean[j] : 0;
            }

            for (int at = first; at < end; at++)
            {
                int j = columns[at];
                double centred = values[at] - mean[j];
                squares[j] += centred * centred;
                remainder[j] += centred;
            }

            for (int j = 0; j < mean.Length; j++)
            {
                double variance = n == 0 ? 0 : (squares[j] + ((n - stored[j]) * mean[j] * mean[j])) / n;
                squares[j] = Correlation.Scale(variance, n);

                // What rounding of the mean left over, for a shifted column; the mean itself for one that is not.
                mean[j] = shift[j] != 0 ? remainder[j] / n : mean[j];
            }

            return new Moments(shift, mean, squares);
        }
    }
}
