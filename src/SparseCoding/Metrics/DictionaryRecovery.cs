using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// How well the atoms of a true dictionary were found, by |cosine| of the atoms (not centred, unlike dictionary MCC). Atoms of norm 0 have
/// cosine 0 with all. Sources: Sharkey et al. 2022 (MMCS); SynthSAEBench (uniqueness).
/// </summary>
public sealed record DictionaryRecovery
{
    private readonly double[] _best;

    private DictionaryRecovery(double[] best) => _best = best;

    /// <summary>Mean |cosine| over the min(sources, atoms) pairs of the exact matching.</summary>
    public required double MeanCosine { get; init; }

    /// <summary>The exact matching, by true source; similarity is |cosine|.</summary>
    public required IReadOnlyList<MatchedPair> Matching { get; init; }

    /// <summary>Share of the true atoms whose partner has |cosine| above .9; a source without a partner counts as not found.</summary>
    public double ShareAbove90 => ShareAbove(0.9);

    /// <summary>Share of the true atoms whose partner has |cosine| above .95.</summary>
    public double ShareAbove95 => ShareAbove(0.95);

    /// <summary>Share of the true atoms whose partner has |cosine| above .99.</summary>
    public double ShareAbove99 => ShareAbove(0.99);

    /// <summary>Mean over the found atoms of the greatest |cosine| with any true atom (MMCS): true atoms may be used more than once.</summary>
    public required double MeanMaxCosine { get; init; }

    /// <summary>Number of different true atoms that are nearest to some found atom, divided by the number of found atoms, as in SynthSAEBench.</summary>
    public required double Uniqueness { get; init; }

    /// <summary>Number of found atoms that nearly repeat an earlier found atom: |cosine| of at least <see cref="DuplicateCosine"/>.</summary>
    public required int Duplicates { get; init; }

    /// <summary>|cosine| from which two found atoms are duplicates.</summary>
    public required double DuplicateCosine { get; init; }

    /// <summary>The greatest |cosine| of each found atom with any true atom, [atoms].</summary>
    public ReadOnlySpan<double> BestCosines => _best;

    /// <summary>Number of true atoms.</summary>
    public required int Sources { get; init; }

    /// <summary>Compares two dictionaries of the same dimension. Memory [sources, atoms] floats; duplicates stream in row blocks.</summary>
    /// <param name="truth">True dictionary, [sources, dimension].</param>
    /// <param name="dictionary">Found dictionary, [atoms, dimension].</param>
    /// <param name="duplicateCosine">|cosine| from which two found atoms are duplicates, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static DictionaryRecovery Between(IDictionary truth, IDictionary dictionary, double duplicateCosine = 0.95, CancellationToken cancellationToken = default)
    {
        int dimension = Mcc.CheckDimensions(truth, dictionary);
        Throw.InRange(duplicateCosine, 0, 1, nameof(duplicateCosine));
        float[] a = Similarity.Atoms(truth), b = Similarity.Atoms(dictionary);
        float[] cosines = Similarity.OfRows(a, b, dimension, centred: false, cancellationToken);
        (double mean, MatchedPair[] pairs) = Similarity.Match(cosines, truth.AtomCount, dictionary.AtomCount, cancellationToken);
        (int[] nearest, float[] best) = Similarity.BestOfColumns(cosines, truth.AtomCount, dictionary.AtomCount);
        return new DictionaryRecovery([.. best.Select(v => (double)v)])
        {
            MeanCosine = mean,
            Matching = pairs,
            MeanMaxCosine = best.Average(v => (double)v),
            Uniqueness = (double)nearest.Distinct().Count() / nearest.Length,
            Duplicates = CoherenceMetrics.CountRepeats(b, dimension, duplicateCosine, cancellationToken),
            DuplicateCosine = duplicateCosine,
            Sources = truth.AtomCount,
        };
    }

    /// <summary>Share of the true atoms whose partner has |cosine| above a threshold.</summary>
    /// <param name="threshold">Threshold, 0 to 1.</param>
    public double ShareAbove(double threshold) => (double)Matching.Count(pair => pair.Similarity > threshold) / Sources;
}
