namespace SparseCoding.Data;

/// <summary>Mean and typical norm of a source's first rows.</summary>
internal sealed class SourceStatistics
{
    /// <summary>Rows that are looked at.</summary>
    public const int MaximumRows = 131_072;

    private SourceStatistics(float[] mean, double meanNorm)
    {
        Mean = mean;
        MeanNorm = meanNorm;
    }

    /// <summary>Mean signal, [dimension].</summary>
    public float[] Mean { get; }

    /// <summary>Mean Euclidean norm of a signal.</summary>
    public double MeanNorm { get; }

    /// <summary>Reads up to <see cref="MaximumRows"/> rows from the start and rewinds.</summary>
    public static SourceStatistics Estimate(ActivationSource source)
    {
        int dimension = source.Dimension;
        long wanted = Math.Min(source.RowCount, MaximumRows);
        var batch = new SignalBatch((int)Math.Clamp(wanted, 1, 4096), dimension);
        var sums = new double[dimension];
        double norms = 0;
        long seen = 0;
        source.Rewind();
        while (seen < wanted)
        {
            source.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            for (int row = 0; row < batch.Count; row++)
            {
                ReadOnlySpan<float> signal = batch.Signals.Slice(row * dimension, dimension);
                double squared = 0;
                for (int i = 0; i < dimension; i++)
                {
                    sums[i] += signal[i];
                    squared += (double)signal[i] * signal[i];
                }

                norms += Math.Sqrt(squared);
            }

            seen += batch.Count;
        }

        source.Rewind();
        var mean = new float[dimension];
        for (int i = 0; i < dimension; i++)
        {
            mean[i] = (float)(sums[i] / Math.Max(1, seen));
        }

        return new SourceStatistics(mean, norms / Math.Max(1, seen));
    }
}
