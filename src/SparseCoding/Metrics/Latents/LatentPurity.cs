namespace SparseCoding;

/// <summary>How alike the rows are in which a latent is strongest.</summary>
/// <param name="Latent">The latent.</param>
/// <param name="Rows">Rows looked at; fewer than asked for where the latent fires less often.</param>
/// <param name="Label">The most frequent label among them; −1 where there is no row. Ties go to the lower label.</param>
/// <param name="Purity">Share of the rows that have it, 0 to 1; NaN where there is no row.</param>
/// <param name="SingleToken">Whether all of them have one and the same token, so that a pure label says nothing more; false where tokens are not given.</param>
public readonly record struct LatentPurity(int Latent, int Rows, int Label, double Purity, bool SingleToken);
