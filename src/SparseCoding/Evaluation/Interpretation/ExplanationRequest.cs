namespace SparseCoding;

/// <summary>What an explainer is shown of a latent.</summary>
public sealed record ExplanationRequest
{
    /// <summary>The latent: top contexts, logit effects, values.</summary>
    public required LatentProfile Latent { get; init; }

    /// <summary>Stretches of text in which it is silent; none of those that it is scored on.</summary>
    public required IReadOnlyList<ContextExample> Silent { get; init; }
}
