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

    /// <summary>
    /// Steps of steepest descent on the values of the active atoms before the atoms take their gradient: they learn from codes that are nearer to least squares on the same atoms than the encoder's
    /// own, so that they are a better dictionary for other inference, at some cost to the encoder's own error. The encoder and the bias learn from its own codes as ever, and the loss that is reported is its
    /// own. 0 does nothing. Each costs two products at the support. Not for the pursuits, whose values are fitted already; a known dictionary does not move.
    /// </summary>
    /// <value>Default: 0.</value>
    public int RefitSteps
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Share of the atoms' gradient that comes from those values, 0 to 1, the rest from the encoder's own; without effect where <see cref="RefitSteps"/> is 0. Null is all of it.</summary>
    /// <value>Default: null.</value>
    public Schedule? RefitShare
    {
        get;
        init
        {
            Throw.InRange(value?.Value ?? 1, 0, 1, nameof(RefitShare));
            field = value;
        }
    }

    /// <inheritdoc/>
    internal override void Validate(SaeOptions options)
    {
        if (FoldNorm && UnitNorm)
        {
            Throw.Argument("LinearDecoderOptions.FoldNorm with UnitNorm: the atoms have norm 1 already and there is nothing to fold. Set UnitNorm to false.", nameof(FoldNorm));
        }

        if (RefitSteps > 0 && options.Selection.IsTied)
        {
            Throw.Argument($"LinearDecoderOptions.RefitSteps with {options.Selection}: a pursuit fits its values as it goes, and its atoms have their gradient through it. Leave RefitSteps at 0.", nameof(RefitSteps));
        }

        if (FoldNorm && !NormFolding.Allows(options.Selection))
        {
            Throw.NotSupported($"LinearDecoderOptions.FoldNorm with {options.Selection}: it compares atoms with each other, and other codes would be the largest once norms are moved into them. Use ReLU, JumpReLU or BatchTopK, or leave FoldNorm out.");
        }
    }
}
