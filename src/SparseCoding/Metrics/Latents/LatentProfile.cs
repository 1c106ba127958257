namespace SparseCoding;

/// <summary>What is known of one latent: how often and how strongly it fires, where, on what labels, and what it does to the output.</summary>
public sealed record LatentProfile
{
    /// <summary>The latent.</summary>
    public required int Latent { get; init; }

    /// <summary>Rows in which it fires.</summary>
    public required long ActiveRows { get; init; }

    /// <summary>Share of the rows in which it fires.</summary>
    public required double Density { get; init; }

    /// <summary>Mean of its values where it fires.</summary>
    public required double MeanValue { get; init; }

    /// <summary>Its strongest value, with its sign.</summary>
    public required float Peak { get; init; }

    /// <summary>Values where it fires, for a histogram: at most 1,000, evenly spaced among its rows.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>Where it is strongest, the strongest first.</summary>
    public required IReadOnlyList<ContextExample> Contexts { get; init; }

    /// <summary>How alike the labels of its strongest rows are; null where there are no labels.</summary>
    public LatentPurity? Purity { get; init; }

    /// <summary>Tokens whose logits it raises most; empty where there is no unembedding.</summary>
    public IReadOnlyList<TokenEffect> Promoted { get; init; } = [];

    /// <summary>Tokens whose logits it lowers most; empty where there is no unembedding.</summary>
    public IReadOnlyList<TokenEffect> Suppressed { get; init; } = [];

    /// <summary>Latents whose atoms are nearest by cosine; empty where there is no dictionary.</summary>
    public IReadOnlyList<LatentNeighbour> Neighbours { get; init; } = [];
}
