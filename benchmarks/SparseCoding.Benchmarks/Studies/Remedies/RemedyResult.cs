namespace SparseCoding.Benchmarks;

/// <summary>What one trained encoder came to.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Dead">Share of latents that fire on no training row.</param>
/// <param name="Fvu">FVU on rows that were not trained on.</param>
/// <param name="L0">Active atoms there.</param>
/// <param name="Seconds">Time of the training.</param>
internal sealed record RemedyResult(string Name, double Dead, double Fvu, double L0, double Seconds);
