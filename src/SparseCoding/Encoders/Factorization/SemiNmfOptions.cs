using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>A semi-non-negative factorisation X ≈ ZD with Z ≥ 0 and signed, optionally sparse atoms (Ding, Li and Jordan 2010; with sparse atoms: semi-NMF of MLP activations, 2025).</summary>
public sealed record SemiNmfOptions
{
    /// <summary>Number of atoms (the rank), at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Share of the entries of an atom that are kept in every iteration, the largest magnitudes, at least one; above 0, at most 1. Below 1 the loss may rise; the best iteration is kept.</summary>
    /// <value>Default: 1.</value>
    public double AtomDensity
    {
        get;
        init => field = value > 0 ? Throw.InRange(value, 0, 1) : throw new ArgumentOutOfRangeException(nameof(value), value, "AtomDensity must be above 0 and at most 1.");
    } = 1;

    /// <summary>The most iterations, at least 1.</summary>
    /// <value>Default: 500.</value>
    public int Iterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 500;

    /// <summary>An iteration is progress when it lowers the best objective by more than this share.</summary>
    /// <value>Default: 1e-4.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-4f;

    /// <summary>Ends after this many iterations without progress, at least 1.</summary>
    /// <value>Default: 100.</value>
    public int Patience
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 100;

    /// <summary>
    /// Where the atoms begin; the codes begin at the positive part of the correlations. With <see cref="AtomDensity"/> below 1 prefer Random or Svd, as the authors do, and the best of several seeds: atoms that start at
    /// signals start at mixtures, and keeping their largest entries holds them there (docs/results/seed-systems.md).
    /// </summary>
    /// <value>Default: <see cref="DictionaryStart.Signals"/>.</value>
    public DictionaryStart Start
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Start must be Signals, Random or Svd.");
    }

    /// <summary>Seed of the start.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }
}
