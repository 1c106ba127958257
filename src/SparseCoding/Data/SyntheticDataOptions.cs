using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// A world with ground truth: x = offset + zD + noise with known atoms D and sparse codes z. The defaults are the world of O'Neill and
/// Klindt (2024): 16 sources, 8 measurements, exactly 3 active, |N(0, 1)| values, Gaussian atoms of norm 1, no noise, no offset.
/// Every part has random numbers of its own: changing the noise changes no code, and more samples continue the same rows.
/// </summary>
public sealed record SyntheticDataOptions
{
    /// <summary>Number of sources (atoms of the true dictionary), the paper's N; at least 1.</summary>
    /// <value>Default: 16.</value>
    public int Sources
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 16;

    /// <summary>Dimension of a signal, the paper's M; at least 1.</summary>
    /// <value>Default: 8.</value>
    public int Measurements
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 8;

    /// <summary>
    /// Number of active sources in each sample, the paper's K, at least 1: exactly that many; the least with <see cref="MaxActive"/>;
    /// not used with <see cref="ActiveProbability"/>.
    /// </summary>
    /// <value>Default: 3.</value>
    public int Active
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 3;

    /// <summary>With it, the number of active sources is drawn uniformly from <see cref="Active"/> to this, both included.</summary>
    /// <value>Default: null, exactly <see cref="Active"/>.</value>
    public int? MaxActive
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>
    /// With it, each source is active on its own (Bernoulli) and this is the mean probability over the sources, in (0, 1]. With
    /// <see cref="ZipfExponent"/> the probabilities differ: p_j = min(1, c · j^−s) with c such that their mean is this. A sample may be all 0.
    /// </summary>
    /// <value>Default: null, a fixed number of active sources.</value>
    public double? ActiveProbability
    {
        get;
        init => field = value is { } given ? (given > 0 ? Throw.InRange(given, 0, 1) : Refuse(given)) : null;
    }

    /// <summary>Number of samples, at least 1.</summary>
    /// <value>Default: 2048.</value>
    public int Samples
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 2048;

    /// <summary>Seed of everything random; not negative.</summary>
    /// <value>Default: 0.</value>
    public long Seed
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>How the value of an active source is drawn.</summary>
    /// <value>Default: <see cref="CodeDistribution.HalfNormal"/>.</value>
    public CodeDistribution Codes
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Codes must be HalfNormal, Normal or Uniform.");
    }

    /// <summary>Factor on the drawn value; positive.</summary>
    /// <value>Default: 1.</value>
    public float CodeScale
    {
        get;
        init => field = Throw.Positive(value);
    } = 1;

    /// <summary>Added to the magnitude of every active value before <see cref="ImportanceDecay"/>, so that it is bounded away from 0; not negative.</summary>
    /// <value>Default: 0.</value>
    public float CodeMinimum
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Feature importance: source j (from 0) is scaled by this to the power j; in (0, 1].</summary>
    /// <value>Default: 1, all alike.</value>
    public double ImportanceDecay
    {
        get;
        init => field = value > 0 ? Throw.InRange(value, 0, 1) : Refuse(value);
    } = 1;

    /// <summary>
    /// Exponent s of the sources' frequencies, proportional to (j + 1)^−s; 0 to 10. With a fixed number of active sources they are drawn
    /// one after the other with these weights, without replacement, so that the frequencies of the commonest saturate.
    /// </summary>
    /// <value>Default: 0, all alike.</value>
    public double ZipfExponent
    {
        get;
        init => field = Throw.InRange(value, 0, 10);
    }

    /// <summary>
    /// Correlated supports: a Gaussian copula. Each sample has common factors ξ ~ N(0, I), each source a random unit vector u_j, and
    /// g_j = √ρ ⟨ξ, u_j⟩ + √(1 − ρ) ε_j; a source is active where g_j is high enough for its frequency (or among the K most urgent). This is
    /// ρ, the share of the variance of g that is common, in [0, 1). SynthSAEBench-16k has rank 25 and ρ = .25.
    /// </summary>
    /// <value>Default: 0, independent.</value>
    public double CorrelationStrength
    {
        get;
        init => field = value < 1 ? Throw.InRange(value, 0, 1) : Refuse(value);
    }

    /// <summary>Number of common factors of correlated supports, at least 1; without effect while <see cref="CorrelationStrength"/> is 0.</summary>
    /// <value>Default: 25.</value>
    public int CorrelationRank
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 25;

    /// <summary>Standard deviation of the Gaussian noise on every entry of a signal; not negative.</summary>
    /// <value>Default: 0.</value>
    public float Noise
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Norm of a constant offset in a random direction, added to every signal; not negative.</summary>
    /// <value>Default: 0.</value>
    public float Offset
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Norms of the atoms: exp(this · N(0, 1)); not negative.</summary>
    /// <value>Default: 0, norm 1.</value>
    public float AtomNormSpread
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Refuses options that contradict each other; the message names both.</summary>
    internal void Validate()
    {
        if (ActiveProbability is not null && MaxActive is not null)
        {
            Throw.Argument($"MaxActive = {MaxActive} and ActiveProbability = {ActiveProbability} exclude each other: the number of active sources is either drawn up to MaxActive or follows from the probability.", nameof(MaxActive));
        }

        if (ActiveProbability is null && Active > Sources)
        {
            Throw.Argument($"Active = {Active} is more than Sources = {Sources}.", nameof(Active));
        }

        if (MaxActive is { } most && (most < Active || most > Sources))
        {
            Throw.Argument($"MaxActive = {most} must lie between Active = {Active} and Sources = {Sources}.", nameof(MaxActive));
        }

        if ((long)Samples * Measurements > Array.MaxLength)
        {
            Throw.Argument($"Samples = {Samples} times Measurements = {Measurements} is more than {Array.MaxLength} values; generate several worlds of fewer samples.", nameof(Samples));
        }

        if ((long)Sources * Measurements > Array.MaxLength)
        {
            Throw.Argument($"Sources = {Sources} times Measurements = {Measurements} is more than {Array.MaxLength} values.", nameof(Sources));
        }
    }

    private static double Refuse(double value, [System.Runtime.CompilerServices.CallerMemberName] string parameter = "")
    {
        Throw.OutOfRange(parameter, value, parameter == nameof(CorrelationStrength) ? "at least 0 and below 1" : "above 0 and at most 1");
        return value;
    }
}
