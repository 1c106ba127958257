using System.Globalization;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;
using SparseCoding.Theory;
using static SparseCoding.TheoremItemKind;
using static SparseCoding.TheoremStatus;

namespace SparseCoding;

/// <summary>
/// Checks the theorem on the amortisation gap (O'Neill and Klindt 2024, theorem 1: for 1 &lt; K and M &lt; N no affine + ReLU encoder
/// recovers every K-sparse code from its M measurements) on the user's own dictionary, and measures the gap of the user's own encoder.
/// </summary>
public static class AmortisationGap
{
    /// <summary>Checks for sources with <paramref name="active"/> active atoms, non-negative, drawn half-normal for the measurement.</summary>
    /// <param name="dictionary">D, [atoms, dimension], with offset and scale; of any norms.</param>
    /// <param name="active">K, 1 to the number of atoms.</param>
    /// <param name="encoder">An encoder over the same dimension, of any kind and any number of latents; null for the dictionary alone.</param>
    /// <param name="options">Budget, samples, seed; null for defaults.</param>
    /// <returns>The report. A hypothesis that fails, or a bound that is not reached, is a line of it, never an exception.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, K is out of range, or the dictionary holds NaN or infinity.</exception>
    public static TheoremReport Check(IDictionary dictionary, int active, IEncoder? encoder = null, TheoremOptions? options = null)
    {
        LinearModel model = Model(dictionary, encoder);
        if (active < 1 || active > model.AtomCount)
        {
            Throw.OutOfRange(nameof(active), active, $"from 1 to {model.AtomCount}, the number of atoms");
        }

        options ??= new TheoremOptions();
        return Run(dictionary, model, active, encoder, options, encoder is null ? null : GapMeasurement.Draw(model.AtomCount, active, options), nonNegative: true);
    }

    /// <summary>Checks for given codes: K is their largest number of active atoms, and the gap is measured on their signals.</summary>
    /// <param name="dictionary">D, [atoms, dimension].</param>
    /// <param name="codes">Codes, [samples, atoms], signed or not, at least one row with an active atom.</param>
    /// <param name="encoder">An encoder over the same dimension; null for the dictionary alone.</param>
    /// <param name="options">Budget, noise, seed; null for defaults.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or all codes are zero.</exception>
    public static TheoremReport Check(IDictionary dictionary, SparseCodes codes, IEncoder? encoder = null, TheoremOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        LinearModel model = Model(dictionary, encoder);
        if (codes.AtomCount != model.AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but the dictionary has {model.AtomCount} atoms.", nameof(codes));
        }

        int active = 0;
        bool nonNegative = true;
        for (int row = 0; row < codes.RowCount; row++)
        {
            active = Math.Max(active, codes[row].Count);
        }

        foreach (float value in codes.Values)
        {
            nonNegative &= value >= 0;
        }

        if (active == 0)
        {
            Throw.Argument("codes has no active atom in any row; give codes of real signals, or the number of active atoms.", nameof(codes));
        }

        return Run(dictionary, model, active, encoder, options ?? new TheoremOptions(), codes, nonNegative);
    }

    private static LinearModel Model(IDictionary dictionary, IEncoder? encoder)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        if (dictionary.InputDimension != dictionary.OutputDimension)
        {
            Throw.Argument($"dictionary turns dimension {dictionary.InputDimension} into {dictionary.OutputDimension}; the theorem is about codes of the signal itself.", nameof(dictionary));
        }

        if (encoder is not null && encoder.Dimension != dictionary.InputDimension)
        {
            Throw.Argument($"encoder takes signals of dimension {encoder.Dimension}, but the dictionary has atoms of dimension {dictionary.InputDimension}.", nameof(encoder));
        }

        if (encoder is not null && (encoder.Decoder is TranscoderDecoder || encoder.Decoder.OutputDimension != encoder.Dimension))
        {
            Throw.Argument("encoder is a transcoder, whose codes make other signals than those that it encodes; the theorem is about codes of the signal itself.", nameof(encoder));
        }

        LinearModel model = LinearModel.From(dictionary);
        if (!double.IsFinite(model.Atoms.FrobeniusNorm()) || !model.Offset.All(double.IsFinite))
        {
            Throw.Argument("dictionary holds NaN or infinity.", nameof(dictionary));
        }

