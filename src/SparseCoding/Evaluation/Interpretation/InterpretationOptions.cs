using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How latents are explained and explanations are scored. Defaults are those of the paper's experiment.</summary>
public sealed record InterpretationOptions
{
    /// <summary>How many latents are drawn at random among those with enough contexts. Default: 200.</summary>
    public int LatentCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 200;

    /// <summary>Contexts of each kind that an explanation is scored on: so many in which the latent fires, as many in which it does not. Default: 5.</summary>
    public int ScoredContexts
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 5;

    /// <summary>Silent contexts shown to the explainer. Default: 10; the chat explainer does not use them.</summary>
    public int SilentContexts
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 10;

    /// <summary>Seed of the draws. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>What an explainer sees: number of top contexts, tokens around the strongest, logit effects, the sign that counts as firing. The contexts are distinct, whatever OnePerContext says.</summary>
    public LatentAtlasOptions Atlas
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new();
}
