using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SparseCoding.Benchmarks;

/// <summary>Seconds by the clock and of processor time (NaN: not known), and the most resident MiB beyond the start.</summary>
internal readonly record struct PeerTime(double Wall, double Processor, double Peak)
{
    /// <summary>Times this side. Its memory was measured before, because a heap that has just given all its pages back has to fetch them again.</summary>
    public static PeerTime Of(Action action, double peak)
    {
        double wall = SaeClock.Time(action, out double processor);
        return new PeerTime(wall, processor, peak);
    }

    /// <summary>The most resident MiB of a run beyond what a collected heap held before it.</summary>
    public static double Memory(Action action)
    {
        double before = SaeClock.ForgetPeak();
        action();
        return SaeClock.PeakMegabytes() - before;
    }

    /// <summary>A peer's answer; what is not its setup grows by <paramref name="factor"/>. The processor time of its worker processes is not known.</summary>
    public static PeerTime Of(JsonElement answer, double factor, bool workers)
    {
        double setup = answer.TryGetProperty("setup", out JsonElement given) ? given.GetDouble() / 1e3 : 0;
        double wall = answer.GetProperty("wall").GetDouble() / 1e3, processor = answer.GetProperty("processor").GetDouble() / 1e3;
        return new PeerTime(setup + (factor * (wall - setup)), workers ? double.NaN : factor == 1 ? processor : setup + (factor * (processor - setup)), answer.GetProperty("peak").GetDouble());
    }
}

/// <summary>Prints as it goes, to the console and to a file, and gathers the rows of the final table.</summary>
internal sealed class PeerReport(string path) : IDisposable
{
    private readonly StreamWriter? _file = path.Length > 0 ? new StreamWriter(path, append: true) { AutoFlush = true } : null;
    private readonly StringBuilder _table = new();

    /// <summary>The one-minute load of the machine.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "not known";

    /// <summary>Adds a time to a list of lists.</summary>
    public static void Add<TKey>(Dictionary<TKey, List<PeerTime>> times, TKey key, PeerTime time)
        where TKey : notnull
    {
        if (!times.TryGetValue(key, out List<PeerTime>? list))
        {
            times[key] = list = [];
        }

        list.Add(time);
    }

    /// <summary>The middle value; NaN if there is none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(v => !double.IsNaN(v)).Order()];
        int half = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /// <summary>One line of text.</summary>
    public void Line(string text)
    {
        Console.WriteLine(text);
        _file?.WriteLine(text);
    }

    /// <summary>A row of the final table: medians of the rounds' ratios.</summary>
    public void Row(string work, string peer, int threads, double items, double goal, List<PeerTime> ours, List<PeerTime> theirs)
    {
        double clock = Median(ours.Zip(theirs, (o, t) => t.Wall / o.Wall)), processor = Median(ours.Zip(theirs, (o, t) => t.Processor / o.Processor));
        string row = string.Create(CultureInfo.InvariantCulture,
            $"| {work} | {peer} | {threads} | {items / Median(ours.Select(o => o.Processor)):G4} | {Text(items / Median(theirs.Select(t => t.Processor)), "G4")} | {clock:F2} | {Text(processor, "F2")} | {(goal > 0 ? goal.ToString(CultureInfo.InvariantCulture) : "context")} | {Median(ours.Select(o => o.Peak)):F0} / {Median(theirs.Select(t => t.Peak)):F0} |");
        _table.AppendLine(row);
        Line(row);
    }

    /// <summary>The floor of a row, how much of it one thread reaches, and what the second thread brings.</summary>
    public void Floor(string work, double operations, double bytes, double peak, int[] threads, float tolerance, Dictionary<(int, float), List<PeerTime>> times)
    {
        List<PeerTime> one = times[(threads[0], tolerance)];
        double floor = Math.Max(operations / (peak * 1e9), bytes / 20e9);
        string second = threads.Length < 2 ? string.Empty : string.Create(CultureInfo.InvariantCulture,
            $"; two threads: {Median(one.Zip(times[(threads[1], tolerance)], (a, b) => a.Wall / b.Wall)):F2}x by the clock, {Median(one.Zip(times[(threads[1], tolerance)], (a, b) => 2 * a.Processor / b.Processor)):F2}x if both had a core (processor time)");
        Line(string.Create(CultureInfo.InvariantCulture,
            $"floor of {work}: {operations / 1e9:F1} GFLOP, {bytes / 1e6:F0} MB, {1e3 * floor:F1} ms on one thread; ours {1e3 * Median(one.Select(o => o.Processor)):F1} ms of processor time, {100 * floor / Median(one.Select(o => o.Processor)):F0} % of the floor's rate{second}"));
    }

    /// <summary>The final table.</summary>
    public void Table()
    {
        Line(string.Empty);
        Line("| work | against | threads | ours, per CPU second | theirs | ratio by the clock | ratio of CPU time | goal | peak MiB ours / theirs |");
        Line("|---|---|---|---|---|---|---|---|---|");
        Line(_table.ToString());
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static string Text(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);
}
