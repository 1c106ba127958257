using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>Means with confidence intervals, for results over seeds or over signals.</summary>
public static class Statistics
{
    /// <summary>Mean with Student's t interval: mean ± t(n − 1) · s/√n. For a few values that are roughly normal, such as results over seeds.</summary>
    /// <param name="values">Values, [count], at least one; finite.</param>
    /// <param name="confidence">Confidence, in (0, 1).</param>
    /// <exception cref="ArgumentException">Empty, or with NaN or infinity.</exception>
    public static ConfidenceInterval Mean(ReadOnlySpan<double> values, double confidence = 0.95)
    {
        Check(values, confidence);
        (double mean, double deviation) = Moments(values);
        double half = values.Length > 1 ? TQuantile(0.5 + (confidence / 2), values.Length - 1) * deviation / Math.Sqrt(values.Length) : double.NaN;
        return new ConfidenceInterval(mean, mean - half, mean + half, deviation, values.Length, confidence);
    }

    /// <summary>Mean of first − second, pair by pair, with Student's t interval: for two encoders on the same seeds.</summary>
    /// <param name="first">Values of one, [count].</param>
    /// <param name="second">Values of the other for the same seeds, [count].</param>
    /// <param name="confidence">Confidence, in (0, 1).</param>
    /// <exception cref="ArgumentException">Of different lengths, empty, or with NaN or infinity.</exception>
    public static ConfidenceInterval PairedDifference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, double confidence = 0.95)
    {
        CheckPairs(first, second);
        return Mean(Differences(first, second), confidence);
    }

    /// <summary>Mean with the percentile interval of the bootstrap (Efron 1979): for many values of any distribution, such as errors of signals. Cost: count · resamples draws.</summary>
    /// <param name="values">Values, [count], at least one; finite.</param>
    /// <param name="confidence">Confidence, in (0, 1).</param>
    /// <param name="resamples">Number of resamples, at least 100.</param>
    /// <param name="seed">Seed of the resamples; the same seed gives the same bits.</param>
    /// <exception cref="ArgumentException">Empty, or with NaN or infinity.</exception>
    public static ConfidenceInterval BootstrapMean(ReadOnlySpan<double> values, double confidence = 0.95, int resamples = 2000, long seed = 0)
    {
        Check(values, confidence);
        Throw.AtLeast(resamples, 100, nameof(resamples));
        (double mean, double deviation) = Moments(values);
        var random = new RandomStream((ulong)seed, "statistics.bootstrap");
        var means = new double[resamples];
        for (int b = 0; b < resamples; b++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[random.NextInt(values.Length)];
            }

            means[b] = sum / values.Length;
        }

        means.AsSpan().Sort();
        (double low, double high) = values.Length > 1 ? (Percentile(means, (1 - confidence) / 2), Percentile(means, (1 + confidence) / 2)) : (double.NaN, double.NaN);
        return new ConfidenceInterval(mean, low, high, deviation, values.Length, confidence);
    }

    /// <summary>
    /// Two-sided p-value of Fisher's sign-flip test of paired values: the share of all 2ⁿ choices of signs of the differences whose sum is at least as far from 0. It assumes
    /// nothing but that under the hypothesis a difference is as likely as its negative. The least that n pairs can give is 2¹⁻ⁿ: with fewer than 6 pairs it is above .05.
    /// All choices are tried up to 20 pairs, 2²⁰ random ones beyond.
    /// </summary>
    /// <param name="first">Values of one, [count], at least one; finite.</param>
    /// <param name="second">Values of the other for the same seeds, [count].</param>
    /// <param name="seed">Seed of the random choices.</param>
    /// <returns>p, in (0, 1]; 1 where all differences are 0.</returns>
    /// <exception cref="ArgumentException">Of different lengths, empty, or with NaN or infinity.</exception>
    public static double SignFlipTest(ReadOnlySpan<double> first, ReadOnlySpan<double> second, long seed = 0)
    {
        const int most = 20;
        CheckPairs(first, second);
        Check(first, 0.95);
        Check(second, 0.95);
        double[] differences = Differences(first, second);
        double found = 0, size = 0;
        foreach (double difference in differences)
        {
            found += difference;
            size += Math.Abs(difference);
        }

        // A sum in another order differs by rounding; such a tie is a tie.
        double least = Math.Abs(found) - (1e-12 * size);
        bool all = differences.Length <= most;
        long choices = 1L << Math.Min(differences.Length, most), extreme = 0;
        for (long choice = 0; choice < choices; choice++)
        {
            var random = all ? null : new RandomStream((ulong)seed, "statistics.signs", (ulong)choice);
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                bool flipped = random is null ? ((choice >> i) & 1) == 1 : random.NextInt(2) == 1;
                sum += flipped ? -differences[i] : differences[i];
            }

            extreme += Math.Abs(sum) >= least ? 1 : 0;
        }

        // Of random choices the one that was found is one more, so that p is never 0.
        return all ? (double)extreme / choices : (extreme + 1.0) / (choices + 1.0);
    }

    /// <summary>Spearman's rank correlation: Pearson's r of the ranks, ties sharing their mean rank. NaN where all values of one side are alike.</summary>
    /// <param name="first">One value of each sample, [count], at least two; finite.</param>
    /// <param name="second">The other value, [count].</param>
    /// <returns>−1 to 1.</returns>
    /// <exception cref="ArgumentException">Of different lengths, fewer than two, or with NaN or infinity.</exception>
    public static double RankCorrelation(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length || first.Length < 2)
        {
            Throw.Argument($"second has {second.Length} values, first {first.Length}; a correlation needs pairs, at least two.", nameof(second));
        }

        Check(first, 0.5);
        Check(second, 0.5);
        double[] a = Ranks(first), b = Ranks(second);
        double mean = (a.Length + 1) / 2.0, cross = 0, squaresA = 0, squaresB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            cross += (a[i] - mean) * (b[i] - mean);
            squaresA += (a[i] - mean) * (a[i] - mean);
            squaresB += (b[i] - mean) * (b[i] - mean);
        }

        return squaresA > 0 && squaresB > 0 ? cross / Math.Sqrt(squaresA * squaresB) : double.NaN;
    }

    /// <summary>Ranks from 1; equal values share the mean of their places.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray(), ranks = new double[values.Length];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order);
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
            }

            for (int i = start; i < end; i++)
            {
                ranks[order[i]] = (start + end + 1) / 2.0;
            }
        }

        return ranks;
    }

    /// <summary>t with P(T ≤ t) = p for Student's T with that many degrees of freedom; p in [½, 1).</summary>
    internal static double TQuantile(double p, int degrees)
    {
        double low = 0, high = 1;
        while (TCdf(high, degrees) < p && high < 1e12)
        {
            high *= 2;
        }

        for (int i = 0; i < 100; i++)
        {
            double middle = 0.5 * (low + high);
            (low, high) = TCdf(middle, degrees) < p ? (middle, high) : (low, middle);
        }

        return 0.5 * (low + high);
    }

    /// <summary>P(T ≤ t) for t ≥ 0 by the finite sums in θ = atan(t/√ν) (Abramowitz and Stegun 26.7.3 and 26.7.4).</summary>
    private static double TCdf(double t, int degrees)
    {
        double theta = Math.Atan(t / Math.Sqrt(degrees)), sine = Math.Sin(theta), cosine = Math.Cos(theta), square = cosine * cosine;
        bool odd = (degrees & 1) == 1;
        double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2)
        {
            term *= square * (k - 1) / k;
            sum += term;
        }

        double central = odd ? 2 / Math.PI * (theta + (sine * sum)) : sine * sum;
        return 0.5 + (central / 2);
    }

    private static void CheckPairs(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
        {
            Throw.Argument($"second has {second.Length} values, but first has {first.Length}; pairs need equally many.", nameof(second));
        }
    }

    private static double[] Differences(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var differences = new double[first.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = first[i] - second[i];
        }

        return differences;
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        double mean = sum / values.Length;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : double.NaN);
    }

    private static double Percentile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    private static void Check(ReadOnlySpan<double> values, double confidence)
    {
        if (!(confidence > 0 && confidence < 1))
        {
            Throw.OutOfRange(nameof(confidence), confidence, "above 0 and below 1");
        }

        if (values.IsEmpty)
        {
            Throw.Argument("values is empty; a mean needs at least one.", nameof(values));
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                Throw.Argument($"values holds {values[i]} at place {i}; leave such results out, and say so.", nameof(values));
            }
        }
    }
}
