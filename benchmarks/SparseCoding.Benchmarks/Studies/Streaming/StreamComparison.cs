using System.Diagnostics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The same training from memory and from a file, in turns of a few seconds in one process, so that what else the machine does meets both alike. While
/// one side is measured the other waits inside its progress report, with its batches ahead ready.
/// </summary>
internal sealed class StreamComparison : IDisposable
{
    private readonly (string Name, ActivationSource Source, SemaphoreSlim Turn, List<(double Rows, double Processor, double Seconds)> Rounds)[] _sides;
    private readonly CancellationTokenSource _stop = new();
    private readonly int _batch;
    private readonly int _rounds;
    private readonly double _seconds;

    /// <summary>Compares that many rounds of that many seconds for each side.</summary>
    public StreamComparison(ActivationSource memory, ActivationSource file, int batch, int rounds, double seconds)
    {
        _sides = [("memory", memory, new SemaphoreSlim(1), []), ("file", file, new SemaphoreSlim(0), [])];
        (_batch, _rounds, _seconds) = (batch, rounds, seconds);
    }

    /// <summary>Runs all rounds and prints them with the ratios of the medians; the first round of each side (the buffer fills, code is compiled) does not count.</summary>
    public void Run()
    {
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(side => new Thread(() => Train(side)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        foreach ((string name, _, _, List<(double Rows, double Processor, double Seconds)> rounds) in _sides)
        {
            foreach ((double rows, double processor, double seconds) in rounds.Skip(1))
            {
                Console.WriteLine(FormattableString.Invariant($"{name}: {rows / seconds:F0} rows/s, {1e6 * processor / rows:F3} us of processor time a row"));
            }
        }

        double[] cost = [.. _sides.Select(s => Median(s.Rounds.Skip(1).Select(r => 1e6 * r.Processor / r.Rows)))], rate = [.. _sides.Select(s => Median(s.Rounds.Skip(1).Select(r => r.Rows / r.Seconds)))];
        Console.WriteLine(FormattableString.Invariant($"medians: memory {rate[0]:F0} rows/s, {cost[0]:F3} us; file {rate[1]:F0} rows/s, {cost[1]:F3} us; file / memory {rate[1] / rate[0]:F3} in rows/s, {cost[1] / cost[0]:F3} in processor time a row"));
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private void Train(int side)
    {
        (_, ActivationSource source, SemaphoreSlim turn, List<(double, double, double)> rounds) = _sides[side];
        SemaphoreSlim other = _sides[1 - side].Turn;
        turn.Wait();
        using var process = Process.GetCurrentProcess();
        var clock = Stopwatch.StartNew();
        double processor = process.TotalProcessorTime.TotalSeconds;
        long first = 0;
        var training = new TrainingOptions { Steps = long.MaxValue / 4, BatchSize = _batch, LearningRate = 1e-3f };
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 1024, Selection = Selection.TopK(16) }, training).CreateTrainer(source, new RunContext
        {
            Threads = 2,
            ProgressInterval = TimeSpan.FromSeconds(0.25),
            Progress = new Callback(p =>
            {
                if (clock.Elapsed.TotalSeconds < _seconds)
                {
                    return;
                }

                process.Refresh();
                long rows = p.Step * _batch;
                rounds.Add((rows - first, process.TotalProcessorTime.TotalSeconds - processor, clock.Elapsed.TotalSeconds));
                other.Release();
                if (rounds.Count > _rounds)
                {
                    _stop.Cancel();
                    return;
                }

                turn.Wait();
                process.Refresh();
                (first, processor) = (rows, process.TotalProcessorTime.TotalSeconds);
                clock.Restart();
            }),
        });
        try
        {
            trainer.Run(source, _stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private sealed class Callback(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
