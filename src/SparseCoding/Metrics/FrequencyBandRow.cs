namespace SparseCoding;

/// <summary>A feature and the latent nearest to it.</summary>
/// <param name="Feature">Index of the feature.</param>
/// <param name="Rate">Share of the samples in which the feature is active.</param>
/// <param name="Latent">The latent whose atom has the greatest |cosine| with it, the lowest on a tie.</param>
/// <param name="LatentRate">Share of the samples in which that latent is active.</param>
/// <param name="Cosine">|cosine| of the two atoms, 0 to 1.</param>
public readonly record struct FrequencyBandRow(int Feature, double Rate, int Latent, double LatentRate, double Cosine);
