namespace SparseCoding.Data;

/// <summary>Mean, spread and typical norm of a source's first rows.</summary>
internal sealed class SourceStatistics
{
    /// <summary>Rows that are looked at.</summary>
    public const int MaximumRows = 131_072;

    private SourceStatistics(float[] mean, double meanNorm, double meanToDeviation)
    {
        Mean = mean;
        MeanNorm = meanNorm;
        MeanToDeviation = meanToDeviation;
    }

    /// <summary>Mean signal, [dimension].</summary>
    public float[] Mean { get; }

    /// <summary>Mean Euclidean norm of a signal.</summary>
    public double MeanNorm { get; }

    /// <summary>γ = ‖μ‖/‖σ‖ with the mean and standard deviation of each dimension: what predicts dead latents (arXiv 2605.31518). Infinite where nothing varies, 0 for a mean of 0.</summary>
    public double MeanToDeviation { get; }

    /// <summary>Reads up to <see cref="MaximumRows"/> rows from the start and rewinds.</summary>
    public static SourceStatistics Estimate(ActivationSource source)
    {
        int dimension = source.Dimension;
        long wanted = Math.Min(source.RowCount, MaximumRows);
        var batch = new SignalBatch((int)Math.Clamp(wanted, 1, 4096), dimension);
        var sums = new double[dimension];
        var deviations = new double[dimension];
        var shift = new float[dimension];
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
                if (seen == 0 && row == 0)
                {
                    // Squares around the first signal: around 0 they would cancel where the mean is large.
                    signal.CopyTo(shift);
                }

                double squared = 0;
                for (int i = 0; i < dimension; i++)
                {
                    sums[i] += signal[i];
                    squared += (double)signal[i] * signal[i];
                    deviations[i] += ((double)signal[i] - shift[i]) * ((double)signal[i] - shift[i]);
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

        double means = 0, variances = 0;
        for (int i = 0; i < dimension && seen > 0; i++)
        {
            double exact = sums[i] / seen, distance = exact - shift[i];
            means += exact * exact;
            variances += Math.Max(0, (deviations[i] / seen) - (distance * distance));
        }

        return new SourceStatistics(mean, norms / Math.Max(1, seen), means == 0 ? 0 : Math.Sqrt(means / variances));
    }
}
