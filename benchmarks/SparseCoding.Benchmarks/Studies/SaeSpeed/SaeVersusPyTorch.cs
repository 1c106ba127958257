using System.Globalization;
using System.Text.Json;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Training steps and encoding of a sparse autoencoder against PyTorch: both sides in turn, in rounds of one step each, from the same weights and signals, so that
/// a disturbance hits both; medians, the median of the rounds' ratios (above 1: this library was faster) with its quartiles, by the clock and of
/// processor time, and the losses of the first steps, which agree where both compute the same. In every round the two parts of the floor are measured as well:
/// the product alone, and one pass that reads and writes as many bytes as weights and moments have.
/// </summary>
internal static class SaeVersusPyTorch
{
    private static readonly string[] s_works = ["topk-dense", "topk-best", "relu-dense", "encode"];

    /// <summary>Arguments: <c>--python python3</c> <c>--script path</c> <c>--rounds 9</c> <c>--threads 2</c> <c>--work a,b</c> <c>--rows 100000</c> <c>--sizes 768,16384,32,1024</c>.</summary>
    public static int Run(string[] args)
    {
        int[] numbers = [.. Option(args, "--sizes", "768,16384,32,1024").Split(',').Select(Number)];
        var sizes = new SaeSpeedCase(numbers[0], numbers[1], numbers[2], numbers[3]);
        int threads = Number(Option(args, "--threads", "2")), rounds = Number(Option(args, "--rounds", "9"));
        string[] works = Option(args, "--work", string.Join(',', s_works)).Split(',');
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sae-speed-");
        try
        {
            float[] signals = sizes.Signals();
            var source = ActivationSource.FromView(SignalView.FromRows(signals, sizes.Dimension));
            var context = new RunContext { Threads = threads };
            SaeEncoder start = Start(sizes, source, context);
            Write(folder.FullName, sizes, signals, start);
            using var peer = new PyTorchPeer(
                Option(args, "--python", "python3"), Option(args, "--script", Path.Combine("benchmarks", "comparisons", "sae_pytorch.py")), folder.FullName, threads, sizes);
            Console.WriteLine($"d {sizes.Dimension}, {sizes.Atoms} atoms, k {sizes.Active}, batch {sizes.Batch}, float32; .NET {Environment.Version}, {SimdTier.Name}, {Environment.ProcessorCount} processors; {peer.Versions}; load {Load()}");
            foreach (string work in works)
            {
                if (work == "encode")
                {
                    Encode(sizes, signals, start, context, peer, Number(Option(args, "--rows", "100000")));
                }
                else
                {
                    Steps(sizes, signals, source, context, peer, work, rounds);
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static void Steps(SaeSpeedCase sizes, float[] signals, ActivationSource source, RunContext context, PyTorchPeer peer, string work, int rounds)
    {
        Selection selection = work.StartsWith("relu", StringComparison.Ordinal) ? Selection.Relu : Selection.TopK(sizes.Active);
        using SaeTrainer trainer = sizes.Recipe(selection).CreateTrainer(source, context);
        SignalBatch[] batches = sizes.Cut(signals);
        long step = 0;
        double Step() => SaeClock.Time(() => trainer.Step(batches[step++ % batches.Length]), out _);
        var losses = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            Step();
            losses.Add(FormattableString.Invariant($"{trainer.MeasureLoss():G6} / {peer.Ask(work, 1).GetProperty("loss")[0].GetDouble():G6}"));
        }

        var floor = new SaeFloor(sizes, context.EffectiveThreads);
        var samples = new SaeSample[rounds];
        for (int round = 0; round < rounds; round++)
        {
            double ours = 0, oursProcessor = 0;
            void Ours() => ours = SaeClock.Time(() => trainer.Step(batches[step++ % batches.Length]), out oursProcessor);
            JsonElement theirs = default;
            if (round % 2 == 0)
            {
                Ours();
            }

            theirs = peer.Ask(work, 1);
            if (round % 2 == 1)
            {
                Ours();
            }

            (double product, double productProcessor) = floor.Product();
            (double pass, double passProcessor) = floor.Pass();
            samples[round] = new SaeSample(
                ours, theirs.GetProperty("wall")[0].GetDouble() / 1e3, oursProcessor, theirs.GetProperty("processor")[0].GetDouble() / 1e3, product + pass, productProcessor + passProcessor, product);
        }

        Console.WriteLine();
        Console.WriteLine($"{work}, {rounds} rounds, load {Load()}; loss of the first steps, ours / theirs: {string.Join(", ", losses)}");
        SaeSample.Print(samples, selection is ReluSelection ? null : sizes);
    }

    private static void Encode(SaeSpeedCase sizes, float[] signals, SaeEncoder encoder, RunContext context, PyTorchPeer peer, int rows)
    {
        const int Slices = 5;
        int count = rows / Slices, held = signals.Length / sizes.Dimension;
        var all = new float[(long)count * sizes.Dimension];
        for (int row = 0; row < count; row++)
        {
            signals.AsSpan(row % held * sizes.Dimension, sizes.Dimension).CopyTo(all.AsSpan(row * sizes.Dimension));
        }

        SparseCodes? codes = null;
        void Codes(int length) =>
            codes = encoder.Encode(SignalView.FromRows(all.AsSpan(0, length * sizes.Dimension), sizes.Dimension), new EncodeRequest { Context = context });
        Codes(Math.Min(count, 4096));
        peer.Ask("encode", 1, 4096);
        var samples = new SaeSample[Slices];
        double[] memory = new double[Slices], theirMemory = new double[Slices];
        JsonElement theirs = default;
        for (int slice = 0; slice < Slices; slice++)
        {
            double ours = 0, processor = 0;
            void Ours()
            {
                // The arrays of the result are not counted on either side: both have to give them.
                codes = null;
                double before = SaeClock.ForgetPeak();
                ours = SaeClock.Time(() => Codes(count), out processor);
                memory[slice] = SaeClock.PeakMegabytes() - before - (codes!.NonZeroCount * 8.0 / (1 << 20));
            }

            if (slice % 2 == 0)
            {
                Ours();
            }

            theirs = peer.Ask("encode", 1, count);
            theirMemory[slice] = theirs.GetProperty("peak").GetDouble() - theirs.GetProperty("result").GetDouble();
            if (slice % 2 == 1)
            {
                Ours();
            }

            samples[slice] = new SaeSample(ours, theirs.GetProperty("wall")[0].GetDouble() / 1e3, processor, theirs.GetProperty("processor")[0].GetDouble() / 1e3, 0, 0, 0);
        }

        Console.WriteLine();
        Console.WriteLine($"encode, {rows} rows in {Slices} slices, load {Load()}");
        SaeSample.Print(samples, null);
        Console.WriteLine(FormattableString.Invariant(
            $"  memory    beyond the result, most of a slice, MiB: ours {memory.Max():F1}, theirs {theirMemory.Max():F1}, 1/{theirMemory.Max() / memory.Max():F1}; result of a slice {codes!.NonZeroCount * 8.0 / (1 << 20):F1} and {theirs.GetProperty("result").GetDouble():F1}"));
        double sum = 0;
        foreach (float value in codes.Values)
        {
            sum += value;
        }

        Console.WriteLine(FormattableString.Invariant($"  check     entries of the last slice {codes.NonZeroCount} / {theirs.GetProperty("entries").GetInt32()}, sum of codes {sum:G7} / {theirs.GetProperty("sum").GetDouble():G7}"));
    }

    /// <summary>The encoder before any step: where both sides start.</summary>
    private static SaeEncoder Start(SaeSpeedCase sizes, ActivationSource source, RunContext context)
    {
        using SaeTrainer trainer = sizes.Recipe(Selection.TopK(sizes.Active)).CreateTrainer(source, context);
        return trainer.Snapshot();
    }

    private static void Write(string folder, SaeSpeedCase sizes, float[] signals, SaeEncoder start)
    {
        AssignmentInstances.WriteNpy(Path.Combine(folder, "signals.npy"), signals, signals.Length / sizes.Dimension, sizes.Dimension);
        AssignmentInstances.WriteNpy(Path.Combine(folder, "encoder.npy"), start.State.Encoder.Weights, sizes.Atoms, sizes.Dimension);
        AssignmentInstances.WriteNpy(Path.Combine(folder, "atoms.npy"), start.Dictionary.AtomValues.ToArray(), sizes.Atoms, sizes.Dimension);
        AssignmentInstances.WriteNpy(Path.Combine(folder, "offset.npy"), start.Dictionary.OffsetValues.ToArray(), 1, sizes.Dimension);
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Option(string[] args, string name, string otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
