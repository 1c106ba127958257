using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// How much found codes are too small against true ones. Over pairs of matched sources and latents and the signals where both are active:
/// found = slope · true, by least squares through the origin, the sign of the slope of each pair set aside. 1 means none, below 1 shrinkage. Codes depend on the norms
/// of the atoms: give the dictionaries too, unless their norms agree. For shrinkage without ground truth see
/// <see cref="ReconstructionMetrics.NormRatio"/> and <see cref="ReconstructionMetrics.RelativeBias"/>.
/// </summary>
public sealed record ShrinkageMetrics
{
    private readonly double[] _slopes;

    private ShrinkageMetrics(double[] slopes) => _slopes = slopes;

    /// <summary>Slope over all pairs together, Σ|pair sum of true · found| / Σ true²; NaN when no pair is ever active together.</summary>
    public required double Slope { get; init; }

    /// <summary>Slope of each pair of the matching, [pairs], with its sign; NaN where the two are never active together.</summary>
    public ReadOnlySpan<double> PairSlopes => _slopes;

    /// <summary>Number of entries where both are active.</summary>
    public required long Entries { get; init; }

    /// <summary>Measures the slope.</summary>
    /// <param name="truth">True codes, [samples, sources].</param>
    /// <param name="codes">Found codes, [samples, atoms].</param>
    /// <param name="matching">Pairs of sources and latents, as <see cref="MccResult.Matching"/>.</param>
    /// <param name="trueDictionary">True dictionary, [sources, dimension]; null where norms agree.</param>
    /// <param name="dictionary">Found dictionary, [atoms, dimension]; null where norms agree.</param>
    /// <exception cref="ArgumentException">Shapes differ, or the matching names a source or latent that does not exist or is there twice.</exception>
    public static ShrinkageMetrics Measure(SparseCodes truth, SparseCodes codes, IReadOnlyList<MatchedPair> matching, IDictionary? trueDictionary = null, IDictionary? dictionary = null)
    {
        Mcc.CheckRows(truth, codes);
        ArgumentNullException.ThrowIfNull(matching);
        double[] trueNorms = Norms(trueDictionary, truth.AtomCount, nameof(trueDictionary)), norms = Norms(dictionary, codes.AtomCount, nameof(dictionary));
        var pairOfLatent = new int[codes.AtomCount];
        pairOfLatent.AsSpan().Fill(-1);
        for (int p = 0; p < matching.Count; p++)
        {
            if ((uint)matching[p].Truth >= (uint)truth.AtomCount || (uint)matching[p].Found >= (uint)codes.AtomCount || pairOfLatent[matching[p].Found] >= 0)
            {
                Throw.Argument($"matching pairs source {matching[p].Truth} with latent {matching[p].Found}; each latent may occur once, below {codes.AtomCount}, and sources lie below {truth.AtomCount}.", nameof(matching));
            }

            pairOfLatent[matching[p].Found] = p;
        }

        double[] cross = new double[matching.Count], squares = new double[matching.Count];
        long entries = 0;
        for (int r = 0; r < truth.RowCount; r++)
        {
            SparseRow trueRow = truth[r], row = codes[r];
            for (int i = 0; i < row.Count; i++)
            {
                int pair = pairOfLatent[row.Atoms[i]];
                double expected = pair < 0 ? 0 : trueRow[matching[pair].Truth] * trueNorms[matching[pair].Truth];
                if (expected != 0 && row.Values[i] != 0)
                {
                    cross[pair] += expected * row.Values[i] * norms[row.Atoms[i]];
                    squares[pair] += expected * expected;
                    entries++;
                }
            }
        }

        double total = squares.Sum();
        return new ShrinkageMetrics([.. cross.Select((c, p) => squares[p] == 0 ? double.NaN : c / squares[p])])
        {
            Slope = total == 0 ? double.NaN : cross.Sum(Math.Abs) / total,
            Entries = entries,
        };
    }

    private static double[] Norms(IDictionary? dictionary, int atoms, string parameter)
    {
        var norms = new double[atoms];
        norms.AsSpan().Fill(1);
        if (dictionary is null)
        {
            return norms;
        }

        if (dictionary.AtomCount != atoms)
        {
            Throw.Argument($"{parameter} has {dictionary.AtomCount} atoms, but its codes have {atoms}.", parameter);
        }

        var lengths = new float[atoms];
        dictionary.CopyNorms(lengths);
        for (int j = 0; j < atoms; j++)
        {
            norms[j] = (double)lengths[j] * dictionary.Scale;
        }

        return norms;
    }
}
