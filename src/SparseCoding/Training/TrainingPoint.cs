namespace SparseCoding;

/// <summary>One point of a training curve.</summary>
/// <param name="Step">Step, from 1.</param>
/// <param name="Loss">Loss of that step's batch.</param>
/// <param name="L0">Mean number of active atoms in that batch.</param>
public readonly record struct TrainingPoint(long Step, double Loss, double L0);
