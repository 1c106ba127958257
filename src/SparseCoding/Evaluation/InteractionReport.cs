using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Which atoms of a polynomial decoder interact, and whether that is more than being active together (PolySAE, arXiv 2602.01322, found a correlation of .06 where the covariance of a linear SAE's codes has .82).
/// </summary>
public sealed record InteractionReport
{
    private const long MostPairs = 1 << 27;

    private InteractionReport(IReadOnlyList<AtomInteraction> pairs) => Pairs = pairs;

    /// <summary>The strongest pairs of different atoms first; on a tie the lower indices first.</summary>
    public IReadOnlyList<AtomInteraction> Pairs { get; }

    /// <summary>Number of pairs of different atoms, of which <see cref="Pairs"/> has the strongest.</summary>
    public required long PairCount { get; init; }

    /// <summary>Pearson correlation over all pairs of the strength with the number of codes in which both are active; NaN where either is the same for all.</summary>
    public required double CoOccurrenceCorrelation { get; init; }

    /// <summary>Place of a pair among all by strength, from 0; −1 where <see cref="Pairs"/> does not have it.</summary>
    /// <param name="first">One atom.</param>
    /// <param name="second">The other.</param>
    public int RankOf(int first, int second)
    {
        (int low, int high) = (Math.Min(first, second), Math.Max(first, second));
        for (int i = 0; i < Pairs.Count; i++)
        {
            if (Pairs[i].First == low && Pairs[i].Second == high)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Measures all pairs. Cost: atoms²/2 · quadratic rank · dimension, and the sum over codes of L0².</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="top">The most pairs that are kept, at least 1.</param>
    /// <param name="cancellationToken">Stops between atoms.</param>
    /// <exception cref="ArgumentException">The codes have another number of atoms, or the decoder fewer than two.</exception>
    public static InteractionReport Measure(PolynomialDecoder decoder, SparseCodes codes, int top = 100, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(codes);
        Throw.AtLeast(top, 1, nameof(top));
        int atoms = decoder.AtomCount;
        if (codes.AtomCount != atoms || atoms < 2)
        {
            Throw.Argument($"codes has {codes.AtomCount} columns, the decoder {atoms} atoms; they must agree, and pairs need two.", nameof(codes));
        }

        long count = (long)atoms * (atoms - 1) / 2;
        if (count > MostPairs)
        {
            Throw.NotSupported($"{atoms} atoms have {count} pairs, more than the {MostPairs} that one report holds; ask PolynomialDecoder.PairStrength for those of interest.");
        }

        var together = new long[count];
        for (int row = 0; row < codes.RowCount; row++)
        {
            ReadOnlySpan<int> active = codes[row].Atoms;
            for (int i = 0; i < active.Length; i++)
            {
                for (int j = i + 1; j < active.Length; j++)
                {
                    together[Place(active[i], active[j], atoms)]++;
                }
            }
        }

        var all = new AtomInteraction[count];
        for (int i = 0; i < atoms; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int j = i + 1; j < atoms; j++)
            {
                long place = Place(i, j, atoms);
                all[place] = new AtomInteraction(i, j, decoder.PairStrength(i, j), together[place]);
            }
        }

        double correlation = Correlation(all);
        AtomInteraction[] sorted = [.. all.OrderByDescending(pair => pair.Strength).ThenBy(pair => pair.First).ThenBy(pair => pair.Second).Take(top)];
        return new InteractionReport(sorted) { PairCount = count, CoOccurrenceCorrelation = correlation };
    }

    /// <summary>Place of the pair i &lt; j among the pairs in order.</summary>
    private static long Place(int i, int j, int atoms) => ((long)i * ((2L * atoms) - i - 1) / 2) + (j - i - 1);

    private static double Correlation(AtomInteraction[] pairs)
    {
        double strength = pairs.Average(pair => pair.Strength), together = pairs.Average(pair => (double)pair.CoOccurrences), cross = 0, a = 0, b = 0;
        foreach (AtomInteraction pair in pairs)
        {
            double x = pair.Strength - strength, y = pair.CoOccurrences - together;
            (cross, a, b) = (cross + (x * y), a + (x * x), b + (y * y));
        }

        return a > 0 && b > 0 ? cross / Math.Sqrt(a * b) : double.NaN;
    }
}
