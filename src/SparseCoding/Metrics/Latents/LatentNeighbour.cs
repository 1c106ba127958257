namespace SparseCoding;

/// <summary>A latent whose atom points the same way.</summary>
/// <param name="Latent">The other latent.</param>
/// <param name="Cosine">Cosine between the two atoms.</param>
public readonly record struct LatentNeighbour(int Latent, float Cosine);
