namespace SparseCoding.Metrics;

/// <summary>Pearson's r of column j of one matrix with column j of another, both sparse; implicit zeros included; float64 sums.</summary>
internal static class AlignedCorrelation
{
    /// <summary>Mean over all columns; a column whose variance is below 1e-12 counts 0.</summary>
    public static double Mean(SparseCodes a, SparseCodes b)
    {
        int n = a.RowCount, columns = a.AtomCount;
        double[] meanA = Means(a), meanB = Means(b);

        // Every sum starts with the implicit zeros, n · mean · mean, and each stored entry replaces its term: nothing cancels for rare atoms.
        double[] cross = new double[columns], squaresA = new double[columns], squaresB = new double[columns];
        for (int j = 0; j < columns; j++)
        {
            cross[j] = n * meanA[j] * meanB[j];
        }

        Squares(a, meanA, squaresA);
        Squares(b, meanB, squaresB);
        for (int row = 0; row < n; row++)
        {
            SparseRow rowA = a[row], rowB = b[row];
            int p = 0, q = 0;
            while (p < rowA.Count || q < rowB.Count)
            {
                int j = Math.Min(p < rowA.Count ? rowA.Atoms[p] : int.MaxValue, q < rowB.Count ? rowB.Atoms[q] : int.MaxValue);
                double x = p < rowA.Count && rowA.Atoms[p] == j ? rowA.Values[p++] : 0;
                double y = q < rowB.Count && rowB.Atoms[q] == j ? rowB.Values[q++] : 0;
                cross[j] += ((x - meanA[j]) * (y - meanB[j])) - (meanA[j] * meanB[j]);
            }
        }

        double sum = 0;
        for (int j = 0; j < columns; j++)
        {
            double least = Numerics.Correlation.LeastVariance * n;
            sum += squaresA[j] >= least && squaresB[j] >= least ? Math.Clamp(cross[j] / Math.Sqrt(squaresA[j] * squaresB[j]), -1, 1) : 0;
        }

        return sum / columns;
    }

    private static double[] Means(SparseCodes codes)
    {
        var means = new double[codes.AtomCount];
        for (int i = 0; i < codes.NonZeroCount; i++)
        {
            means[codes.Atoms[i]] += codes.Values[i];
        }

        for (int j = 0; j < means.Length; j++)
        {
            means[j] /= codes.RowCount;
        }

        return means;
    }

    private static void Squares(SparseCodes codes, double[] means, double[] squares)
    {
        var stored = new int[means.Length];
        for (int i = 0; i < codes.NonZeroCount; i++)
        {
            int j = codes.Atoms[i];
            stored[j]++;
            squares[j] += (codes.Values[i] - means[j]) * (codes.Values[i] - means[j]);
        }

        for (int j = 0; j < means.Length; j++)
        {
            squares[j] += (codes.RowCount - stored[j]) * means[j] * means[j];
        }
    }
}
