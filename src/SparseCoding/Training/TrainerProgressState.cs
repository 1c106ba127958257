namespace SparseCoding.Training;

/// <summary>Counters and curve of a trainer, as a checkpoint keeps them.</summary>
internal sealed record TrainerProgressState(long Steps, long Rows, long FeederPosition, TimeSpan Elapsed, double Loss, TrainingPoint[] Curve, string? Data);
