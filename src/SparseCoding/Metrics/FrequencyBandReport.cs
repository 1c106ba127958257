using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// Which features were found, by how often they occur: each true feature beside the latent whose atom is nearest to it, with the firing rates of both. The recovery theorem of group bias adaptation
/// (arXiv 2506.14002) says that a feature is found when a latent fires about as often as the feature.
/// </summary>
public sealed record FrequencyBandReport
{
    private FrequencyBandReport(IReadOnlyList<FrequencyBandRow> rows) => Rows = rows;

    /// <summary>One row for each feature, in its order.</summary>
    public IReadOnlyList<FrequencyBandRow> Rows { get; }

    /// <summary>Mean |cosine| over the features whose rate lies in [low, high]; NaN where there is none.</summary>
    /// <param name="low">Lowest rate.</param>
    /// <param name="high">Highest rate.</param>
    public double MeanCosine(double low = 0, double high = 1) => Band(low, high).Select(row => row.Cosine).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Share of the features whose rate lies in [low, high] that have an atom of |cosine| above a threshold; NaN where there is none.</summary>
    /// <param name="threshold">Threshold, 0 to 1.</param>
    /// <param name="low">Lowest rate.</param>
    /// <param name="high">Highest rate.</param>
    public double ShareAbove(double threshold, double low = 0, double high = 1) => Band(low, high).Select(row => row.Cosine > threshold ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Matches features with latents by |cosine| of their atoms; a latent may stand for several features. Atoms of norm 0 are near to none.</summary>
    /// <param name="truth">True dictionary, [features, dimension].</param>
    /// <param name="trueCodes">True codes, [samples, features].</param>
    /// <param name="dictionary">Learned dictionary, [atoms, dimension].</param>
    /// <param name="codes">Learned codes, [samples, atoms].</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    /// <exception cref="ArgumentException">Shapes that do not belong together, or no codes.</exception>
    public static FrequencyBandReport Measure(IDictionary truth, SparseCodes trueCodes, IDictionary dictionary, SparseCodes codes, CancellationToken cancellationToken = default)
    {
        int dimension = Mcc.CheckDimensions(truth, dictionary);
        Mcc.CheckRows(trueCodes, codes);
        if (trueCodes.AtomCount != truth.AtomCount || codes.AtomCount != dictionary.AtomCount)
        {
            Throw.Argument($"trueCodes has {trueCodes.AtomCount} columns for {truth.AtomCount} features, codes {codes.AtomCount} for {dictionary.AtomCount} atoms.", trueCodes.AtomCount == truth.AtomCount ? nameof(codes) : nameof(trueCodes));
        }

        double[] rates = SparsityMetrics.Measure(trueCodes).Density.ToArray(), found = SparsityMetrics.Measure(codes).Density.ToArray();
        float[] cosines = Similarity.OfRows(Similarity.Atoms(dictionary), Similarity.Atoms(truth), dimension, centred: false, cancellationToken);
        (int[] latents, float[] best) = Similarity.BestOfColumns(cosines, dictionary.AtomCount, truth.AtomCount);
        return new FrequencyBandReport([.. latents.Select((latent, feature) => new FrequencyBandRow(feature, rates[feature], latent, found[latent], best[feature]))]);
    }

    private IEnumerable<FrequencyBandRow> Band(double low, double high) => Rows.Where(row => row.Rate >= low && row.Rate <= high);
}
