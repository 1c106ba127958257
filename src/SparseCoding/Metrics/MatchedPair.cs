namespace SparseCoding;

/// <summary>A true source and the atom (latent) it is matched with.</summary>
/// <param name="Truth">The true source.</param>
/// <param name="Found">The found atom.</param>
/// <param name="Similarity">|Pearson correlation| or |cosine| of the two, 0 to 1; the metric says which.</param>
public readonly record struct MatchedPair(int Truth, int Found, double Similarity);
