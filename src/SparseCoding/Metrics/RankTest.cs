using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Whether values of one kind tend to be larger than values of another: Mann and Whitney's U test. For scores of latents of two encoders, which are not pairs.</summary>
/// <param name="U">Pairs in which the first value is the larger; equal ones count a half.</param>
/// <param name="Superiority">U divided by the number of pairs: the probability that a random first value is above a random second one, ties halved; ½ means no difference.</param>
/// <param name="PValue">Two-sided p by the normal approximation with corrections for ties and continuity; good from about 8 values on each side. 1 where all values are equal.</param>
public readonly record struct RankTest(double U, double Superiority, double PValue)
{
    /// <summary>Compares two sets of values.</summary>
    /// <param name="first">Values of one kind, [first], at least one; finite.</param>
    /// <param name="second">Values of the other, [second], at least one; finite.</param>
    /// <exception cref="ArgumentException">Empty, or with NaN or infinity.</exception>
    public static RankTest Between(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, nameof(first));
        Check(second, nameof(second));
        int n = first.Length, m = second.Length, all = n + m;
        double[] ranks = Statistics.Ranks([.. first, .. second]);
        double rankSum = ranks.Take(n).Sum(), ties = ranks.GroupBy(rank => rank).Select(same => (double)same.Count()).Sum(count => (count * count * count) - count);
        double u = rankSum - (0.5 * n * (n + 1.0)), pairs = (double)n * m;
        double variance = pairs / 12 * (all + 1 - (ties / ((double)all * (all - 1))));
        double distance = Math.Max(0, Math.Abs(u - (0.5 * pairs)) - 0.5);
        return new RankTest(u, u / pairs, variance > 0 ? Math.Min(1, Erfc(distance / Math.Sqrt(2 * variance))) : 1);
    }

    /// <summary>"P(first above second) = 0.61, p = 0.0123".</summary>
    public override string ToString() => FormattableString.Invariant($"P(first above second) = {Superiority:0.000}, p = {PValue:0.0000}");

    /// <summary>erfc(x) for x ≥ 0: the series of erf below 2, the continued fraction beyond; about 1e-12 relative.</summary>
    private static double Erfc(double x)
    {
        if (x < 2)
        {
            double term = x, sum = x;
            for (int k = 1; k < 200 && Math.Abs(term) > 1e-18; k++)
            {
                term *= -x * x / k;
                sum += term / ((2 * k) + 1);
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }

        double fraction = 0;
        for (int k = 60; k >= 1; k--)
        {
            fraction = 0.5 * k / (x + fraction);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * (x + fraction));
    }

    private static void Check(ReadOnlySpan<double> values, string parameter)
    {
        if (values.IsEmpty)
        {
            Throw.Argument($"{parameter} is empty; a comparison needs at least one value.", parameter);
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                Throw.Argument($"{parameter} holds {values[i]} at place {i}.", parameter);
            }
        }
    }
}
