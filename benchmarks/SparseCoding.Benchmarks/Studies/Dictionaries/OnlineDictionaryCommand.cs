using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using System.Text.Json;
using SparseCoding.Formats;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "online-dictionary [--sizes 64x128,256x1024] [--rows 20000] [--epochs 2] [--forgetting 3] [--threads 1] [--python python3] [--output file]": CPU time to the same objective on held-out
/// signals as scikit-learn's MiniBatchDictionaryLearning (coordinate descent), from the same start, with the same batches. Both dictionaries are judged by the same exact Lasso.
/// </summary>
internal static class OnlineDictionaryCommand
{
    private const int Batch = 256;
    private const int Held = 1000;
    private const int Points = 12;

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] args)
    {
        string python = DictionaryArguments.Option(args, "--python", "python3");
        string script = DictionaryArguments.Option(args, "--script", Path.Combine("benchmarks", "comparisons", "online_dictionary_sklearn.py"));
        int rows = DictionaryArguments.Option(args, "--rows", 20_000), epochs = DictionaryArguments.Option(args, "--epochs", 2), threads = DictionaryArguments.Option(args, "--threads", 1);
        float forgetting = float.Parse(DictionaryArguments.Option(args, "--forgetting", "3"), CultureInfo.InvariantCulture);
        bool peer = DictionaryArguments.Option(args, "--peer", "yes") == "yes";
        var text = new StringBuilder();
        text.Append("| (dimension, atoms) | lambda | | signals/s | CPU seconds | held-out objective | L0 | ratio of signals/s | time ratio to the peer's objective |\n|---|---|---|---|---|---|---|---|---|\n");
        string versions = string.Empty;
        foreach (string size in DictionaryArguments.Option(args, "--sizes", "64x128,256x1024").Split(','))
        {
            int[] parts = [.. size.Split('x').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
            float lambda = parts[0] <= 64 ? 0.2f : 0.5f;
            DirectoryInfo folder = Directory.CreateTempSubdirectory("online-dictionary-");
            try
            {
                (float[] signals, float[] start) = Problem(parts[0], parts[1], rows + Held);
                (double Seconds, float[] Atoms)[] ours = Ours(signals, start, parts[0], rows, epochs, lambda, forgetting, threads);
                double steps = (double)epochs * (rows / Batch) * Batch;
                (double ourObjective, double ourL0) = Judge(ours[^1].Atoms, signals, parts[0], rows, lambda);
                string name = $"({parts[0]}, {parts[1]})";
                text.Append(CultureInfo.InvariantCulture, $"| {name} | {lambda} | this library, {threads} thread(s) | {steps / ours[^1].Seconds:F0} | {ours[^1].Seconds:F2} | {ourObjective:F5} | {ourL0:F1} | | |\n");
                if (peer)
                {
                    (double peerSeconds, float[] peerAtoms, versions) = Peer(python, script, folder.FullName, signals, start, parts[0], parts[1], rows, epochs, lambda);
                    (double peerObjective, double peerL0) = Judge(peerAtoms, signals, parts[0], rows, lambda);
                    double reached = ours.Select(p => (p.Seconds, Judge(p.Atoms, signals, parts[0], rows, lambda).Objective)).FirstOrDefault(p => p.Objective <= peerObjective).Seconds;
                    string ratio = reached > 0 ? (peerSeconds / reached).ToString("F1", CultureInfo.InvariantCulture) : "not reached";
                    text.Append(CultureInfo.InvariantCulture, $"| {name} | {lambda} | scikit-learn cd, 1 thread | {steps / peerSeconds:F0} | {peerSeconds:F2} | {peerObjective:F5} | {peerL0:F1} | {peerSeconds / ours[^1].Seconds:F1} | {ratio} |\n");
                }
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"\n{rows} planted signals (8 active atoms, normal coefficients, noise .05), {epochs} passes in batches of {Batch}, start: the same random signals; forgetting {forgetting}. {versions}\n");
        Console.Write(text);
        if (DictionaryArguments.Option(args, "--output", string.Empty) is { Length: > 0 } output)
        {
            File.WriteAllText(output, "# Online dictionary learning against scikit-learn\n\nWritten by `benchmarks -- online-dictionary`. Seconds are those of the processor, all threads of the process, so that a busy machine counts less. The last column is the peer's whole time over the time after which this library's dictionary had a held-out objective no larger than the peer's last one, at one of "
                + Points + " looks.\n\n" + text);
        }

        return 0;
    }

    /// <summary>Sparse mixtures of random atoms with noise; the start is random signals.</summary>
    private static (float[] Signals, float[] Start) Problem(int dimension, int atoms, int rows)
    {
        var stream = new RandomStream(1L, "bench.online");
        var dictionary = new float[atoms * dimension];
        stream.FillNormal(dictionary, 1 / Math.Sqrt(dimension));
        var signals = new float[rows * dimension];
        stream.FillNormal(signals, 0.05 / Math.Sqrt(dimension));
        int[] active = new int[8];
        for (int row = 0; row < rows; row++)
        {
            Span<float> signal = signals.AsSpan(row * dimension, dimension);
            stream.SampleWithoutReplacement(atoms, active);
            foreach (int atom in active)
            {
                TensorPrimitives.MultiplyAdd(dictionary.AsSpan(atom * dimension, dimension), (float)stream.NextNormal(), signal, signal);
            }
        }

        return (signals, DictionaryLearningStart(signals, atoms, dimension));
    }

    private static float[] DictionaryLearningStart(float[] signals, int atoms, int dimension)
    {
        float[] start = signals.AsSpan(0, atoms * dimension).ToArray();
        for (int i = 0; i < atoms; i++)
        {
            Span<float> atom = start.AsSpan(i * dimension, dimension);
            TensorPrimitives.Divide(atom, TensorPrimitives.Norm<float>(atom), atom);
        }

        return start;
    }

    private static (double Seconds, float[] Atoms)[] Ours(float[] signals, float[] start, int dimension, int rows, int epochs, float lambda, float forgetting, int threads)
    {
        int atoms = start.Length / dimension;
        var learning = new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 1 }, Forgetting = forgetting };
        var recipe = new LassoEncoder(new LassoOptions { AtomCount = atoms, Lambda = lambda, GapTolerance = 1e-4f }, learning);
        var context = new RunContext { Threads = threads };
        var result = new List<(double, float[])>();
        for (int warm = 0; warm < 2; warm++)
        {
            // The first round warms the JIT up; the second one counts.
            result.Clear();
            using DictionaryTrainer<LassoEncoder> trainer = recipe.CreateTrainer(dimension, new AtomDictionary(start, dimension), context);
            var batch = new SignalBatch(Batch, dimension) { Count = Batch };
            int total = epochs * (rows / Batch), done = 0;
            double seconds = 0;
            for (int epoch = 0; epoch < epochs; epoch++)
            {
                for (int first = 0; first + Batch <= rows; first += Batch)
                {
                    signals.AsSpan(first * dimension, Batch * dimension).CopyTo(batch.Signals);
                    TimeSpan from = Environment.CpuUsage.TotalTime;
                    trainer.Step(batch);
                    seconds += (Environment.CpuUsage.TotalTime - from).TotalSeconds;
                    done++;
                    if (done * Points / total != (done - 1) * Points / total || done == total)
                    {
                        result.Add((seconds, trainer.Snapshot().Dictionary.AtomValues.ToArray()));
                    }
                }

                if (warm == 0 && seconds > 2)
                {
                    break;
                }
            }
        }

        return [.. result];
    }

    private static (double Seconds, float[] Atoms, string Versions) Peer(string python, string script, string folder, float[] signals, float[] start, int dimension, int atoms, int rows, int epochs, float lambda)
    {
        string data = Path.Combine(folder, "signals.npy"), init = Path.Combine(folder, "start.npy"), result = Path.Combine(folder, "atoms.npy");
        NpyFile.Write<float>(data, signals.AsSpan(0, rows * dimension), rows, dimension);
        NpyFile.Write<float>(init, start, atoms, dimension);
        string output = DictionaryArguments.Python(python, script, data, init, result, lambda.ToString(CultureInfo.InvariantCulture), epochs.ToString(CultureInfo.InvariantCulture), Batch.ToString(CultureInfo.InvariantCulture));
        using JsonDocument json = JsonDocument.Parse(output);
        return (json.RootElement.GetProperty("seconds").GetDouble(), DictionaryArguments.Read(result).Values, json.RootElement.GetProperty("versions").GetString()!);
    }

    /// <summary>Mean objective of the exact Lasso on the held-out signals, with atoms scaled to norm at most 1 (larger ones would cheat the penalty).</summary>
    private static (double Objective, double L0) Judge(float[] atoms, float[] signals, int dimension, int rows, float lambda)
    {
        AtomDictionary dictionary = new AtomDictionary(atoms, dimension).Normalized();
        Tensor<float> held = Tensor.Create(signals.AsSpan(rows * dimension).ToArray(), [Held, dimension]);
        SparseCodes codes = new LassoEncoder(dictionary, new LassoOptions { Lambda = lambda, GapTolerance = 1e-6f }).Encode(held);
        double error = 0, l1 = 0;
        var decoded = new float[dimension];
        for (int row = 0; row < Held; row++)
        {
            dictionary.DecodeRow(codes[row], decoded);
            error += TensorPrimitives.Distance<float>(decoded, signals.AsSpan((rows + row) * dimension, dimension)) is float d ? (double)d * d : 0;
        }

        foreach (float value in codes.Values)
        {
            l1 += Math.Abs(value);
        }

        return (((0.5 * error) + (lambda * l1)) / Held, (double)codes.NonZeroCount / Held);
    }
}
