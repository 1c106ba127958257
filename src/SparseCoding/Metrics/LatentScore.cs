namespace SparseCoding;

/// <summary>How well one latent tells when its source is active.</summary>
/// <param name="Latent">The latent (found atom).</param>
/// <param name="Source">The source that it is compared with.</param>
/// <param name="Precision">Share of the latent's activations where the source is active; 0 when the latent is never active.</param>
/// <param name="Recall">Share of the source's activations where the latent is active; 0 when the source is never active.</param>
/// <param name="F1">2 · precision · recall / (precision + recall); 0 where that is not defined.</param>
public readonly record struct LatentScore(int Latent, int Source, double Precision, double Recall, double F1);
