namespace SparseCoding;

/// <summary>Σ |z_j| of a signal's code (the field's standard), or Σ |z_j| ‖d_j‖, which a decoder of free norms cannot evade by long atoms (Anthropic 2024, "April update"; SAELens).</summary>
public sealed record L1Penalty : SparsityPenalty
{
    /// <summary>Whether each |z_j| counts with the norm of its atom; with atoms of unit norm there is no difference.</summary>
    /// <value>Default: false.</value>
    public bool TimesDecoderNorm { get; init; }
}
