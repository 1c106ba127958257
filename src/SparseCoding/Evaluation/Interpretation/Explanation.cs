namespace SparseCoding;

/// <summary>What somebody, or some model, says a latent stands for.</summary>
/// <param name="Text">The explanation, to be read.</param>
public record Explanation(string Text);
