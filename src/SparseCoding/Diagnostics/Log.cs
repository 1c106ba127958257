using Microsoft.Extensions.Logging;

namespace SparseCoding.Diagnostics;

/// <summary>Every log message of the library; event ids are stable.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Training starts: {Encoder} with {Atoms} atoms on signals of dimension {Dimension}, {Steps} steps of {Rows} rows on {Device} with {Threads} threads")]
    public static partial void TrainingStarted(ILogger logger, string encoder, int atoms, int dimension, long steps, int rows, string device, int threads);

    [LoggerMessage(1002, LogLevel.Information, "Training ends after step {Step}: loss {Loss}, {Seconds} s")]
    public static partial void TrainingCompleted(ILogger logger, long step, double loss, double seconds);

    [LoggerMessage(1003, LogLevel.Information, "Training cancelled after step {Step}; the snapshot stays usable")]
    public static partial void TrainingCancelled(ILogger logger, long step);

    [LoggerMessage(1004, LogLevel.Information, "Checkpoint of step {Step} written to {Path}")]
    public static partial void CheckpointWritten(ILogger logger, long step, string path);

    [LoggerMessage(1005, LogLevel.Information, "Training goes on from step {Step} of {Path}")]
    public static partial void TrainingResumed(ILogger logger, long step, string path);

    [LoggerMessage(1006, LogLevel.Error, "Training stops at step {Step}: {Reason} (loss {Loss}); last good checkpoint: {Path}")]
    public static partial void TrainingDiverged(ILogger logger, long step, string reason, double loss, string path);

    [LoggerMessage(1007, LogLevel.Warning, "{Count} of {Rows} signals reached the iteration limit of {Encoder} before its other criteria")]
    public static partial void NotConverged(ILogger logger, int count, int rows, string encoder);

    [LoggerMessage(1008, LogLevel.Information, "Dictionary learning restart {Restart}: objective {Objective} after {Sweeps} sweeps")]
    public static partial void RestartCompleted(ILogger logger, int restart, double objective, int sweeps);

    [LoggerMessage(1009, LogLevel.Warning, "No checkpoint at step {Step}: the loss is {Loss}, far above where the run began")]
    public static partial void CheckpointSkipped(ILogger logger, long step, double loss);

    [LoggerMessage(1020, LogLevel.Warning, "Least squares for the dictionary: {Silent} of {Atoms} atoms are used by no code and became 0; ridge {Ridge} of the diagonal")]
    public static partial void LeastSquaresDegenerate(ILogger logger, int silent, int atoms, double ridge);

    [LoggerMessage(1030, LogLevel.Warning, "The signals' mean is {Ratio} times their standard deviation (norms over all dimensions) and nothing subtracts it: latents that point away from it may never fire. Use SaeOptions.Bias with TrainingOptions.OffsetStart Mean, or subtract the mean")]
    public static partial void UncentredInput(ILogger logger, double ratio);
}
