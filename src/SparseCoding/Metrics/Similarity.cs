using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Metrics;

/// <summary>Similarity matrices, matchings of them, and copies of dictionaries, shared by the metrics.</summary>
internal static class Similarity
{
    /// <summary>Above this many multiply-adds a float32 matrix product replaces sums in float64; they agree to about 1e-6.</summary>
    private const double ProductWork = 1 << 28;

    /// <summary>The codes as a sparse matrix [samples, atoms].</summary>
    public static CsrView View(SparseCodes codes) =>
        new(codes.RowCount, codes.AtomCount, codes.OffsetArray, codes.AtomArray.AsMemory(0, codes.NonZeroCount), codes.ValueArray.AsMemory(0, codes.NonZeroCount));

    /// <summary>|Pearson| of all columns of two sets of codes, [truth atoms, found atoms].</summary>
    public static float[] OfCodes(CsrView truth, CsrView found, CancellationToken cancellation)
    {
        var target = new float[Size(truth.Columns, found.Columns)];
        Correlation.BetweenColumns(truth, found, target, Environment.ProcessorCount, cancellation);
        return target;
    }

    /// <summary>|Pearson| of all rows (over the coordinates), or |cosine| when not centred, [rows of a, rows of b]. Rows without length or variance give 0.</summary>
    public static float[] OfRows(float[] a, float[] b, int dimension, bool centred, CancellationToken cancellation)
    {
        int countA = a.Length / dimension, countB = b.Length / dimension;
        var target = new float[Size(countA, countB)];
        if (centred && (double)countA * countB * dimension <= ProductWork)
        {
            Correlation.BetweenRows(a, b, dimension, target, Environment.ProcessorCount, cancellation);
            return target;
        }

        float[] unitA = Prepare(a, dimension, centred), unitB = ReferenceEquals(a, b) ? unitA : Prepare(b, dimension, centred);
        const int BlockRows = 256;
        for (int start = 0; start < countA; start += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = Math.Min(BlockRows, countA - start);
            Span<float> block = target.AsSpan(start * countB, rows * countB);
            Products(unitA.AsSpan(start * dimension, rows * dimension), unitB, dimension, block);
            TensorPrimitives.Abs(block, block);
            TensorPrimitives.Min(block, 1, block);
        }

        return target;
    }

    /// <summary>Inner products of the rows of a block with all rows, [rows, count].</summary>
    public static void Products(ReadOnlySpan<float> block, ReadOnlySpan<float> all, int dimension, Span<float> target)
    {
        int rows = block.Length / dimension, count = all.Length / dimension;
        if ((long)count * dimension > 1 << 14)
        {
            Gemm.Multiply(false, true, rows, count, dimension, 1, block, dimension, all, dimension, 0, target, count, default, Environment.ProcessorCount);
            return;
        }

        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < count; j++)
            {
                target[(i * count) + j] = (float)Reduction.Dot(block.Slice(i * dimension, dimension), all.Slice(j * dimension, dimension));
            }
        }
    }

    /// <summary>The rows divided by their norms, in float64; rows of norm 0 stay 0.</summary>
    public static float[] Unit(ReadOnlySpan<float> rows, int dimension)
    {
        var unit = new float[rows.Length];
        for (int start = 0; start < rows.Length; start += dimension)
        {
            double norm = Math.Sqrt(Reduction.SumSquares(rows.Slice(start, dimension)));
            for (int i = start; norm > 0 && i < start + dimension; i++)
            {
                unit[i] = (float)(rows[i] / norm);
            }
        }

        return unit;
    }

    /// <summary>All atoms of a dictionary, [atoms, dimension].</summary>
    public static float[] Atoms(IDictionary dictionary)
    {
        long size = (long)dictionary.AtomCount * dictionary.OutputDimension;
        if (size > Array.MaxLength)
        {
            Throw.NotSupported($"A dictionary of {dictionary.AtomCount} atoms of dimension {dictionary.OutputDimension} is too large to be compared at once (at most {Array.MaxLength} values).");
        }

        var atoms = new float[size];
        dictionary.CopyAtoms(0, atoms);
        return atoms;
    }

    /// <summary>The exact matching of a similarity matrix [truth, found], and the mean of the matched entries; (NaN, empty) for an empty matrix.</summary>
    public static (double Mean, MatchedPair[] Pairs) Match(float[] similarity, int truth, int found, CancellationToken cancellation) =>
        Pairs(LinearAssignment.Maximize(similarity, truth, found, cancellation), similarity, found);

    /// <summary>The greedy matching of a similarity matrix: the mean of the matched entries.</summary>
    public static double MatchGreedily(float[] similarity, int truth, int found, CancellationToken cancellation)
    {
        AssignmentResult result = GreedyAssignment.Maximize(similarity, truth, found, cancellation);
        return result.Total / result.Count;
    }

    /// <summary>Place of the greatest entry of each column of a matrix [rows, columns]; ties to the lower row.</summary>
    public static (int[] Rows, float[] Values) BestOfColumns(float[] similarity, int rows, int columns)
    {
        var best = new int[columns];
        var values = new float[columns];
        values.AsSpan().Fill(float.NegativeInfinity);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (similarity[(i * columns) + j] > values[j])
                {
                    (values[j], best[j]) = (similarity[(i * columns) + j], i);
                }
            }
        }

        return (best, values);
    }

    private static (double Mean, MatchedPair[] Pairs) Pairs(AssignmentResult result, float[] similarity, int found)
    {
        var pairs = new List<MatchedPair>(result.Count);
        for (int i = 0; i < result.RowToColumn.Length; i++)
        {
            if (result.RowToColumn[i] is var j && j >= 0)
            {
                pairs.Add(new MatchedPair(i, j, similarity[(i * found) + j]));
            }
        }

        return (result.Total / result.Count, pairs.ToArray());
    }

    private static float[] Prepare(float[] rows, int dimension, bool centred)
    {
        if (!centred)
        {
            return Unit(rows, dimension);
        }

        var standardized = new float[rows.Length];
        Correlation.StandardizeRows(rows, dimension, standardized);
        return standardized;
    }

    private static long Size(int rows, int columns)
    {
        long size = (long)rows * columns;
        if (size > Array.MaxLength)
        {
            Throw.NotSupported($"{rows} times {columns} pairs are more than the {Array.MaxLength} that can be matched exactly; compare a subset of the atoms.");
        }

        return size;
    }
}
