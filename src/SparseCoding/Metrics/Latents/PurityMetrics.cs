using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Purity at k: for each latent, the largest share of one label among the k rows in which it is strongest, beside what random rows give. Needs labels only, no
/// model. Source: the metric Purity@16 of "open-ended discovery" (arXiv 2511.17735), here with latents of a single token counted apart.
/// </summary>
public sealed record PurityMetrics
{
    private const int Draws = 2000;

    private PurityMetrics(IReadOnlyList<LatentPurity> latents, double[] chance) => (Latents, Chance) = (latents, chance);

    /// <summary>Rows asked for of each latent.</summary>
    public required int Rows { get; init; }

    /// <summary>All latents, in their order.</summary>
    public IReadOnlyList<LatentPurity> Latents { get; }

    /// <summary>Number of latents with at least <see cref="Rows"/> rows; shares and means are over these.</summary>
    public int Counted => Latents.Count(Counts);

    /// <summary>Mean purity of the counted latents; NaN without any.</summary>
    public double Mean => Counted == 0 ? double.NaN : Latents.Where(Counts).Average(l => l.Purity);

    /// <summary>Share of the counted latents whose rows all have one token; NaN without any.</summary>
    public double SingleTokenShare => Counted == 0 ? double.NaN : (double)Latents.Count(l => Counts(l) && l.SingleToken) / Counted;

    /// <summary>Mean purity of as many random rows.</summary>
    public double ChanceMean => Chance.Average();

    private double[] Chance { get; }

    /// <summary>Share of the counted latents with purity above a limit; NaN without any.</summary>
    /// <param name="limit">The limit, 0 to 1.</param>
    /// <param name="withoutSingleTokens">Whether latents whose rows all have one token are left out of both counts.</param>
    public double ShareAbove(double limit, bool withoutSingleTokens = false)
    {
        Throw.InRange(limit, 0, 1, nameof(limit));
        LatentPurity[] counted = [.. Latents.Where(l => Counts(l) && !(withoutSingleTokens && l.SingleToken))];
        return counted.Length == 0 ? double.NaN : (double)counted.Count(l => l.Purity > limit) / counted.Length;
    }

    /// <summary>Share of sets of as many random rows with purity above a limit.</summary>
    /// <param name="limit">The limit, 0 to 1.</param>
    public double ChanceAbove(double limit)
    {
        Throw.InRange(limit, 0, 1, nameof(limit));
        return (double)Chance.Count(p => p > limit) / Chance.Length;
    }

    /// <summary>Measures every latent of these codes. For raw dimensions instead of latents, give <see cref="SparseCodes.FromDense"/> of the activations.</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="labels">Label of each row, [samples].</param>
    /// <param name="rows">Rows of each latent, at least 2; fewer rows are pure by chance.</param>
    /// <param name="tokens">Token of each row, [samples]; empty where there are none.</param>
    /// <param name="side">Sign of the values.</param>
    /// <param name="seed">Seed of the random rows; 2,000 sets are drawn, each without replacement.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">Another number of labels or tokens than of codes, or fewer codes than rows.</exception>
    public static PurityMetrics Measure(
        SparseCodes codes,
        RowLabels labels,
        int rows = 32,
        ReadOnlySpan<int> tokens = default,
        CodeSide side = CodeSide.Positive,
        long seed = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(labels);
        Throw.AtLeast(rows, 2, nameof(rows));
        Throw.Defined(side, nameof(side));
        if (labels.RowCount != codes.RowCount || (!tokens.IsEmpty && tokens.Length != codes.RowCount))
        {
            Throw.Argument($"codes has {codes.RowCount} rows, labels {labels.RowCount}{(tokens.IsEmpty ? string.Empty : $", tokens {tokens.Length}")}; they must be the same rows.", nameof(labels));
        }

        if (codes.RowCount < rows)
        {
            Throw.Argument($"codes has {codes.RowCount} rows, fewer than the {rows} that are looked at.", nameof(codes));
        }

        TopRowTable table = TopRowTable.Of(codes, rows, side, cancellationToken: cancellationToken);
        var counts = new int[labels.ClassCount];
        var latents = new LatentPurity[codes.AtomCount];
        for (int latent = 0; latent < latents.Length; latent++)
        {
            LatentActivation[] top = table.Rows(latent, codes);
            bool single = !tokens.IsEmpty && top.Length > 0;
            for (int i = 1; i < top.Length && single; i++)
            {
                single = tokens[top[i].Row] == tokens[top[0].Row];
            }

            (int label, int count) = MostFrequent(top.Select(r => labels.Labels[r.Row]), counts);
            latents[latent] = new LatentPurity(latent, top.Length, label, top.Length == 0 ? double.NaN : (double)count / top.Length, single);
        }

        var random = new RandomStream(seed, "purity of random rows");
        var drawn = new int[rows];
        var chance = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            random.SampleWithoutReplacement(codes.RowCount, drawn);
            chance[draw] = (double)MostFrequent(drawn.Select(r => labels.Labels[r]), counts).Count / rows;
        }

        return new PurityMetrics(latents, chance) { Rows = rows };
    }

    private static (int Label, int Count) MostFrequent(IEnumerable<int> labels, int[] counts)
    {
        Array.Clear(counts);
        foreach (int label in labels)
        {
            counts[label]++;
        }

        int best = 0;
        for (int label = 1; label < counts.Length; label++)
        {
            best = counts[label] > counts[best] ? label : best;
        }

        return counts[best] == 0 ? (-1, 0) : (best, counts[best]);
    }

    private bool Counts(LatentPurity latent) => latent.Rows >= Rows;
}
