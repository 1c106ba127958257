using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// ŷ = zD + b, with targets y that differ from the encoded signals x (input and output of a model's layer, say), and ŷ = zD + b + x Sᵀ with
/// <see cref="Skip"/>. The loss is ½‖y − ŷ‖² + penalty. The decoder's bias is not subtracted from x. Train on a source made by
/// <see cref="ActivationSource.WithTargets"/>; targets are normalised by their own figures in the mode of <see cref="SaeOptions.Normalization"/>.
/// </summary>
/// <remarks>Source: Dunefsky et al. 2024 (transcoders); Paulo et al. 2025 (skip transcoders).</remarks>
public sealed record TranscoderDecoderOptions : SaeDecoderOptions
{
    /// <summary>Dimension of the targets, at least 1.</summary>
    public required int OutputDimension
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Whether a linear map S [output dimension, input dimension] of the signal is learned beside the atoms; it starts at 0.</summary>
    /// <value>Default: false.</value>
    public bool Skip { get; init; }

    /// <summary>Whether atoms are scaled to unit norm (in the normalised units of the targets) after every step.</summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;

    /// <inheritdoc/>
    internal override void Validate(SaeOptions options)
    {
        if (Encoders.RowNormalizer.IsByRow(options.Normalization))
        {
            Throw.NotSupported($"A transcoder with Normalization = {options.Normalization}: the row's own figures say how to undo it for the signal, but not for its target. Use None, MeanNorm, Constant or Standardize.");
        }
    }

    /// <inheritdoc/>
    internal override void ValidateData(ActivationSource data, SaeOptions options)
    {
        if (data.TargetDimension != OutputDimension)
        {
            Throw.Argument($"data has targets of dimension {data.TargetDimension} (0: none), but the transcoder predicts dimension {OutputDimension}: pair the signals with their targets, signals.WithTargets(targets).", nameof(data));
        }
    }

    /// <inheritdoc/>
    internal override int AtomWidth(int dimension, int atomCount) => OutputDimension;
}
