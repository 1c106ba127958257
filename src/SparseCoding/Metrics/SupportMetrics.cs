using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Which entries are active, against the true supports. Once over all entries with a one-to-one matching (an active latent without a
/// partner is a false alarm, an active source without one is missed), and once for each latent against its nearest source.
/// </summary>
public sealed record SupportMetrics
{
    /// <summary>Share of the active found entries whose matched source is active in the same signal; NaN without active entries.</summary>
    public required double Precision { get; init; }

    /// <summary>Share of the active true entries whose matched latent is active in the same signal; NaN without active entries.</summary>
    public required double Recall { get; init; }

    /// <summary>2 · hits / (found + true active entries); NaN without any.</summary>
    public required double F1 { get; init; }

    /// <summary>Share of the signals whose support is found exactly.</summary>
    public required double ExactShare { get; init; }

    /// <summary>Each latent against the source nearest to it; several latents may share one. By latent.</summary>
    public required IReadOnlyList<LatentScore> Latents { get; init; }

    /// <summary>Mean precision of the latents; dead ones count 0, as in SynthSAEBench.</summary>
    public double MeanLatentPrecision => Latents.Average(s => s.Precision);

    /// <summary>Mean recall of the latents.</summary>
    public double MeanLatentRecall => Latents.Average(s => s.Recall);

    /// <summary>Mean F1 of the latents.</summary>
    public double MeanLatentF1 => Latents.Average(s => s.F1);

    /// <summary>Compares supports; latents are matched with sources, and find their nearest one, by |Pearson correlation| of the codes.</summary>
    /// <param name="truth">True codes, [samples, sources].</param>
    /// <param name="codes">Found codes, [samples, atoms].</param>
    /// <param name="threshold">Magnitude that an active entry exceeds, in both; not negative.</param>
    /// <param name="cancellationToken">Stops between blocks of columns.</param>
    /// <exception cref="ArgumentException">The codes have other numbers of rows, or none.</exception>
    public static SupportMetrics Measure(SparseCodes truth, SparseCodes codes, float threshold = 0, CancellationToken cancellationToken = default)
    {
        Mcc.CheckRows(truth, codes);
        Throw.NonNegative(threshold, nameof(threshold));
        return Measure(truth, codes, Mcc.Between(truth, codes, cancellationToken), threshold);
    }

    /// <summary>The same with the matching and the nearest sources of a latent MCC that is already there.</summary>
    internal static SupportMetrics Measure(SparseCodes truth, SparseCodes codes, MccResult mcc, float threshold)
    {
        int[] nearest = mcc.Nearest;
        var partner = new int[codes.AtomCount];
        partner.AsSpan().Fill(-1);
        foreach (MatchedPair pair in mcc.Matching)
        {
            partner[pair.Found] = pair.Truth;
        }

        // Row r marks its active sources with r + 1: nothing is cleared between rows.
        var mark = new int[truth.AtomCount];
        long[] sources = new long[truth.AtomCount], latents = new long[codes.AtomCount], hits = new long[codes.AtomCount];
        long matched = 0, exact = 0;
        for (int r = 0; r < truth.RowCount; r++)
        {
            SparseRow trueRow = truth[r], row = codes[r];
            int trueActive = 0, active = 0, rowMatched = 0;
            for (int i = 0; i < trueRow.Count; i++)
            {
                if (Math.Abs(trueRow.Values[i]) > threshold)
                {
                    mark[trueRow.Atoms[i]] = r + 1;
                    sources[trueRow.Atoms[i]]++;
                    trueActive++;
                }
            }

            for (int i = 0; i < row.Count; i++)
            {
                if (Math.Abs(row.Values[i]) > threshold)
                {
                    int latent = row.Atoms[i];
                    latents[latent]++;
                    active++;
                    hits[latent] += mark[nearest[latent]] == r + 1 ? 1 : 0;
                    rowMatched += partner[latent] >= 0 && mark[partner[latent]] == r + 1 ? 1 : 0;
                }
            }

            matched += rowMatched;
            exact += rowMatched == trueActive && rowMatched == active ? 1 : 0;
        }

        long found = latents.Sum(), expected = sources.Sum();
        return new SupportMetrics
        {
            Precision = found == 0 ? double.NaN : (double)matched / found,
            Recall = expected == 0 ? double.NaN : (double)matched / expected,
            F1 = found + expected == 0 ? double.NaN : 2.0 * matched / (found + expected),
            ExactShare = (double)exact / truth.RowCount,
            Latents = [.. Enumerable.Range(0, codes.AtomCount).Select(j => Score(j, nearest[j], hits[j], latents[j], sources[nearest[j]]))],
        };
    }

    private static LatentScore Score(int latent, int source, long hits, long active, long trueActive) => new(
        latent,
        source,
        active == 0 ? 0 : (double)hits / active,
        trueActive == 0 ? 0 : (double)hits / trueActive,
        active + trueActive == 0 ? 0 : 2.0 * hits / (active + trueActive));
}
