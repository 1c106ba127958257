using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Runs the job from its arguments to its exit code.</summary>
internal static class Job
{
    private const int BadInput = 2;
    private const int Stopped = 130;

    /// <summary>Runs the figures that the arguments name; Ctrl+C stops it, and the same command goes on.</summary>
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
        try
        {
            using var store = Store.Open(arguments.Output, arguments.Scale.Name, Device());
            Figure[] figures = [.. AllFigures.Run.Where(f => arguments.Figures.Contains(f.Id))];
            try
            {
                if (!arguments.DrawOnly)
                {
                    var runner = new Runner(store, arguments.Threads, Console.WriteLine);
                    runner.Run([.. figures.SelectMany(f => f.Cells(arguments.Scale, arguments.Seeds))], stop.Token);
                }
            }
            finally
            {
                // Also of a run that was stopped: what is there is drawn.
                new Page(arguments, store.Rows).Write(figures);
            }

            Console.WriteLine(FormattableString.Invariant($"Written: {Path.Combine(arguments.Output, Page.FileName)}. Processor time of this run: {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0} s."));
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("Stopped. Finished cells are kept; the same command goes on.");
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

    // Bits are the same on machines with the same instructions only.
    private static string Device() => $"{RuntimeInformation.ProcessArchitecture}, {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 64)}-bit vectors";
}
