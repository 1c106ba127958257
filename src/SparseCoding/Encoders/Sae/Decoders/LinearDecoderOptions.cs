using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>x̂ = zD + b.</summary>
public sealed record LinearDecoderOptions : SaeDecoderOptions
{
    /// <summary>Whether atoms are scaled to unit norm after every step; otherwise their norms are free, and a penalty on codes alone is evaded by large atoms.</summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;

    /// <summary>
    /// Whether the trained encoder has the free norms of its atoms moved into its codes, z'_j = z_j ‖d_j‖ and d'_j = d_j/‖d_j‖, so that atoms have norm 1 in the end.
    /// Reconstructions and active atoms stay the same, so it asks for a selection that looks at each atom by itself: ReLU, JumpReLU or BatchTopK (by its threshold). A checkpoint holds the unfolded weights.
    /// </summary>
    /// <value>Default: false.</value>
    public bool FoldNorm { get; init; }

    /// <inheritdoc/>
    internal override void Validate(SaeOptions options)
    {
        if (FoldNorm && UnitNorm)
        {
            Throw.Argument("LinearDecoderOptions.FoldNorm with UnitNorm: the atoms have norm 1 already and there is nothing to fold. Set UnitNorm to false.", nameof(FoldNorm));
        }

        if (FoldNorm && !NormFolding.Allows(options.Selection))
        {
            Throw.NotSupported($"LinearDecoderOptions.FoldNorm with {options.Selection}: it compares atoms with each other, and other codes would be the largest once norms are moved into them. Use ReLU, JumpReLU or BatchTopK, or leave FoldNorm out.");
        }
    }
}
