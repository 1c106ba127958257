using System.Numerics.Tensors;
using SparseCoding.Formats;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Online dictionary learning against SPAMS and scikit-learn: the time after which this library's dictionary is as good on held-out signals as the peer's last one, from the same start, over the same
/// signals. Both are judged by the same exact Lasso. scikit-learn with LARS gets a few steps only; its ratio is that of steps.
/// </summary>
internal static class OnlinePeers
{
    private const int Batch = 256, Signals = 20_000, Held = 1000, Passes = 2, Looks = 16;

    /// <summary>The names of the rows.</summary>
    public static readonly string[] Keys = ["online-64", "online-256"];

    /// <summary>Measures one row.</summary>
    public static void Compare(string key, int[] threads, SolverPeer[] peers, int rounds, string prefix, PeerReport report)
    {
        bool small = key == "online-64";
        int dimension = small ? 64 : 256, atoms = small ? 128 : 1024;
        float lambda = small ? 0.2f : 0.5f;
        (float[] signals, float[] start) = Problem(dimension, atoms);
        NpyFile.Write<float>(prefix + "signals.npy", signals.AsSpan(0, Signals * dimension), Signals, dimension);
        NpyFile.Write<float>(prefix + "atoms.npy", start, atoms, dimension);
        report.Line(string.Empty);
        report.Line(FormattableString.Invariant($"## {key}: ({dimension}, {atoms}), lambda {lambda}, {Signals} signals, batches of {Batch}, {Passes} passes, {rounds} rounds, load {PeerReport.Load()}"));
        foreach (SolverPeer peer in peers)
        {
            peer.Ask(new { work = "forget" });
        }

        // Half a run, so that the JIT's own processor time is not taken for that of the steps.
        Ours(signals, start, dimension, lambda, 1, Passes * (Signals / Batch) / 2);
        (string Name, double Goal, int Steps)[] goals = [("SPAMS trainDL", small ? 3 : 8, 0), ("scikit-learn cd", 10, small ? 0 : 40), ("scikit-learn lars", 100, small ? 4 : 1)];
        int total = Passes * (Signals / Batch);
        for (int t = 0; t < threads.Length; t++)
        {
            var ours = new List<List<(PeerTime Time, float[] Atoms)>>();
            for (int round = 0; round < rounds; round++)
            {
                ours.Add(Ours(signals, start, dimension, lambda, threads[t], total));
                foreach ((string name, double goal, int steps) in goals)
                {
                    if (peers.Length == 0 || !peers[t].Has(name) || (round > 0 && steps > 0) || (threads[t] > 1 && name[1] == 'c'))
                    {
                        continue;
                    }

                    int asked = steps > 0 ? steps : total;
                    PeerTime theirs = PeerTime.Of(peers[t].Ask(new { work = "learn", peer = name, prefix, batch = Batch, passes = Passes, lambda, steps = asked }), 1, false);
                    float[] learned = DictionaryArguments.Read(prefix + "learned.npy").Values;
                    Report(key, name, goal, threads[t], asked, total, ours[^1], theirs, learned, signals, dimension, lambda, report);
                }
            }

            if (peers.Length == 0)
            {
                report.Line(FormattableString.Invariant($"{threads[t]} thread(s): {total * (double)Batch / PeerReport.Median(ours.Select(o => o[^1].Time.Processor)):F0} signals per CPU second, {total * (double)Batch / PeerReport.Median(ours.Select(o => o[^1].Time.Wall)):F0} by the clock"));
            }
        }
    }

    private static void Report(string key, string name, double goal, int threads, int asked, int total, List<(PeerTime Time, float[] Atoms)> ours, PeerTime theirs, float[] learned, float[] signals, int dimension, float lambda, PeerReport report)
    {
        double wanted = Judge(learned, signals, dimension, lambda), last = Judge(ours[^1].Atoms, signals, dimension, lambda);
        PeerTime? reached = null;
        if (asked == total)
        {
            foreach ((PeerTime time, float[] atoms) in ours)
            {
                if (Judge(atoms, signals, dimension, lambda) <= wanted)
                {
                    reached = time;
                    break;
                }
            }
        }

        PeerTime all = ours[^1].Time;
        double factor = (double)total / asked;
        report.Line(FormattableString.Invariant(
            $"{name}, {asked} of {total} steps: held-out objective ours {last:F5} at the end, theirs {wanted:F5}{(asked < total ? " after its steps" : string.Empty)}; per step {1e3 * all.Processor / total:F2} ms and {1e3 * theirs.Processor / asked:F2} ms of processor time"));
        report.Row(key, name + ", per step", threads, (double)total * Batch, 0, [all], [new PeerTime(theirs.Wall * factor, theirs.Processor * factor, theirs.Peak)]);
        if (reached is { } first)
        {
            report.Row(key, name + ", same objective", threads, (double)total * Batch, goal, [first], [theirs]);
        }
        else
        {
            report.Line(asked < total ? "  (too slow for all steps: the goal is compared with the ratio per step)" : "  the peer's objective was not reached");
        }
    }

