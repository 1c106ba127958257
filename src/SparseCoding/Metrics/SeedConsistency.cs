using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// How much dictionaries that were learned from different seeds agree (mean max cosine, as in arXiv 2506.14002): for each atom its greatest |cosine| with an atom of another dictionary, over all ordered pairs of
/// dictionaries. An atom of norm 0 agrees with none.
/// </summary>
public sealed record SeedConsistency
{
    private readonly double[] _best;

    private SeedConsistency(double[] best) => _best = best;

    /// <summary>Number of dictionaries.</summary>
    public required int Dictionaries { get; init; }

    /// <summary>Mean of the greatest |cosine| (MCS), 0 to 1. Random atoms have some: see the value of dictionaries that were not trained.</summary>
    public required double MeanMaxCosine { get; init; }

    /// <summary>Mean for each ordered pair, [dictionaries, dictionaries], row-major: entry (i, j) is that of the atoms of i in j; 1 on the diagonal.</summary>
    public required IReadOnlyList<double> Pairs { get; init; }

    /// <summary>Share of the atoms (of all ordered pairs) whose greatest |cosine| is above a threshold.</summary>
    /// <param name="threshold">Threshold, 0 to 1.</param>
    public double ShareAbove(double threshold) => (double)_best.Count(value => value > threshold) / _best.Length;

    /// <summary>Compares all dictionaries with each other. Cost: pairs · atoms² · dimension; memory [atoms, atoms] floats.</summary>
    /// <param name="dictionaries">At least two dictionaries of the same dimension; their numbers of atoms may differ.</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    /// <exception cref="ArgumentException">Fewer than two, or of different dimensions.</exception>
    public static SeedConsistency Measure(IReadOnlyList<IDictionary> dictionaries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dictionaries);
        int count = dictionaries.Count;
        if (count < 2)
        {
            Throw.Argument($"dictionaries holds {count}; consistency needs at least two.", nameof(dictionaries));
        }

        var pairs = new double[count * count];
        var all = new List<double>();
        for (int i = 0; i < count; i++)
        {
            pairs[(i * count) + i] = 1;
            for (int j = 0; j < i; j++)
            {
                int dimension = Mcc.CheckDimensions(dictionaries[i], dictionaries[j]);
                int rows = dictionaries[i].AtomCount, columns = dictionaries[j].AtomCount;
                float[] cosines = Similarity.OfRows(Similarity.Atoms(dictionaries[i]), Similarity.Atoms(dictionaries[j]), dimension, centred: false, cancellationToken);
                float[] ofColumns = Similarity.BestOfColumns(cosines, rows, columns).Values;
                float[] ofRows = [.. Enumerable.Range(0, rows).Select(row => System.Numerics.Tensors.TensorPrimitives.Max<float>(cosines.AsSpan(row * columns, columns)))];
                pairs[(i * count) + j] = ofRows.Average(value => (double)value);
                pairs[(j * count) + i] = ofColumns.Average(value => (double)value);
                all.AddRange(ofRows.Concat(ofColumns).Select(value => (double)value));
            }
        }

        return new SeedConsistency([.. all]) { Dictionaries = count, MeanMaxCosine = all.Average(), Pairs = pairs };
    }
}
