using System.Diagnostics;
using System.Globalization;
using SparseCoding.Data;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Training from a file that is larger than what is kept of it, against the same step from memory: rows a second, processor time of a row, and the most
/// memory that the process had. Each mode in a process of its own: <c>write</c> makes the file, <c>memory</c> trains on its first rows held in
/// memory, <c>file</c> trains on the whole file, <c>feed</c> only mixes its rows; these print one line.
/// <c>compare</c> trains from both in turns of <c>--seconds</c> in one process, see <see cref="StreamComparison"/>.
/// </summary>
internal static class StreamTrainingCommand
{
    private const int Dimension = 128;

    /// <summary>Arguments: mode, path, <c>--type f32|f16|bf16</c>, <c>--rows 8000000</c>, <c>--seconds 60</c>, <c>--batch 1024</c>, <c>--rounds 8</c>.</summary>
    public static int Run(string[] args)
    {
        if (args is not [string mode, string path, ..])
        {
            Console.Error.WriteLine("stream-training write|memory|file|feed|compare path [--type f32|f16|bf16] [--rows n] [--seconds s] [--batch n] [--rounds n]");
            return 2;
        }

        string type = Option(args, "--type", "f32");
        long rows = long.Parse(Option(args, "--rows", "8000000"), CultureInfo.InvariantCulture);
        double seconds = double.Parse(Option(args, "--seconds", "60"), CultureInfo.InvariantCulture);
        int batch = int.Parse(Option(args, "--batch", "1024"), CultureInfo.InvariantCulture);
        if (mode == "write")
        {
            Write(path, type, rows);
            return 0;
        }

        RawElementType element = type switch { "f16" => RawElementType.Float16, "bf16" => RawElementType.BFloat16, _ => RawElementType.Float32 };
        var options = new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = Dimension, ElementType = element } };
        ActivationSource file = ActivationFiles.Open(path, options), source = file;
        if (mode is "memory" or "compare")
        {
            var held = new SignalBatch((int)Math.Min(rows, file.RowCount), Dimension);
            file.Read(held);
            source = ActivationSource.FromView(SignalView.FromRows(held.Signals, Dimension));
        }

        if (mode == "compare")
        {
            using var comparison = new StreamComparison(source, file, batch, int.Parse(Option(args, "--rounds", "8"), CultureInfo.InvariantCulture), seconds);
            comparison.Run();
            return 0;
        }

        using var process = Process.GetCurrentProcess();
        if (mode == "feed")
        {
            Feed(file, batch, seconds, process);
            return 0;
        }

        var training = new TrainingOptions { Steps = long.MaxValue / 4, BatchSize = batch, LearningRate = 1e-3f };
        var sae = new SaeEncoder(new SaeOptions { AtomCount = 1024, Selection = Selection.TopK(16) }, training);
        double first = 0, cpuFirst = 0, last = 0, cpuLast = 0;
        long rowsFirst = -1, rowsLast = 0;
        var clock = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using SaeTrainer measured = sae.CreateTrainer(source, new RunContext
        {
            Threads = 2,
            ProgressInterval = TimeSpan.FromSeconds(0.5),
            Progress = new Callback(p =>
            {
                process.Refresh();
                (last, cpuLast, rowsLast) = (clock.Elapsed.TotalSeconds, process.TotalProcessorTime.TotalSeconds, p.Step * batch);
                if (rowsFirst < 0)
                {
                    (first, cpuFirst, rowsFirst) = (last, cpuLast, rowsLast);
                }
            }),
        });
        try
        {
            measured.Run(source, stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        double count = rowsLast - rowsFirst;
        Console.WriteLine(FormattableString.Invariant(
            $"{mode} {type}: {count / (last - first):F0} rows/s, {1e6 * (cpuLast - cpuFirst) / count:F3} us of processor time a row, {rowsLast} rows, first report after {first:F1} s, peak resident {PeakMegabytes()} MB, file {new FileInfo(path).Length >> 20} MB"));
        return 0;
    }

    private static void Feed(ActivationSource file, int batchRows, double seconds, Process process)
    {
        using var feeder = new BatchFeeder(file, batchRows, 1, new TrainingOptions().ShuffleBufferBytes, readAhead: true);
        var batch = new SignalBatch(batchRows, Dimension);
        feeder.Next(batch);
        process.Refresh();
        double cpu = process.TotalProcessorTime.TotalSeconds;
        long count = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; count += batchRows)
        {
            feeder.Next(batch);
        }

        process.Refresh();
        Console.WriteLine(FormattableString.Invariant($"feed: {count / seconds:F0} rows/s, {1e6 * (process.TotalProcessorTime.TotalSeconds - cpu) / count:F3} us of processor time a row"));
    }

    private static void Write(string path, string type, long rows)
    {
        const int Block = 4096;
        var random = new Random(1);
        var directions = new float[256 * Dimension];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)(random.NextDouble() - 0.5);
        }

        var values = new float[Block * Dimension];
        var bytes = new byte[values.Length * (type == "f32" ? 4 : 2)];
        using FileStream stream = File.Create(path);
        for (long row = 0; row < rows; row += Block)
        {
            for (int i = 0; i < Block; i++)
            {
                Span<float> signal = values.AsSpan(i * Dimension, Dimension);
                signal.Clear();
                for (int k = 0; k < 8; k++)
                {
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(directions.AsSpan(random.Next(256) * Dimension, Dimension), 0.5f + random.NextSingle(), signal, signal);
                }
            }

            switch (type)
            {
                case "f16":
                    FloatConvert.ToHalf(values, bytes);
                    break;
                case "bf16":
                    FloatConvert.ToBFloat16(values, bytes);
                    break;
                default:
                    FloatConvert.ToSingle(values, bytes);
                    break;
            }

            stream.Write(bytes, 0, (int)(Math.Min(Block, rows - row) * bytes.Length / Block));
        }
    }

    /// <summary>The most resident memory the process had; −1 where the system does not say.</summary>
    private static long PeakMegabytes()
    {
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null ? -1 : long.Parse(line[6..^2].Trim(), CultureInfo.InvariantCulture) >> 10;
    }

    private static string Option(string[] args, string name, string fallback)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
    }

    private sealed class Callback(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
