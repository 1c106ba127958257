namespace SparseCoding.Benchmarks;

/// <summary>One figure of a system and, where it is a claim, what it must be.</summary>
/// <param name="Figure">Name of the figure, as <see cref="SeedSystem.Measure"/> gives it.</param>
/// <param name="Text">What is measured.</param>
/// <param name="Goal">The goal in words; empty for a figure that only stands beside.</param>
/// <param name="Reached">Whether the mean over the seeds reaches it; null for a figure that only stands beside.</param>
internal sealed record SeedClaim(string Figure, string Text, string Goal = "", Func<double, bool>? Reached = null);
