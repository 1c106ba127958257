using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Exact assignment against SciPy's <c>linear_sum_assignment</c> on the same instances, both on one thread. SciPy gets float64 matrices
/// that are ready in memory, which is the best a user can do for it: given float32 it would first convert.
/// </summary>
public static class AssignmentComparison
{
    private const int Rounds = 3;

    /// <summary>
    /// Arguments: <c>--sizes 512,1024,2048</c> <c>--repeats 5</c> <c>--seed 1</c> <c>--python python3</c> <c>--script path</c>; prints
    /// medians and ratios and whether the totals agree. Returns 0 if no instance was slower than SciPy and all totals agreed.
    /// </summary>
    public static int Run(string[] args)
    {
        int[] sizes = [.. Option(args, "--sizes", "512,1024,2048").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        int repeats = int.Parse(Option(args, "--repeats", "5"), CultureInfo.InvariantCulture);
        ulong seed = ulong.Parse(Option(args, "--seed", "1"), CultureInfo.InvariantCulture);
        string python = Option(args, "--python", "python3");
        string script = Option(args, "--script", Path.Combine("benchmarks", "comparisons", "assignment_scipy.py"));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("assignment-");
        try
        {
            return Compare(sizes, repeats, seed, python, script, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Compare(int[] sizes, int repeats, ulong seed, string python, string script, string folder)
    {
        Console.WriteLine("| instance | n | scipy f64 ms | f32 ms | f64 ms | greedy ms | scipy / f32 | scipy / f64 | scans / n | totals |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        bool good = true;
        string versions = "";
        WarmUp(seed);
        foreach (string kind in AssignmentInstances.Kinds)
        {
            foreach (int n in sizes)
            {
                float[] cost = AssignmentInstances.Create(kind, n, seed);
                double[] wide = Array.ConvertAll(cost, c => (double)c);
                float[] weights = Array.ConvertAll(cost, c => -c);
                string path = Path.Combine(folder, "instance.npy");
                AssignmentInstances.WriteNpy(path, cost, n, n);

                // Rounds alternate, so that a machine that slows down for a while slows down both.
                var single = new List<double>();
                var full = new List<double>();
                var greedy = new List<double>();
                var peer = new List<double>();
                double peerTotal = double.NaN;
                AssignmentResult result = LinearAssignment.Minimize(cost, n, n);
                for (int round = 0; round < Rounds; round++)
                {
                    Time(single, repeats, () => LinearAssignment.Minimize(cost, n, n));
                    Time(full, repeats, () => LinearAssignment.Minimize(wide, n, n));
                    Time(greedy, repeats, () => GreedyAssignment.Maximize(weights, n, n));
                    (peerTotal, versions) = RunPeer(python, script, path, repeats, peer);
                }

                bool agree = result.IsCertified && Math.Abs(result.Total - peerTotal) <= 1e-9 * Math.Max(1, Math.Abs(peerTotal));
                double ours = Median(single), theirs = Median(peer);
                good &= agree && ours <= theirs;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {kind} | {n} | {theirs:F1} | {ours:F1} | {Median(full):F1} | {Median(greedy):F1} | {theirs / ours:F2} | {theirs / Median(full):F2} | {(double)result.RowScans / n:F1} | {(agree ? "equal" : $"{result.Total} against {peerTotal}")} |"));
            }
        }

        Console.WriteLine(versions);
        return good ? 0 : 1;
    }

    /// <summary>Two seconds of small instances, so that no measurement runs the JIT's first, unoptimised code, on a busy machine too.</summary>
    private static void WarmUp(ulong seed)
    {
        float[] cost = AssignmentInstances.Create("uniform", 128, seed);
        double[] wide = Array.ConvertAll(cost, c => (double)c);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 2;)
        {
            LinearAssignment.Minimize(cost, 128, 128);
            LinearAssignment.Minimize(wide, 128, 128);
            GreedyAssignment.Maximize(cost, 128, 128);
        }
    }

    private static (double Total, string Versions) RunPeer(string python, string script, string path, int repeats, List<double> milliseconds)
    {
        var start = new ProcessStartInfo(python, [script, path, repeats.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{python} {script} ended with {process.ExitCode}; give an interpreter that has SciPy with --python.");
        }

        using JsonDocument json = JsonDocument.Parse(output);
        milliseconds.AddRange(json.RootElement.GetProperty("milliseconds").EnumerateArray().Select(e => e.GetDouble()));
        return (json.RootElement.GetProperty("total").GetDouble(), json.RootElement.GetProperty("versions").GetString()!);
    }

    private static void Time(List<double> milliseconds, int repeats, Func<AssignmentResult> solve)
    {
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            GC.KeepAlive(solve());
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static string Option(string[] args, string name, string otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
