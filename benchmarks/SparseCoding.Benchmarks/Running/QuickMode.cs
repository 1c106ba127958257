using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The quick mode: cases of the classes with <see cref="QuickAttribute"/>, in this process, three short iterations each, one table. It finds
/// a slip of 30 % or an allocation that should not be there; it does not replace the full run. Arguments: <c>--filter text</c> (of
/// class.method), <c>--output file</c>.
/// </summary>
internal static class QuickMode
{
    /// <summary>Runs it; 1 if a benchmark failed.</summary>
    public static int Run(string[] arguments)
    {
        string filter = Option(arguments, "--filter"), output = Option(arguments, "--output");
        var watch = Stopwatch.StartNew();
        var lines = new List<string> { Header(), string.Empty, "| Benchmark | Parameters | Median | Fastest | Allocated | Of baseline |", "|---|---|---:|---:|---:|---:|" };
        int failed = 0, count = 0;
        foreach (Type type in BenchmarkConfig.Classes)
        {
            if (type.GetCustomAttribute<QuickAttribute>() is not { } quick)
            {
                continue;
            }

            var log = new AccumulationLogger();
            BenchmarkRunInfo info = BenchmarkConfig.Cases(type, BenchmarkConfig.Quick(log));
            BenchmarkCase[] cases = [.. info.BenchmarksCases.Where(one => Takes(quick, one) && Name(one).Contains(filter, StringComparison.OrdinalIgnoreCase))];
            if (cases.Length == 0)
            {
                continue;
            }

            Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds,6:F0} s  {type.Name}, {cases.Length} cases");
            Summary summary = BenchmarkRunner.Run(new BenchmarkRunInfo(cases, type, info.Config));
            int failedBefore = failed;
            foreach (BenchmarkCase one in cases)
            {
                count++;
                BenchmarkReport? report = summary[one];
                failed += report?.ResultStatistics is null ? 1 : 0;
                lines.Add(Row(summary, one, report));
            }

            if (failed > failedBefore)
            {
                // Whatever looks like an error in the log of the class.
                foreach (string line in log.GetLog().Split('\n').Where(line => line.Contains("Exception", StringComparison.Ordinal) || line.Contains("rror", StringComparison.Ordinal)).Distinct().Take(10))
                {
                    Console.Error.WriteLine("          " + line.Trim());
                }
            }
        }

        lines.Add(string.Empty);
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{count} cases in {watch.Elapsed.TotalSeconds:F0} s; {failed} failed. Load average at the end: {Load()}."));
        lines.ForEach(Console.WriteLine);
        if (output.Length > 0)
        {
            File.WriteAllLines(output, lines);
        }

        return failed == 0 ? 0 : 1;
    }

    private static bool Takes(QuickAttribute quick, BenchmarkCase one) => one.Parameters.Items.All(item =>
        item.Name == nameof(DeviceBenchmark.Device) || quick.Values.Count == 0 || quick.Values.Contains(Convert.ToString(item.Value, CultureInfo.InvariantCulture)));

    private static string Name(BenchmarkCase one) => $"{one.Descriptor.Type.Name}.{one.Descriptor.WorkloadMethod.Name}";

    private static string Row(Summary summary, BenchmarkCase one, BenchmarkReport? report)
    {
        string parameters = BenchmarkConfig.Parameters(one);
        if (report?.ResultStatistics is not { } statistics)
        {
            return $"| {Name(one)} | {parameters} | failed | | | |";
        }

        BenchmarkCase? baseline = summary.BenchmarksCases.FirstOrDefault(other => other.Descriptor.Baseline && BenchmarkConfig.Parameters(other) == parameters);
        double? reference = baseline is null ? null : summary[baseline]?.ResultStatistics?.Median;
        string ratio = reference is { } of ? (statistics.Median / of).ToString("F2", CultureInfo.InvariantCulture) : string.Empty;
        return $"| {Name(one)} | {parameters} | {Time(statistics.Median)} | {Time(statistics.Min)} | {Bytes(report.GcStats.GetBytesAllocatedPerOperation(one))} | {ratio} |";
    }

    private static string Header() =>
        $"{SimdTier.Name}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}; devices: {string.Join(", ", BenchmarkDevices.Names)}. "
        + $"Load average at the start: {Load()}.";

    /// <summary>The load of the last minute, where the system tells.</summary>
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Time(double nanoseconds)
    {
        (double value, string unit) = nanoseconds switch
        {
            < 1e3 => (nanoseconds, "ns"),
            < 1e6 => (nanoseconds / 1e3, "us"),
            < 1e9 => (nanoseconds / 1e6, "ms"),
            _ => (nanoseconds / 1e9, "s"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value:G4} {unit}");
    }

    private static string Bytes(long? bytes) => bytes switch
    {
        null => string.Empty,
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
    };

    private static string Option(string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : string.Empty;
    }
}
