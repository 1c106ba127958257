using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// x̂ = zD + b, learned so that the first w atoms alone reconstruct too, for several w (Bussmann, Nabeshima, Karvonen, Nanda 2025; SAELens): the loss of a signal is
/// ½‖x − x̂‖² + weight · Σ_w ½‖x − x̂_w‖², x̂_w from the first w entries of the code. General atoms then come first and are not absorbed by special ones. It combines with every
/// selection and penalty; the penalty looks at the whole code. Encoding and decoding are those of a linear decoder.
/// </summary>
public sealed record MatryoshkaDecoderOptions : SaeDecoderOptions
{
    /// <summary>Numbers of atoms w of the prefixes, ascending, each at least 1 and below the number of atoms (which is always the last).</summary>
    /// <value>Default: empty.</value>
    public ValueList<int> Prefixes
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Prefixes must not be null; leave it empty.");
    } = [];

    /// <summary>
    /// Instead of fixed ones, that many prefixes drawn anew in every step, distinct, with P(length ≤ w) ∝ 1 − w^(−½) (noanabeshima/matryoshka-saes); 0 draws none.
    /// </summary>
    /// <value>Default: 0.</value>
    public int RandomPrefixes
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Weight of each prefix's loss; that of the whole is 1.</summary>
    /// <value>Default: 1 (SAELens).</value>
    public float PrefixWeight
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1;

    /// <summary>Whether atoms are scaled to unit norm after every step.</summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;

    internal override void Validate(SaeOptions options)
    {
        if (Prefixes.Count == 0 == (RandomPrefixes == 0))
        {
            Throw.Argument("A Matryoshka decoder has either Prefixes or RandomPrefixes; for none of them use SaeDecoderOptions.Linear.", nameof(Prefixes));
        }

        for (int i = 0; i < Prefixes.Count; i++)
        {
            if (Prefixes[i] < 1 || Prefixes[i] >= options.AtomCount || (i > 0 && Prefixes[i] <= Prefixes[i - 1]))
            {
                Throw.Argument($"Prefixes are {Prefixes}; they must ascend, from at least 1 to below the {options.AtomCount} atoms.", nameof(Prefixes));
            }
        }

        if (RandomPrefixes >= options.AtomCount)
        {
            Throw.Argument($"RandomPrefixes is {RandomPrefixes}, but only {options.AtomCount - 1} lengths are below the number of atoms.", nameof(RandomPrefixes));
        }
    }
}
