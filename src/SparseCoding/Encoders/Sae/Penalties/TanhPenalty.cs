using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Σ tanh(c·|z_j|·‖d_j‖): saturates at large values, so that it shrinks them less than an l1 (Anthropic 2025; SAELens).</summary>
public sealed record TanhPenalty : SparsityPenalty
{
    /// <summary>Slope c at 0, positive, in reciprocal units of the scaled signals.</summary>
    /// <value>Default: 4.</value>
    public float Slope
    {
        get;
        init => field = Throw.Positive(value);
    } = 4;
}