        return model;
    }

    private static TheoremReport Run(
        IDictionary dictionary, LinearModel model, int active, IEncoder? encoder, TheoremOptions options, SparseCodes? sources, bool nonNegative)
    {
        int n = model.AtomCount, m = model.Dimension;
        float[] rawWeights = [], rawBias = [], rawMagnitude = [];
        bool affine = encoder is IAffineReluEncoder candidate && candidate.TryGetAffineRelu(out rawWeights, out rawBias, out rawMagnitude);
        bool fits = active > 1 && m < n;
        bool applies = fits && (encoder is null || affine);

        var items = new List<TheoremItem>(DictionaryProperties.Items(model, active, options.Budget));
        Matrix64? weights = affine ? Matrix64.From(rawWeights, rawBias.Length, m) : null;
        EncoderAlignment? aligned = weights is null ? null : EncoderAlignment.Find(model.Atoms, weights, options.Budget);
        bool comparable = weights is not null && weights.Rows == n;
        items.AddRange(RankItems(RankBound.Compute(model.Atoms, comparable ? weights : null, options.Budget), n, m, applies, comparable));

        TheoremCounterexample? plain = null, best = null;
        if (applies)
        {
            double guarantee = CounterexampleSearch.GuaranteedError(n, m, bias: true);
            items.Add(new(Conclusion, "guaranteed relative error", Proved, guarantee,
                $"Every affine + ReLU encoder has at least this relative error on some source of one or two active atoms of equal size ({Text(CounterexampleSearch.GuaranteedError(n, m, false))} where its bias at the dictionary's offset, b + W·offset, is 0)."));
            if (weights is not null)
            {
                double[] bias = [.. rawBias.Select(b => (double)b)], magnitude = [.. rawMagnitude.Select(b => (double)b)];
                float[] Encode(float[] signal) => Dense(encoder!.Encode(SignalView.FromRows(signal, m)), encoder.AtomCount);
                plain = comparable ? new CounterexampleSearch(model, weights, bias, EncoderAlignment.Identity(n, n), active, Encode, magnitude).Find() : null;
                best = new CounterexampleSearch(model, weights, bias, aligned!, active, Encode, magnitude).Find();
                items.Add(Item("counterexample", plain, "the encoder has another number of latents than the dictionary has atoms"));
                items.Add(Item("counterexample, aligned", best, string.Empty, aligned!.IsSearched
                    ? " Latents after the assignment to atoms that was found, and factors fitted by least squares."
                    : " The search for an assignment exceeds the budget: latent i was taken for atom i, with factors fitted by least squares; raise TheoremOptions.Budget for an alignment that is searched for."));
            }
        }

        AmortisationGapEstimate? gap = null;
        if (encoder is not null && sources is not null)
        {
            bool shares = SharesAtoms(dictionary, encoder.Decoder, model);
            gap = new GapMeasurement(model, active, nonNegative, options).Run(sources, encoder, aligned, shares);
            items.AddRange(GapItems(gap, active, shares, options, aligned));
        }

        bool shown = plain is { IsVerified: true } || best is { IsVerified: true };
        string verdict = Verdict(active, n, m, encoder is not null, affine, applies, shown);
        return new TheoremReport(n, m, active, applies, verdict, items) { Counterexample = plain, AlignedCounterexample = best, Gap = gap };
    }

    private static string Verdict(int active, int n, int m, bool given, bool affine, bool applies, bool shown) =>
        applies ? (given ? "The theorem applies: this encoder cannot recover every K-sparse code" + (shown ? ", and a source that it gets wrong is given." : "; the source that was found is not separated from float round-off.")
                         : "The theorem applies: no affine + ReLU encoder recovers every K-sparse code of this dictionary.")
        : active <= 1 ? "The theorem does not apply: with K = 1 an affine + ReLU encoder can be exact."
        : m >= n ? $"The theorem does not apply: M = {m} is not below N = {n}."
        : given && !affine ? "The theorem does not apply: the encoder is not affine + ReLU (TopK, a threshold, more layers or an iteration). Its gap is measured only."
        : "The theorem does not apply.";

    private static IEnumerable<TheoremItem> RankItems(RankBound rank, int n, int m, bool applies, bool comparable)
    {
        yield return new(Conclusion, "rank(D Wᵀ) bound", applies ? Proved : NotApplicable, rank.Shape, $"Every W: rank(D Wᵀ) ≤ min(M, N) = {rank.Shape}, by shape; {n} would be needed.");
        if (rank.EncoderRank >= 0)
        {
            yield return new(Conclusion, "numerical rank of the encoder's D Wᵀ", Estimated, rank.EncoderRank, "Singular values above 1e-6 of the largest: an estimate of the rank, which the line above bounds by proof.");
        }

        yield return new(Conclusion, "lower bound on ‖D Wᵀ − I‖²", Proved, rank.Bound, $"Every W: at least max(N − M, 0) = {rank.Bound} (Eckart-Young)."
            + (rank.DictionaryRank >= 0 ? $" At the numerical rank {rank.DictionaryRank} of D the minimum is {n - rank.DictionaryRank}, attained by the pseudo-inverse: measured {rank.AtMinimiser.ToString("G12", CultureInfo.InvariantCulture)}." : " The pseudo-inverse attains it where rank(D) = M; not measured within the budget."));
        yield return comparable
            ? new(Conclusion, "‖D Wᵀ − I‖² of the encoder", rank.AtEncoder >= rank.Bound * (1 - 1e-6) ? Proved : Estimated, rank.AtEncoder, $"{Text(rank.AtRescaledEncoder)} with the best factor for each latent; the bound is {rank.Bound}.")
            : new(Conclusion, "‖D Wᵀ − I‖² of the encoder", NotApplicable, double.NaN, "Needs an affine + ReLU encoder with as many latents as atoms.");
    }

    private static TheoremItem Item(string name, TheoremCounterexample? example, string missing, string alignment = "") => example is null
        ? new(Conclusion, name, NotApplicable, double.NaN, $"Not given: {missing}.")
        : new(Conclusion, name, example.IsVerified ? Proved : Estimated, example.RelativeError,
            example.Explanation + (example.IsVerified ? " Verified by running the encoder." : $" Not separated from float round-off ({Text(example.RoundOff)}).") + alignment);

    private static IEnumerable<TheoremItem> GapItems(AmortisationGapEstimate gap, int active, bool shares, TheoremOptions options, EncoderAlignment? affine)
    {
        string optimum = gap.Optimum == GapOptimum.Exhaustive ? "the best K-sparse code among all supports"
            : options.Noise > 0 ? "the source itself, an upper bound of the optimum (so the gap is a lower bound)" : "the source itself, whose error is 0 up to rounding";
        yield return new(Measurement, "gap in squared error", Estimated, gap.Mean,
            $"{100 * gap.Confidence:0.#} % interval [{Text(gap.Low)}, {Text(gap.High)}] over {gap.Samples} signals: encoder {Text(gap.EncoderError)}{(shares ? string.Empty : " (through its own decoder)")}, optimum {Text(gap.OptimalError)} ({optimum}). The encoder uses {Text(gap.EncoderActive)} latents per signal, the optimum at most {active}.");
        yield return double.IsNaN(gap.CodeError)
            ? new(Measurement, "gap in codes", NotApplicable, double.NaN, "The encoder's latents are not this dictionary's atoms.")
            : new(Measurement, "gap in codes", Estimated, gap.CodeError, "Mean of ‖z − z*‖² / ‖z*‖²" + (affine is null ? "." : affine.IsSearched ? ", after the permutation that was found and factors fitted by least squares." : ", latent i for atom i (the search for a permutation exceeds the budget) and factors fitted by least squares."));
        yield return double.IsNaN(gap.LassoGap)
            ? new(Measurement, "gap in the Lasso objective", NotApplicable, double.NaN, "Needs an encoder that decodes with this dictionary, of a size whose Gram matrix fits in memory.")
            : new(Measurement, "gap in the Lasso objective", Estimated, gap.LassoGap,
                $"λ = {Text(options.Lambda)}; for these signals the true excess is certified between {Text(gap.LassoGap)} and {Text(gap.LassoGap + gap.LassoSlack)} by the duality gap.");
    }

    private static float[] Dense(SparseCodes codes, int latents)
    {
        var dense = new float[latents];
        SparseRow row = codes[0];
        for (int i = 0; i < row.Count; i++)
        {
            dense[row.Atoms[i]] = row.Values[i];
        }

        return dense;
    }

    // The same object, or the same numbers: an encoder built on a copy decodes with the same dictionary.
    private static bool SharesAtoms(IDictionary dictionary, IDecoder decoder, LinearModel model)
    {
        if (ReferenceEquals(dictionary, decoder))
        {
            return true;
        }

        return decoder is IDictionary other && other.AtomCount == model.AtomCount && other.InputDimension == model.Dimension && other.OutputDimension == model.Dimension
            && LinearModel.From(other) is var copy
            && copy.Atoms.Values.AsSpan().SequenceEqual(model.Atoms.Values) && copy.Offset.AsSpan().SequenceEqual(model.Offset);
    }

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
