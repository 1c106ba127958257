using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>Exact assignment on float32 costs against SciPy (float64, given ready) and lapx (lapjvs, float32), one thread, totals and certificate checked.</summary>
internal static class AssignmentPeers
{
    /// <summary>The names of the rows: n = 4096 and 8192, matched and hard; 16384 against lapx only, where a float64 copy would take 2 GB more.</summary>
    public static readonly string[] Keys = ["assignment-4096-easy", "assignment-4096-hard", "assignment-8192-easy", "assignment-8192-hard", "assignment-16384-easy"];

    /// <summary>Measures one instance.</summary>
    public static void Compare(string key, SolverPeer[] peers, int rounds, string prefix, PeerReport report)
    {
        string[] parts = key.Split('-');
        int n = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        float[] cost = AssignmentInstances.Create(parts[2], n, 1);
        AssignmentInstances.WriteNpy(prefix + "cost.npy", cost, n, n);
        (string Name, double Goal)[] goals = [.. new (string, double)[] { ("SciPy", 4), ("lapx lapjvs", 1.5) }.Where(g => peers.Length > 0 && peers[0].Has(g.Item1) && (n <= 8192 || g.Item1 != "SciPy"))];
        report.Line(string.Empty);
        report.Line($"## {key}, {rounds} rounds, one thread, load {PeerReport.Load()}");
        foreach (SolverPeer peer in peers)
        {
            peer.Ask(new { work = "forget" });
        }

        for (long start = System.Diagnostics.Stopwatch.GetTimestamp(); System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds < 1;)
        {
            LinearAssignment.Minimize(cost.AsSpan(0, 256 * 256).ToArray(), 256, 256);
        }

        AssignmentResult? result = null;
        var ours = new List<PeerTime>();
        var theirs = new Dictionary<string, List<PeerTime>>();
        var totals = new Dictionary<string, double>();
        double memory = PeerTime.Memory(() => result = LinearAssignment.Minimize(cost, n, n));
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(PeerTime.Of(() => result = LinearAssignment.Minimize(cost, n, n), memory));
            foreach ((string name, _) in goals)
            {
                System.Text.Json.JsonElement answer = peers[0].Ask(new { work = "assign", peer = name, prefix });
                PeerReport.Add(theirs, name, PeerTime.Of(answer, 1, false));
                totals[name] = answer.GetProperty("total").GetDouble();
            }
        }

        foreach ((string name, double goal) in goals)
        {
            report.Row(key, name, 1, 1, goal, ours, theirs[name]);
        }

        report.Line(FormattableString.Invariant(
            $"total {result!.Total:G12}, certified {result.IsCertified}{string.Concat(totals.Select(t => FormattableString.Invariant($"; {t.Key} {t.Value:G12}")))}; {(double)result.RowScans / n:F1} scans of a row per row; peak beyond the costs {PeerReport.Median(ours.Select(o => o.Peak)):F0} MiB, the costs {4L * n * n >> 20} MiB; floor: one pass over the costs at 20 GB/s, {4.0 * n * n / 20e6:F1} ms, ours {1e3 * PeerReport.Median(ours.Select(o => o.Processor)):F1} ms"));
    }
}
