using SparseCoding.Diagnostics;
using SparseCoding.Metrics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Mean correlation coefficient (Hyvärinen and Morioka 2016; O'Neill and Klindt 2024): |Pearson correlation| between true and found
/// variables, matched one to one so that the sum is greatest, and averaged over the pairs. 1 for a copy that is permuted, rescaled or
/// sign-flipped. A variable whose variance is below 1e-12 correlates 0 with all. Always look at the chance level too: it is high where
/// there are few samples or coordinates and many variables.
/// </summary>
public static class Mcc
{
    private const long ManyPairs = 1 << 20;
    private const ulong ChanceSeed = 20240625;

    /// <summary>Latent MCC: variables are the columns of codes, over the common samples. Any widths; the narrower side is matched whole.</summary>
    /// <param name="truth">True codes, [samples, sources].</param>
    /// <param name="codes">Found codes, [samples, atoms].</param>
    /// <param name="cancellationToken">Stops between blocks of columns and rows of the assignment.</param>
    /// <exception cref="ArgumentException">The codes have other numbers of rows, or none.</exception>
    public static MccResult Between(SparseCodes truth, SparseCodes codes, CancellationToken cancellationToken = default)
    {
        CheckRows(truth, codes);
        CsrView a = Similarity.View(truth), b = Similarity.View(codes);
        return Score(Similarity.OfCodes(a, b, cancellationToken), truth.AtomCount, codes.AtomCount, Chance, cancellationToken);

        float[] Chance(ulong draw)
        {
            int[] order = [.. Enumerable.Range(0, codes.RowCount)];
            new RandomStream(ChanceSeed, "mcc.chance.codes", draw).Shuffle<int>(order);
            return Similarity.OfCodes(a, Permuted(codes, order), CancellationToken.None);
        }
    }

    /// <summary>
    /// Dictionary MCC as the paper takes it: variables are atoms, "samples" their coordinates, so that every atom is centred over its
    /// coordinates. Lenient in few dimensions: random atoms reach .64 (greedy) at 16 atoms in 8 dimensions. The paper's figures are <see cref="MccResult.Greedy"/>.
    /// </summary>
    /// <param name="truth">True dictionary, [sources, dimension].</param>
    /// <param name="dictionary">Found dictionary, [atoms, dimension].</param>
    /// <param name="cancellationToken">Stops between blocks of atoms and rows of the assignment.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static MccResult Between(IDictionary truth, IDictionary dictionary, CancellationToken cancellationToken = default)
    {
        int dimension = CheckDimensions(truth, dictionary);
        float[] a = Similarity.Atoms(truth), b = Similarity.Atoms(dictionary);
        return Score(Similarity.OfRows(a, b, dimension, centred: true, cancellationToken), truth.AtomCount, dictionary.AtomCount, Chance, cancellationToken);

        float[] Chance(ulong draw)
        {
            var random = new float[b.Length];
            new RandomStream(ChanceSeed, "mcc.chance.dictionary", draw).FillNormal(random);
            return Similarity.OfRows(a, random, dimension, centred: true, CancellationToken.None);
        }
    }

    /// <summary>Index-aligned correlation of known codes: the mean over atoms of Pearson's r of column j with column j, signed and without matching; columns without variance count 0.</summary>
    /// <param name="truth">True codes, [samples, atoms].</param>
    /// <param name="codes">Found codes, [samples, atoms].</param>
    /// <returns>Mean r, −1 to 1.</returns>
    /// <exception cref="ArgumentException">The codes have other shapes.</exception>
    public static double Aligned(SparseCodes truth, SparseCodes codes)
    {
        CheckRows(truth, codes);
        if (truth.AtomCount != codes.AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but truth has [{truth.RowCount}, {truth.AtomCount}]; index-aligned codes need equal shapes, Between does not.", nameof(codes));
        }

        return AlignedCorrelation.Mean(truth, codes);
    }

    private static MccResult Score(float[] similarity, int truth, int found, Func<ulong, float[]> chance, CancellationToken cancellation)
    {
        (double value, MatchedPair[] pairs) = Similarity.Match(similarity, truth, found, cancellation);
        double greedy = Similarity.MatchGreedily(similarity, truth, found, cancellation);
        int draws = (long)truth * found > ManyPairs ? 1 : 5;
        return new MccResult(value, greedy, pairs, Similarity.BestOfColumns(similarity, truth, found).Rows, () =>
        {
            double exact = 0, byGreed = 0;
            for (int draw = 0; draw < draws; draw++)
            {
                float[] random = chance((ulong)draw);
                exact += Similarity.Match(random, truth, found, CancellationToken.None).Mean;
                byGreed += Similarity.MatchGreedily(random, truth, found, CancellationToken.None);
            }

            return (exact / draws, byGreed / draws);
        });
    }

    private static CsrView Permuted(SparseCodes codes, int[] order)
    {
        var builder = new SparseCodesBuilder(codes.AtomCount, codes.RowCount);
        foreach (int row in order)
        {
            builder.Add(codes[row]);
        }

        return Similarity.View(builder.Build());
    }

    internal static void CheckRows(SparseCodes truth, SparseCodes codes)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(codes);
        if (truth.RowCount != codes.RowCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but truth has [{truth.RowCount}, {truth.AtomCount}]; both must be codes of the same signals.", nameof(codes));
        }

        if (truth.RowCount == 0)
        {
            Throw.Argument("truth has no rows; a correlation needs samples.", nameof(truth));
        }
    }

    internal static int CheckDimensions(IDictionary truth, IDictionary dictionary)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(dictionary);
        if (truth.OutputDimension != dictionary.OutputDimension)
        {
            Throw.Argument($"dictionary has shape [{dictionary.AtomCount}, {dictionary.OutputDimension}], but truth has [{truth.AtomCount}, {truth.OutputDimension}]; atoms of different dimensions cannot be compared.", nameof(dictionary));
        }

        return truth.OutputDimension;
    }
}
