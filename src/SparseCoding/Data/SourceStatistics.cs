namespace SparseCoding.Data;

/// <summary>Mean, spread and typical norm of a source's first rows.</summary>
internal sealed class SourceStatistics
{
    /// <summary>Rows that are looked at.</summary>
    public const int MaximumRows = 131_072;

    private SourceStatistics(float[] mean, float[] deviation, double[] meanNorms)
    {
        Mean = mean;
        Deviation = deviation;
        MeanNorms = meanNorms;
    }

    /// <summary>Mean signal, [dimension].</summary>
    public float[] Mean { get; }

    /// <summary>Standard deviation of each coordinate (divided by the number of rows), [dimension]; 0 where it is constant.</summary>
    public float[] Deviation { get; }

    /// <summary>Mean Euclidean norm of a signal.</summary>
    public double MeanNorm => MeanNorms[0];

    /// <summary>Mean Euclidean norm of each view, [views]; of the whole signal where there is one.</summary>
    public double[] MeanNorms { get; }

    /// <summary>γ = ‖μ‖/‖σ‖ with the mean and standard deviation of each dimension: what predicts dead latents (arXiv 2605.31518). Infinite where nothing varies, 0 for a mean of 0.</summary>
    public double MeanToDeviation
    {
        get
        {
            double means = 0, variances = 0;
            for (int i = 0; i < Mean.Length; i++)
            {
                means += (double)Mean[i] * Mean[i];
                variances += (double)Deviation[i] * Deviation[i];
            }

            return means == 0 ? 0 : Math.Sqrt(means / variances);
        }
    }

    /// <summary>Reads up to <see cref="MaximumRows"/> rows from the start and rewinds.</summary>
    /// <param name="source">The signals.</param>
    /// <param name="targets">Whether its targets are looked at instead.</param>
    /// <param name="transform">Done to a copy of each row first; null for nothing.</param>
    /// <param name="views">Dimensions of the views whose norms are wanted; null for the whole signal.</param>
    public static SourceStatistics Estimate(ActivationSource source, bool targets = false, Action<Memory<float>>? transform = null, IReadOnlyList<int>? views = null)
    {
        int dimension = targets ? source.TargetDimension : source.Dimension;
        views ??= [dimension];
        long wanted = Math.Min(source.RowCount, MaximumRows);
        var batch = new SignalBatch((int)Math.Clamp(wanted, 1, 4096), source.Dimension);
        var sums = new double[dimension];
        var first = new double[dimension];
        var squares = new double[dimension];
        var norms = new double[views.Count];
        var copy = new float[dimension];
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
                ReadOnlySpan<float> signal = (targets ? batch.Targets : batch.Signals).Slice(row * dimension, dimension);
                if (transform is not null)
                {
                    signal.CopyTo(copy);
                    transform(copy);
                    signal = copy;
                }

                // Squares around the first row, so that a large common offset does not cancel digits.
                for (int i = 0; i < dimension; i++)
                {
                    first[i] = seen + row == 0 ? signal[i] : first[i];
                    double centred = signal[i] - first[i];
                    sums[i] += signal[i];
                    squares[i] += centred * centred;
                }

                for (int view = 0, at = 0; view < views.Count; at += views[view++])
                {
                    norms[view] += Norm(signal.Slice(at, views[view]));
                }
            }

            seen += batch.Count;
        }

        source.Rewind();
        double rows = Math.Max(1, seen);
        var mean = new float[dimension];
        var deviation = new float[dimension];
        for (int i = 0; i < dimension; i++)
        {
            mean[i] = (float)(sums[i] / rows);
            double shift = (sums[i] / rows) - first[i], variance = (squares[i] / rows) - (shift * shift);
            deviation[i] = variance > 1e-12 * (squares[i] / rows) ? (float)Math.Sqrt(variance) : 0;
        }

        return new SourceStatistics(mean, deviation, [.. norms.Select(sum => sum / rows)]);
    }

    private static double Norm(ReadOnlySpan<float> signal)
    {
        double squared = 0;
        foreach (float value in signal)
        {
            squared += (double)value * value;
        }

        return Math.Sqrt(squared);
    }
}
