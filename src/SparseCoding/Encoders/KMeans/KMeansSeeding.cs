using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>First centres from signals [rows, dimension].</summary>
internal static class KMeansSeeding
{
    private const int RowsPerBlock = 512;

    /// <summary>
    /// Centres, [count, dimension]. k-means++ draws the first at random and each next one in proportion to the squared distance from those before it: the best of 2 + ⌊ln K⌋ draws,
    /// as in scikit-learn. Where every signal is a centre already (or there are fewer signals than centres) further centres are signals drawn at random.
    /// </summary>
    public static void Fill(KMeansStart start, ReadOnlyMemory<float> signals, int dimension, Span<float> centres, RandomStream random, int threads, CancellationToken cancellationToken)
    {
        int rows = signals.Length / dimension, count = centres.Length / dimension;
        ReadOnlySpan<float> Row(int row) => signals.Span.Slice(row * dimension, dimension);
        if (start == KMeansStart.Random)
        {
            var chosen = new int[Math.Min(rows, count)];
            random.SampleWithoutReplacement(rows, chosen);
            for (int k = 0; k < count; k++)
            {
                Row(k < chosen.Length ? chosen[k] : random.NextInt(rows)).CopyTo(centres[(k * dimension)..]);
            }

            return;
        }

        int candidates = 2 + (int)Math.Log(count);
        double[] nearest = new double[rows], trial = new double[rows], best = new double[rows];
        Array.Fill(nearest, double.PositiveInfinity);
        int first = random.NextInt(rows);
        double potential = Shrink(first, nearest, nearest);
        Row(first).CopyTo(centres);
        for (int k = 1; k < count; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int kept = -1;
            double least = double.PositiveInfinity;
            for (int i = 0; i < candidates && potential > 0; i++)
            {
                int row = Draw(nearest, random.NextDouble() * potential);
                double left = Shrink(row, nearest, trial);
                if (left < least)
                {
                    (kept, least, best, trial) = (row, left, trial, best);
                }
            }

            if (kept < 0)
            {
                kept = random.NextInt(rows);
            }
            else
            {
                (nearest, best, potential) = (best, nearest, least);
            }

            Row(kept).CopyTo(centres[(k * dimension)..]);
        }

        // target = min(source, ‖x − candidate‖²) and its sum, in blocks so that the sum has one order.
        double Shrink(int candidate, double[] source, double[] target)
        {
            int blocks = ParallelBlocks.Count(rows, RowsPerBlock);
            var sums = new double[blocks];
            ParallelBlocks.Run(blocks, (long)rows * dimension < 1 << 18 ? 1 : threads, block =>
            {
                for (int row = block * RowsPerBlock; row < Math.Min(rows, (block + 1) * RowsPerBlock); row++)
                {
                    target[row] = Math.Min(source[row], KMeansClusters.SquaredDistance(signals.Span.Slice(row * dimension, dimension), signals.Span.Slice(candidate * dimension, dimension)));
                    sums[block] += target[row];
                }
            });
            return sums.Sum();
        }
    }

    /// <summary>The row at which the running sum of the weights passes the mark; never one of weight 0.</summary>
    private static int Draw(double[] weights, double mark)
    {
        int last = 0;
        double sum = 0;
        for (int row = 0; row < weights.Length; row++)
        {
            if (weights[row] > 0)
            {
                last = row;
                sum += weights[row];
                if (sum > mark)
                {
                    break;
                }
            }
        }

        return last;
    }
}
