using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Σ ln(1 + |z_j| ‖d_j‖ / ε): grows slowly at large values, so that it shrinks them less than an l1 (Bussmann, Nabeshima et al. 2025 use it with ε = 0.1).</summary>
public sealed record LogPenalty : SparsityPenalty
{
    /// <summary>The value ε below which the penalty is about linear, positive, in units of the scaled signals.</summary>
    /// <value>Default: 0.1.</value>
    public float Offset
    {
        get;
        init => field = Throw.Positive(value);
    } = 0.1f;
}
