namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Runs one job from its arguments to its exit code.</summary>
internal static class Job
{
    private const int BadInput = 2;
    private const int Stopped = 130;

    /// <summary>Runs the job that the arguments name; Ctrl+C ends it after the current step, and what was done is kept.</summary>
    public static int Run(Arguments arguments)
    {
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            // The first Ctrl+C is a request, a second one the operating system's own.
            e.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        IDisplay display = Console.IsOutputRedirected ? new PlainDisplay() : new TerminalDisplay();
        var report = new RunReport(arguments);
        try
        {
            var context = new RunContext { Threads = arguments.Threads };
            if (arguments.Sae is not null)
            {
                PretrainedSae.Run(arguments, display, report, context, stop.Token);
            }
            else if (arguments.Data is not null)
            {
                RealActivations.Run(arguments, display, report, context, stop.Token);
            }
            else
            {
                PaperWorld.Run(arguments, display, report, context, stop.Token);
            }

            report.Write(cancelled: false);
            display.Say($"Written: {arguments.Output}");
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Write(cancelled: true);
            display.Say($"Stopped. What was done so far is in {arguments.Output}.");
            return Stopped;
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Console.Error.WriteLine($"error: {error.Message}");
            return BadInput;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }
}
