using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// A cubic decoder in one shared subspace: with a = zU, U [atoms, rank] of orthonormal columns,
/// x̂ = b + a K₁ + λ₂ a_{1:r₂}² K₂ + λ₃ a_{1:r₃}³ K₃, powers entry by entry, and λ₂, λ₃ learned. Interactions of atoms are thus part of the reconstruction. U is put back on the
/// orthonormal matrices after every step (QR with a positive diagonal). The effective atom of the linear part is a row of U K₁, of free norm.
/// </summary>
/// <remarks>Source: PolySAE, arXiv 2602.01322.</remarks>
public sealed record PolynomialDecoderOptions : SaeDecoderOptions
{
    /// <summary>Columns of U, at most the number of atoms; 0 takes the dimension of the signals, or the number of atoms where that is smaller.</summary>
    /// <value>Default: 0.</value>
    public int Rank
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>First columns of U whose squares take part, at least 1; no more than there are are used.</summary>
    /// <value>Default: 64.</value>
    public int QuadraticRank
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 64;

    /// <summary>First columns of U whose cubes take part, at least 1; no more than there are are used.</summary>
    /// <value>Default: 64.</value>
    public int CubicRank
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 64;

    /// <summary>Where λ₂ starts; finite.</summary>
    /// <value>Default: −0.5.</value>
    public float QuadraticWeight
    {
        get;
        init => field = Finite(value);
    } = -0.5f;

    /// <summary>Where λ₃ starts; finite.</summary>
    /// <value>Default: 0.5.</value>
    public float CubicWeight
    {
        get;
        init => field = Finite(value);
    } = 0.5f;

    /// <inheritdoc/>
    internal override void Validate(SaeOptions options)
    {
        if (Rank > options.AtomCount)
        {
            Throw.Argument($"PolynomialDecoderOptions.Rank is {Rank}, but there are only {options.AtomCount} atoms: that many columns cannot be orthonormal.", nameof(Rank));
        }

        if (options.Remedies.Count > 0)
        {
            Throw.NotSupported($"A polynomial decoder with {options.Remedies[0]}: remedies decode dead latents on their own by atoms, which this decoder has not. Leave Remedies out.");
        }

        if (options.Penalty is not (null or L1Penalty { TimesDecoderNorm: false } or L0Penalty or SquaredL0Penalty or LpPenalty))
        {
            Throw.NotSupported($"A polynomial decoder with {options.Penalty}: it weights codes by norms of atoms, which this decoder has not. Use L1Penalty without TimesDecoderNorm, LpPenalty, L0Penalty or none.");
        }
    }

    /// <inheritdoc/>
    internal override int AtomWidth(int dimension, int atomCount) => Rank == 0 ? Math.Min(dimension, atomCount) : Rank;

    private static float Finite(float value) => float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A weight must be finite.");
}
