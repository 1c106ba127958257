using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Feature choice (Ayonrinde 2024, arXiv 2411.02124): of a training batch of B signals, atom i keeps its m_i largest pre-activations, Σ m_i = ⌊k·B⌋, 1 ≤ m_i ≤ B.
/// The quotas are equal, or follow a Zipf law of the atom's index r = 1, 2, …: m_r ∝ (r + c)^(−α); what rounding leaves over goes to the largest remainders,
/// the lower index first. Only positive pre-activations become entries, so that codes may have fewer. Encoding never depends on other rows: it keeps
/// what exceeds the atom's own threshold, the running mean of the m_i-th largest pre-activation of a batch (0 where that is not positive).
/// </summary>
public sealed record FeatureChoiceSelection : Selection
{
    /// <summary>Keeps k on average.</summary>
    /// <param name="k">Mean number of active atoms, positive; need not be whole.</param>
    public FeatureChoiceSelection(double k) => K = k;

    /// <summary>Mean number of active atoms of a code, positive; need not be whole.</summary>
    public double K
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, int.MaxValue);
    }

    /// <summary>Exponent α of the Zipf law, not negative; 0 gives every atom the same quota.</summary>
    /// <value>Default: 0 (uniform).</value>
    public double ZipfExponent
    {
        get;
        init => field = Throw.InRange(value, 0, 10);
    }

    /// <summary>Shift c of the ranks, not negative; null takes a hundredth of the number of atoms.</summary>
    /// <value>Default: null.</value>
    public double? ZipfShift
    {
        get;
        init => field = value is { } given ? Throw.InRange(given, 0, double.MaxValue) : null;
    }

    /// <summary>Decay of the thresholds' running means for each step, at least 0 and below 1; corrected for their start.</summary>
    /// <value>Default: 0.99.</value>
    public double ThresholdDecay
    {
        get;
        init => field = Throw.InRange(value, 0, 0.9999999);
    } = 0.99;

    /// <summary>
    /// Steps at the start of training in which the batch's largest entries are kept whatever their atom, as <see cref="BatchTopKSelection"/> does (mutual choice), before every atom gets its
    /// quota; thresholds begin anew at the switch. Not negative.
    /// </summary>
    /// <value>Default: 0 (feature choice from the first step).</value>
    public long MutualChoiceSteps
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override IReadOnlyList<string> VectorNames => [JumpReluSelection.ThresholdName];

    internal override double? MostActive => K;

    internal override void Validate(int atomCount)
    {
        if (K > atomCount)
        {
            Throw.Argument($"FeatureChoice keeps {K} atoms on average, but the encoder has only {atomCount}.", nameof(K));
        }
    }

    /// <summary>The quotas of a batch, [atoms].</summary>
    internal float[] Quotas(int atomCount, int rows)
    {
        double shift = ZipfShift ?? (atomCount / 100.0);
        double[] share = [.. Enumerable.Range(1, atomCount).Select(r => Math.Pow(r + shift, -ZipfExponent))];
        long total = (long)Math.Min(Math.Floor(K * rows), (double)atomCount * rows);
        var quotas = new float[atomCount];
        if (total <= atomCount)
        {
            // Too few for one each: the first atoms have one.
            Array.Fill(quotas, 1, 0, (int)total);
            return quotas;
        }

        // Each has at least 1 and at most all rows: the scale of the shares at which they add up, by bisection.
        double low = 0, high = 2.0 * rows / share[^1];
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = share.Sum(s => Math.Clamp(middle * s, 1, rows)) < total ? (middle, high) : (low, middle);
        }

        double[] exact = [.. share.Select(s => Math.Clamp(high * s, 1, rows))];
        long left = total;
        for (int i = 0; i < atomCount; i++)
        {
            quotas[i] = (float)Math.Floor(exact[i]);
            left -= (long)quotas[i];
        }

        // Rounding error may leave the sum a little above; the last ones then give back.
        for (int i = atomCount - 1; left < 0; i = i == 0 ? atomCount - 1 : i - 1)
        {
            if (quotas[i] > 1)
            {
                quotas[i]--;
                left++;
            }
        }

        foreach (int i in Enumerable.Range(0, atomCount).Where(i => quotas[i] < rows).OrderByDescending(i => exact[i] - quotas[i]).ThenBy(i => i).Take((int)left))
        {
            quotas[i]++;
        }

        return quotas;
    }
}
