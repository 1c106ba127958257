namespace SparseCoding;

/// <summary>An explanation as a list of word sequences: the latent is said to fire on the last word of each.</summary>
/// <param name="Text">The same as a sentence.</param>
/// <param name="NGrams">The sequences, the best first.</param>
public sealed record NGramExplanation(string Text, IReadOnlyList<IReadOnlyList<string>> NGrams) : Explanation(Text);
