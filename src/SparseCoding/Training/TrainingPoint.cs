namespace SparseCoding;

/// <summary>One point of a training curve.</summary>
/// <param name="Step">Step, from 1.</param>
/// <param name="Loss">Loss of that step's batch.</param>
/// <param name="L0">Mean number of active atoms in that batch.</param>
/// <param name="Fvu">Fraction of that batch's variance that is unexplained, ‖x − x̂‖² summed over its rows / ‖x − mean‖² summed; NaN where it was not measured (dictionary learning, checkpoints without it), infinite for a batch without variance.</param>
/// <param name="DeadShare">Share of atoms, 0 to 1, that were silent for the last window of steps; NaN where the trainer does not count them.</param>
public readonly record struct TrainingPoint(long Step, double Loss, double L0, double Fvu = double.NaN, double DeadShare = double.NaN);
