namespace SparseCoding.Contracts;

/// <summary>
/// Reports how many signals are encoded through <see cref="RunContext.Progress"/>, in the record of training: a step is a signal, and the losses, which encoding
/// does not know, are NaN. At most one report in every <see cref="RunContext.ProgressInterval"/>; the last one always comes.
/// </summary>
internal sealed class EncodingProgress(RunContext context, long rows)
{
    private readonly long _started = context.Progress is null ? 0 : context.TimeProvider.GetTimestamp();
    private TimeSpan _reported;

    /// <summary>Says that the first <paramref name="done"/> signals are encoded.</summary>
    public void Report(long done)
    {
        if (context.Progress is not { } progress)
        {
            return;
        }

        TimeSpan elapsed = context.TimeProvider.GetElapsedTime(_started);
        if (done < rows && elapsed - _reported < context.ProgressInterval)
        {
            return;
        }

        _reported = elapsed;
        double rate = done / Math.Max(elapsed.TotalSeconds, 1e-9);
        var remaining = TimeSpan.FromSeconds(Math.Min(1e9, (rows - done) / Math.Max(rate, 1e-9)));
        progress.Report(new TrainingProgress(done, rows, double.NaN, double.NaN, double.NaN, double.NaN, rate, elapsed, remaining));
    }
}
