using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Σ ((|z_j| + ε)^p − ε^p), for p below 1 closer to a count than an l1; the slope at 0 is p ε^(p−1) and not infinite. With a final power, p falls in
/// equal steps ("p-annealing": Karvonen et al. 2024, dictionary_learning): N changes, equally spaced between a first step and the end of the run; at each the
/// weight is multiplied by the mean of Σ|z|^p over the mean of Σ|z|^p_next in the steps just before, so that the size of the penalty does not jump.
/// </summary>
public sealed record LpPenalty : SparsityPenalty
{
    /// <summary>The power p, where annealing starts it; above 0, at most 2.</summary>
    /// <value>Default: 1.</value>
    public float Power
    {
        get;
        init => field = (float)Throw.InRange(value, 1e-3, 2);
    } = 1;

    /// <summary>The power at the end of the run; null keeps <see cref="Power"/>.</summary>
    /// <value>Default: null.</value>
    public float? FinalPower
    {
        get;
        init => field = value is { } given ? (float)Throw.InRange(given, 1e-3, 2) : null;
    }

    /// <summary>Step before which the power does not change.</summary>
    /// <value>Default: 0.</value>
    public long AnnealFrom
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Number of changes of the power.</summary>
    /// <value>Default: 10 (dictionary_learning).</value>
    public int Changes
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10;

    /// <summary>Steps before a change over which both sums are averaged.</summary>
    /// <value>Default: 10 (dictionary_learning).</value>
    public int Queue
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10;

    /// <summary>Bounds the slope at 0; positive, in units of the scaled signals.</summary>
    /// <value>Default: 1e-4.</value>
    public float Offset
    {
        get;
        init => field = Throw.Positive(value);
    } = 1e-4f;
}
