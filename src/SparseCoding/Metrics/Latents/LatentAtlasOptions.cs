using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Which latents an atlas shows, and how much of each.</summary>
public sealed record LatentAtlasOptions
{
    /// <summary>How many of the most used latents. Default: 50. Not used where <see cref="Latents"/> names them.</summary>
    public int LatentCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 50;

    /// <summary>The latents, in the order wanted; null takes the most used. Default: null.</summary>
    public ValueList<int>? Latents { get; init; }

    /// <summary>Sign of the values that count as firing. Default: positive.</summary>
    public CodeSide Side
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Top contexts of each latent. Default: 10, as in the paper's experiment.</summary>
    public int ContextCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10;

    /// <summary>Whether a context is shown once, at its strongest row. Default: true; otherwise one sentence may take all places.</summary>
    public bool OnePerContext { get; init; } = true;

    /// <summary>Tokens shown before the strongest one. Default: 12.</summary>
    public int TokensBefore
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 12;

    /// <summary>Tokens shown after it. Default: 6.</summary>
    public int TokensAfter
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 6;

    /// <summary>Rows of each latent whose labels are compared. Default: 32.</summary>
    public int PurityRows
    {
        get;
        init => field = Throw.AtLeast(value, 2);
    } = 32;

    /// <summary>Tokens with the largest and as many with the smallest effect on the logits. Default: 10.</summary>
    public int TokenEffects
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 10;

    /// <summary>Nearest atoms of each. Default: 3.</summary>
    public int Neighbours
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 3;
}
