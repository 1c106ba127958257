using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>
/// Runs the cells that are not stored yet, several at a time, each on one thread of its own: small problems gain nothing from more threads, and so the bits of a cell cannot
/// depend on what runs beside it.
/// </summary>
internal sealed class Runner(Store store, int threads, Action<string> say)
{
    private readonly Stopwatch _watch = new();
    private readonly Lock _lock = new();
    private double _done;

    /// <summary>Runs them, the largest first within a figure so that no thread is left alone with it. What a cell throws ends the run once the other cells in flight are stored.</summary>
    public void Run(IReadOnlyList<Cell> cells, CancellationToken cancellation)
    {
        if (cells.GroupBy(c => c.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"Two cells are {twice.First()}.");
        }

        List<Cell> left = [.. cells.Where(c => !store.Has(c))];
        var queue = new ConcurrentQueue<Cell>(left.GroupBy(c => c.Figure).SelectMany(g => g.OrderByDescending(c => c.Work)));
        double all = left.Sum(c => c.Work);
        say(FormattableString.Invariant($"{cells.Count} cells, {cells.Count - left.Count} of them done before; {threads} at a time; about {TimeSpan.FromMilliseconds(all / threads):d\\.hh\\:mm\\:ss} where nothing else runs."));
        int finished = 0;
        Exception? fault = null;
        _watch.Start();
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(threads, left.Count)).Select(_ => new Thread(Work))];
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        cancellation.ThrowIfCancellationRequested();

        void Work()
        {
            while (Volatile.Read(ref fault) is null && !cancellation.IsCancellationRequested && queue.TryDequeue(out Cell? cell))
            {
                try
                {
                    long start = Stopwatch.GetTimestamp();
                    Outcome outcome = Measured(cell, cancellation);
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    store.Add(Row.Of(cell, outcome, seconds));
                    lock (_lock)
                    {
                        _done += cell.Work;
                        finished++;
                        TimeSpan remaining = _watch.Elapsed * ((all - _done) / _done);
                        say(FormattableString.Invariant($"{finished}/{left.Count}  {cell}: {Headline(outcome)}; {seconds:0.0} s; {_watch.Elapsed:hh\\:mm\\:ss} gone, about {remaining:hh\\:mm\\:ss} left"));
                    }
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    return;
                }
#pragma warning disable CA1031 // Thrown again by Run, whatever it is, once the neighbours are done.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    Interlocked.CompareExchange(ref fault, new InvalidOperationException($"{cell} failed: {exception.Message}", exception), null);
                }
            }
        }
    }

    // A run that diverges is a result too.
    private static Outcome Measured(Cell cell, CancellationToken cancellation)
    {
        try
        {
            return cell.Measure(cancellation);
        }
        catch (TrainingDivergedException)
        {
            return new Outcome { Values = new Dictionary<string, double> { [Measures.Diverged] = 1 } };
        }
    }

    private static string Headline(Outcome outcome) =>
        string.Join(", ", outcome.Values.Where(v => v.Key is Measures.Latent or Measures.Dictionary or Measures.Aligned or Measures.Diverged).Select(v => FormattableString.Invariant($"{v.Key} {v.Value:0.000}")));
}
