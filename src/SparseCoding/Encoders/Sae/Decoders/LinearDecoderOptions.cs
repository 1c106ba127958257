namespace SparseCoding;

/// <summary>x̂ = zD + b.</summary>
public sealed record LinearDecoderOptions : SaeDecoderOptions
{
    /// <summary>Whether atoms are scaled to unit norm after every step; otherwise their norms are free, and a penalty on codes alone is evaded by large atoms.</summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;
}