    /// <summary>Times and atoms after a few steps, at <see cref="Looks"/> places.</summary>
    private static List<(PeerTime Time, float[] Atoms)> Ours(float[] signals, float[] start, int dimension, float lambda, int threads, int steps)
    {
        var learning = new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 1 }, Forgetting = 3 };
        var recipe = new LassoEncoder(new LassoOptions { AtomCount = start.Length / dimension, Lambda = lambda, GapTolerance = 1e-4f }, learning);
        using DictionaryTrainer<LassoEncoder> trainer = recipe.CreateTrainer(dimension, new AtomDictionary(start, dimension), new RunContext { Threads = threads });
        var batch = new SignalBatch(Batch, dimension) { Count = Batch };
        var result = new List<(PeerTime, float[])>();
        double wall = 0, processor = 0;
        for (int step = 0; step < steps; step++)
        {
            signals.AsSpan(step % (Signals / Batch) * Batch * dimension, Batch * dimension).CopyTo(batch.Signals);
            wall += SaeClock.Time(() => trainer.Step(batch), out double used);
            processor += used;
            if ((step + 1) * Looks / steps != step * Looks / steps)
            {
                result.Add((new PeerTime(wall, processor, 0), trainer.Snapshot().Dictionary.AtomValues.ToArray()));
            }
        }

        return result;
    }

    /// <summary>Sparse mixtures of random atoms with noise; the start is the first signals, scaled to norm 1.</summary>
    private static (float[] Signals, float[] Start) Problem(int dimension, int atoms)
    {
        var stream = new RandomStream(1L, "bench.online");
        var dictionary = new float[atoms * dimension];
        stream.FillNormal(dictionary, 1 / Math.Sqrt(dimension));
        var signals = new float[(Signals + Held) * dimension];
        stream.FillNormal(signals, 0.05 / Math.Sqrt(dimension));
        int[] active = new int[8];
        for (int row = 0; row < Signals + Held; row++)
        {
            Span<float> signal = signals.AsSpan(row * dimension, dimension);
            stream.SampleWithoutReplacement(atoms, active);
            foreach (int atom in active)
            {
                TensorPrimitives.MultiplyAdd(dictionary.AsSpan(atom * dimension, dimension), (float)stream.NextNormal(), signal, signal);
            }
        }

        float[] start = signals.AsSpan(0, atoms * dimension).ToArray();
        for (int i = 0; i < atoms; i++)
        {
            Span<float> atom = start.AsSpan(i * dimension, dimension);
            TensorPrimitives.Divide(atom, TensorPrimitives.Norm<float>(atom), atom);
        }

        return (signals, start);
    }

    /// <summary>Mean objective of the exact Lasso on the held-out signals, with atoms scaled to norm 1 (larger ones would cheat the penalty).</summary>
    private static double Judge(float[] atoms, float[] signals, int dimension, float lambda)
    {
        AtomDictionary dictionary = new AtomDictionary(atoms, dimension).Normalized();
        float[] held = signals.AsSpan(Signals * dimension).ToArray();
        SparseCodes codes = new LassoEncoder(dictionary, new LassoOptions { Lambda = lambda, GapTolerance = 1e-6f }).Encode(SignalView.FromRows(held, dimension));
        double residual = CodeJudge.Judge(codes, held, dictionary.AtomValues.ToArray(), dimension, Held, 0, false).Residual, l1 = 0;
        foreach (float value in codes.Values)
        {
            l1 += Math.Abs(value);
        }

        return (0.5 * residual) + (lambda * l1 / Held);
    }
}
