using SparseCoding.Samples.Interpretability;

// Exit codes: 0 done, 1 a failure, 2 bad arguments or bad files, 130 stopped by Ctrl+C.
if (Arguments.Parse(args, out Arguments? arguments) is { } exit)
{
    return exit;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};
try
{
    await Experiment.RunAsync(arguments!, stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
catch (Exception error) when (error is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}
