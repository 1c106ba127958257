using SparseCoding.Numerics;

namespace SparseCoding.Data;

/// <summary>Signals of a source that a training starts from.</summary>
internal static class SourcePoints
{
    private const int MedianRows = 32_768;
    private const int MedianValues = 1 << 24;
    private const int MedianIterations = 100;
    private const double MedianTolerance = 1e-5;

    /// <summary>
    /// (x − offset)/scale of that many of the first <see cref="SourceStatistics.MaximumRows"/> signals, [count, dimension], drawn without repetition; where
    /// there are fewer, all of them again and again, each time in another order. The source is rewound.
    /// </summary>
    public static float[] Draw(ActivationSource source, int count, float[]? offset, float scale, long seed)
    {
        int dimension = source.Dimension, rows = (int)Math.Min(source.RowCount, SourceStatistics.MaximumRows);
        var places = new List<int>[rows];
        for (int done = 0, round = 0; done < count && rows > 0; round++)
        {
            var chosen = new int[Math.Min(rows, count - done)];
            new RandomStream(seed, "sae.init.data_points", (ulong)round).SampleWithoutReplacement(rows, chosen);
            foreach (int row in chosen)
            {
                (places[row] ??= []).Add(done++);
            }
        }

        var points = new float[(long)count * dimension];
        ForEach(source, rows, (row, signal) =>
        {
            foreach (int place in places[row] ?? [])
            {
                for (int i = 0; i < dimension; i++)
                {
                    points[((long)place * dimension) + i] = (signal[i] - (offset?[i] ?? 0)) / scale;
                }
            }
        });
        return points;
    }

    /// <summary>
    /// argmin_b Σ‖x − b‖ over the first signals (at most 32 768, and 2²⁴ values) by Weiszfeld's iteration from the mean: b ← Σ x/‖x − b‖ / Σ 1/‖x − b‖, until
    /// it moves by less than 1e-5 of its norm or 100 times. A signal at b itself is left out of that round (Vardi and Zhang 2000 say why this can stall; a mean
    /// of real data is no signal). The source is rewound.
    /// </summary>
    public static float[] GeometricMedian(ActivationSource source, float[] mean)
    {
        int dimension = source.Dimension, rows = (int)Math.Min(Math.Min(source.RowCount, MedianRows), Math.Max(1, MedianValues / dimension));
        var signals = new float[(long)rows * dimension];
        ForEach(source, rows, (row, signal) => signal.CopyTo(signals.AsSpan(row * dimension, dimension)));
        double[] median = Array.ConvertAll(mean, value => (double)value);
        for (int iteration = 0; iteration < MedianIterations; iteration++)
        {
            var next = new double[dimension];
            double total = 0, moved = 0, norm = 0;
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> signal = signals.AsSpan(row * dimension, dimension);
                double squared = 0;
                for (int i = 0; i < dimension; i++)
                {
                    squared += (signal[i] - median[i]) * (signal[i] - median[i]);
                }

                if (squared == 0)
                {
                    continue;
                }

                double weight = 1 / Math.Sqrt(squared);
                total += weight;
                for (int i = 0; i < dimension; i++)
                {
                    next[i] += weight * signal[i];
                }
            }

            if (total == 0)
            {
                break;
            }

            for (int i = 0; i < dimension; i++)
            {
                next[i] /= total;
                moved += (next[i] - median[i]) * (next[i] - median[i]);
                norm += next[i] * next[i];
            }

            median = next;
            if (moved <= MedianTolerance * MedianTolerance * norm)
            {
                break;
            }
        }

        return Array.ConvertAll(median, value => (float)value);
    }

    private static void ForEach(ActivationSource source, int rows, SignalAction action)
    {
        int dimension = source.Dimension, seen = 0;
        var batch = new SignalBatch(Math.Clamp(rows, 1, 4096), dimension);
        source.Rewind();
        while (seen < rows)
        {
            source.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            for (int row = 0; row < batch.Count && seen < rows; row++)
            {
                action(seen++, batch.Signals.Slice(row * dimension, dimension));
            }
        }

        source.Rewind();
    }

    private delegate void SignalAction(int row, ReadOnlySpan<float> signal);
}
