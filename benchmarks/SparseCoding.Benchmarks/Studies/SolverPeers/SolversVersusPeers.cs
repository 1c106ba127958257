using System.Globalization;
using System.Text.Json;
using SparseCoding.Formats;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The solvers against scikit-learn and, where it can be imported, SPAMS, row by row of a table: rounds in which every side solves the same problem once, in turn, so that a disturbance hits
/// all; the median of the rounds' ratios (above 1: this library was faster) by the clock and of processor time, accuracy judged alike, the floor and the fraction of it.
/// </summary>
internal static class SolversVersusPeers
{
    private static readonly float[] s_tolerances = [1e-3f, 3e-4f, 1e-4f, 3e-5f, 1e-5f, 1e-6f, 1e-7f, 1e-8f];

    /// <summary>
    /// Arguments: <c>--python python3</c> <c>--script path</c> <c>--rounds 5</c> <c>--threads 1,2</c> <c>--work omp-64,lars-12,online-64,assignment-4096</c> <c>--peers yes</c>
    /// <c>--output file</c>.
    /// </summary>
    public static int Run(string[] args)
    {
        int rounds = DictionaryArguments.Option(args, "--rounds", 5);
        int[] threads = [.. DictionaryArguments.Option(args, "--threads", "1,2").Split(',').Select(t => int.Parse(t, CultureInfo.InvariantCulture))];
        string[] works = DictionaryArguments.Option(args, "--work", string.Join(',', [.. SolverCase.All.Select(c => c.Key), .. OnlinePeers.Keys, .. AssignmentPeers.Keys])).Split(',');
        string python = DictionaryArguments.Option(args, "--python", "python3");
        string script = DictionaryArguments.Option(args, "--script", Path.Combine("benchmarks", "comparisons", "solvers_peers.py"));
        SolverPeer[] peers = DictionaryArguments.Option(args, "--peers", "yes") == "yes" ? [.. threads.Select(t => new SolverPeer(python, script, t))] : [];
        using var report = new PeerReport(DictionaryArguments.Option(args, "--output", string.Empty));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("solver-peers-");
        try
        {
            double peak = MachinePeak.GigaflopsPerSecond();
            report.Line(FormattableString.Invariant(
                $".NET {Environment.Version}, {SimdTier.Name}, {Environment.ProcessorCount} processors, {peak:F0} GFLOP/s a core measured in registers; {(peers.Length > 0 ? peers[0].Versions : "no peers")}; load {PeerReport.Load()}"));
            foreach (string work in works)
            {
                if (Array.Find(SolverCase.All, c => c.Key == work) is { } item)
                {
                    Compare(item, threads, peers, rounds, folder.FullName + Path.DirectorySeparatorChar, peak, report);
                }
                else if (OnlinePeers.Keys.Contains(work))
                {
                    OnlinePeers.Compare(work, threads, peers, Math.Min(rounds, 3), folder.FullName + Path.DirectorySeparatorChar, report);
                }
                else if (AssignmentPeers.Keys.Contains(work))
                {
                    AssignmentPeers.Compare(work, peers, Math.Min(rounds, 3), folder.FullName + Path.DirectorySeparatorChar, report);
                }
                else
                {
                    throw new ArgumentException($"No work is called '{work}'.");
                }
            }

            report.Table();
        }
        finally
        {
            Array.ForEach(peers, p => p.Dispose());
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static void Compare(SolverCase item, int[] threads, SolverPeer[] peers, int rounds, string prefix, double peak, PeerReport report)
    {
        (float[] signals, float[] atoms) = item.Data();
        NpyFile.Write<float>(prefix + "signals.npy", signals, item.Rows, item.Dimension);
        NpyFile.Write<float>(prefix + "atoms.npy", atoms, item.Atoms, item.Dimension);
        foreach (SolverPeer peer in peers)
        {
            // The files keep their names from row to row, so the peer must not answer from those of the last one.
            peer.Ask(new { work = "forget" });
        }

        SolverGoal[] goals = peers.Length == 0 ? [] : [.. item.Goals.Where(g => peers[0].Has(g.Peer))];
        report.Line(string.Empty);
        report.Line($"## {item.Key}: {item.Solver} {item.Sizes}, {rounds} rounds, load {PeerReport.Load()}");
        double lambda = item.IsLasso ? item.Parameter : 0;
        int judged = Math.Min(item.Rows, item.IsLasso ? 500 : 1000);

        // Accuracy first: the loosest tolerance of ours at which the mean gap is no larger than the peer's.
        var tolerances = new Dictionary<string, float>();
        double active = item.Parameter;
        foreach (SolverGoal goal in goals)
        {
            int rows = goal.Rows > 0 ? Math.Min(goal.Rows, judged) : judged;
            peers[0].Ask(Request(goal, prefix, goal.Rows > 0 ? goal.Rows : item.Rows, item.Parameter, save: true));
            SparseCodes theirs = SolverPeer.Codes(prefix, item.Atoms);
            (double entries, double residual, double gap, double violation) = CodeJudge.Judge(theirs, signals, atoms, item.Dimension, rows, lambda, item.NonNegative);
            foreach (float tolerance in item.Solver.StartsWith("lasso", StringComparison.Ordinal) ? s_tolerances : [0])
            {
                SparseCodes ours = item.Solve(signals, atoms, threads[^1], tolerance).Codes;
                (double ourEntries, double ourResidual, double ourGap, double ourViolation) = CodeJudge.Judge(ours, signals, atoms, item.Dimension, rows, lambda, item.NonNegative);
                tolerances[goal.Peer] = tolerance;
                active = ourEntries;
                if (ourGap <= gap || tolerance == s_tolerances[^1] || tolerance == 0)
                {
                    report.Line(item.IsLasso
                        ? FormattableString.Invariant($"{goal.Peer}: mean gap ours {ourGap:E1} (tolerance {tolerance:E0}), theirs {gap:E1}; largest KKT violation over lambda ours {ourViolation:E1}, theirs {violation:E1}; entries {ourEntries:F1} and {entries:F1}")
                        : FormattableString.Invariant($"{goal.Peer}: mean squared residual ours {ourResidual:G6}, theirs {residual:G6}; same supports {100 * CodeJudge.SameSupports(ours, theirs, rows):F1} %"));
                    break;
                }
            }
        }

        (double operations, double bytes) = item.Floor(active);
        float[] distinct = [.. tolerances.Values.Append(tolerances.Count == 0 && item.IsLasso ? 1e-6f : tolerances.Values.FirstOrDefault()).Distinct()];
        var ourTimes = new Dictionary<(int, float), List<PeerTime>>();
        var theirTimes = new Dictionary<(int, string), List<PeerTime>>();
        foreach (float tolerance in distinct)
        {
            WarmUp(item, signals, atoms, tolerance);
        }

        double memory = PeerTime.Memory(() => GC.KeepAlive(item.Solve(signals, atoms, threads[^1], distinct[^1])));
        for (int round = 0; round < rounds; round++)
        {
            for (int t = 0; t < threads.Length; t++)
            {
                void Ours()
                {
                    foreach (float tolerance in distinct)
                    {
                        PeerReport.Add(ourTimes, (threads[t], tolerance), PeerTime.Of(() => GC.KeepAlive(item.Solve(signals, atoms, threads[t], tolerance)), memory));
                    }
                }

                void Theirs()
                {
                    foreach (SolverGoal goal in goals)
                    {
                        int rows = goal.Rows > 0 ? goal.Rows : item.Rows;
                        PeerReport.Add(theirTimes, (threads[t], goal.Peer), PeerTime.Of(peers[t].Ask(Request(goal, prefix, rows, item.Parameter, save: false)), (double)item.Rows / rows, threads[t] > 1 && goal.Rows > 0));
                    }
                }

                if (round % 2 == 0)
                {
                    Ours();
                    Theirs();
                }
                else
                {
                    Theirs();
                    Ours();
                }
            }
        }

        foreach (SolverGoal goal in goals)
        {
            foreach (int t in threads)
            {
                report.Row(item.Key, goal.Peer, t, item.Rows, goal.Goal, ourTimes[(t, tolerances[goal.Peer])], theirTimes[(t, goal.Peer)]);
            }
        }

        report.Floor(item.Key, operations, bytes, peak, threads, distinct[0], ourTimes);
    }

    private static object Request(SolverGoal goal, string prefix, int rows, double parameter, bool save) => new { work = "code", peer = goal.Peer, prefix, rows, parameter, save };

    /// <summary>Half a second of small solves, so that no measurement runs the JIT's first, unoptimised code.</summary>
    private static void WarmUp(SolverCase item, float[] signals, float[] atoms, float tolerance)
    {
        int rows = Math.Min(item.Rows, 64);
        SolverCase small = item with { Rows = rows };
        float[] few = signals[..(rows * item.Dimension)], some = atoms.Length > 1024 * item.Dimension ? atoms[..(1024 * item.Dimension)] : atoms;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int i = 0; i < 40 || System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds < 1; i++)
        {
            GC.KeepAlive(small.Solve(few, some, 1, tolerance));
        }
    }
}
