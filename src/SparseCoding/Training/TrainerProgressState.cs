using SparseCoding.Data;

namespace SparseCoding.Training;

/// <summary>Counters and curve of a trainer, as a checkpoint keeps them, and the rows that wait in the buffer of pushed data.</summary>
internal sealed record TrainerProgressState(long Steps, long Rows, long FeederPosition, TimeSpan Elapsed, double Loss, TrainingPoint[] Curve, string? Data, MixingState? Mixing = null);
