namespace SparseCoding;

/// <summary>What somebody, or some model, says a latent stands for.</summary>
/// <param name="Text">The explanation, to be read.</param>
public sealed record Explanation(string Text)
{
    /// <summary>The same as word sequences, the best first: the latent is said to fire on the last word of each. Null where only a reader can tell what the text means.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? NGrams { get; init; }
}
