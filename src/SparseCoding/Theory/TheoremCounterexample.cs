namespace SparseCoding;

/// <summary>A sparse, non-negative source that a given encoder gets wrong, verified by running the encoder.</summary>
public sealed record TheoremCounterexample
{
    /// <summary>The source s, [atoms]: non-negative, with at most K active atoms.</summary>
    public required IReadOnlyList<float> Source { get; init; }

    /// <summary>The atoms that carry the contradiction: one or two; further active atoms fill the source up to K.</summary>
    public required IReadOnlyList<int> Witness { get; init; }

    /// <summary>The signal x = offset + scale · sD that the encoder was given, [dimension].</summary>
    public required IReadOnlyList<float> Signal { get; init; }

    /// <summary>What the encoder answered, [atoms], after <see cref="Latents"/> and <see cref="Factors"/>.</summary>
    public required IReadOnlyList<float> Answer { get; init; }

    /// <summary>The latent that answers for each atom, −1 for none, [atoms]; the identity for the theorem as it is stated.</summary>
    public required IReadOnlyList<int> Latents { get; init; }

    /// <summary>The factor on each latent, [atoms]; ones for the theorem as it is stated.</summary>
    public required IReadOnlyList<double> Factors { get; init; }

    /// <summary>‖answer − s‖₂.</summary>
    public required double Error { get; init; }

    /// <summary>‖answer − s‖₂ / ‖s‖₂.</summary>
    public required double RelativeError { get; init; }

    /// <summary>A bound on what float rounding can contribute to <see cref="Error"/>, for any order of the sums.</summary>
    public required double RoundOff { get; init; }

    /// <summary>Whether <see cref="Error"/> is more than ten times <see cref="RoundOff"/>: then the failure is the encoder's, not the arithmetic's.</summary>
    public bool IsVerified => Error > 10 * RoundOff && double.IsFinite(Error);

    /// <summary>The step of the proof that fails.</summary>
    public required ProofStep Step { get; init; }

    /// <summary>The failure in words, with the numbers.</summary>
    public required string Explanation { get; init; }
}
