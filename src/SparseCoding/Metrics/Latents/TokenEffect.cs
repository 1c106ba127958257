namespace SparseCoding;

/// <summary>What a latent does to the logit of a token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Text">Its text.</param>
/// <param name="Logit">Change of its logit for each unit of the latent: ⟨unembedding row, scale · atom⟩.</param>
public readonly record struct TokenEffect(int Token, string Text, float Logit);
