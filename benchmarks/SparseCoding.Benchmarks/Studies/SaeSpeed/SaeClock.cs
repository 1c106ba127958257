using System.Diagnostics;
using System.Globalization;

namespace SparseCoding.Benchmarks;

/// <summary>Clock, processor time and resident memory of this process.</summary>
internal static class SaeClock
{
    /// <summary>Seconds by the clock; <paramref name="processor"/> gets those of all threads together.</summary>
    public static double Time(Action action, out double processor)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        processor = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        return wall;
    }

    /// <summary>Gives unused memory back, makes the system forget the peak, and returns the resident MiB.</summary>
    public static double ForgetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Status("VmRSS:");
    }

    /// <summary>The most resident MiB since <see cref="ForgetPeak"/>.</summary>
    public static double PeakMegabytes() => Status("VmHWM:");

    private static double Status(string key) =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..^2].Trim(), CultureInfo.InvariantCulture) / 1024.0;
}
