using System.Diagnostics;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The quick comparison: both libraries in turn, in one process, in rounds short enough that a disturbance hits both; medians of the rounds, the median of the
/// rounds' ratios with its quartiles and the ratio of the fastest rounds are printed. The ratio of processor times (one thread) does not count the time in which
/// the machine ran something else; it still feels what that did to caches and memory. Argument: a filter on the shape's text.
/// </summary>
internal static class GemmVersusOpenBlas
{
    private const int Rounds = 21;
    private const double SecondsPerSample = 0.03;

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        if (!OpenBlas.IsAvailable)
        {
            Console.Error.WriteLine(OpenBlas.Missing);
            return 1;
        }

        Console.WriteLine($"{OpenBlas.Description}; {Environment.ProcessorCount} processors; kernel {MicroKernels<float>.Best.GetType().GetGenericArguments()[1].Name}");
        Console.WriteLine($"{"shape",-24} {"threads",7} {"ours us",10} {"GF/s",7} {"blas us",10} {"GF/s",7} {"ratio",6} {"quartiles",13} {"cpu",6} {"fastest",7}");
        foreach (GemmShape shape in GemmShape.All.Where(shape => arguments.Length == 0 || shape.ToString().Contains(arguments[0], StringComparison.Ordinal)))
        {
            double[] single = Compare(shape, 1);
            double[] two = Compare(shape, 2);
            Console.WriteLine($"{"",-24} two threads against one: ours {single[0] / two[0]:F2}x, OpenBLAS {single[1] / two[1]:F2}x, the machine {MachineGain(shape):F2}x");
        }

        return 0;
    }

    /// <summary>
    /// What two threads can gain here at most: two products on one thread each, side by side, with nothing but the operands shared, against one alone. Below 2 where the machine
    /// has other work, lowers its clock or shares its caches.
    /// </summary>
    private static double MachineGain(GemmShape shape)
    {
        float[] a = GemmShape.Numbers((long)shape.M * shape.K, 1), b = GemmShape.Numbers((long)shape.K * shape.N, 2);
        void One(float[] target) => Gemm.Multiply(
            shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K, 1f, a, shape.Lda, b, shape.Ldb, 0f, target, shape.N, default, 1);
        float[] first = new float[shape.M * shape.N], second = new float[shape.M * shape.N];
        int calls = Math.Max(1, (int)(SecondsPerSample / Time(() => One(first), 3)));
        double[] gains = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            double alone = Time(() => One(first), calls);
            double together = Time(
                () =>
                {
                    var other = new Thread(() => Time(() => One(second), calls));
                    other.Start();
                    Time(() => One(first), calls);
                    other.Join();
                },
                1) / calls;
            gains[round] = 2 * alone / together;
        }

        return Median(gains);
    }

    /// <summary>Median seconds of ours and theirs.</summary>
    private static double[] Compare(GemmShape shape, int threads)
    {
        float[] a = GemmShape.Numbers((long)shape.M * shape.K, 1), b = GemmShape.Numbers((long)shape.K * shape.N, 2), c = new float[shape.M * shape.N];
        OpenBlas.SetThreads(threads);
        void Ours() => Gemm.Multiply(
            shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K, 1f, a, shape.Lda, b, shape.Ldb, 0f, c, shape.N, default, threads);
        void Theirs() => OpenBlas.Multiply(shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K, 1f, a, shape.Lda, b, shape.Ldb, 0f, c, shape.N);

        // Long enough for the small shapes' loops to be compiled with optimisation.
        var warm = Stopwatch.StartNew();
        while (warm.Elapsed.TotalSeconds < 0.5)
        {
            Ours();
            Theirs();
        }

        int calls = Math.Max(1, (int)(SecondsPerSample / Math.Min(Time(Ours, 3), Time(Theirs, 3))));
        Sample[] ours = new Sample[Rounds], theirs = new Sample[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            bool first = (round & 1) == 0;
            if (first)
            {
                ours[round] = Measure(Ours, calls);
            }

            theirs[round] = Measure(Theirs, calls);
            if (!first)
            {
                ours[round] = Measure(Ours, calls);
            }
        }

        double[] ratios = [.. ours.Zip(theirs, (x, y) => y.Wall / x.Wall).Order()];
        double cpu = Median(ours.Zip(theirs, (x, y) => y.Processor / x.Processor));
        double wall = Median(ours.Select(x => x.Wall)), rival = Median(theirs.Select(x => x.Wall));
        double fastest = theirs.Min(x => x.Wall) / ours.Min(x => x.Wall);
        Console.WriteLine(
            $"{shape,-24} {threads,7} {wall * 1e6,10:F1} {shape.Flops / wall / 1e9,7:F1} {rival * 1e6,10:F1} {shape.Flops / rival / 1e9,7:F1} "
            + $"{ratios[Rounds / 2],6:F2} {ratios[Rounds / 4],6:F2} {ratios[3 * Rounds / 4],6:F2} {(threads == 1 ? $"{cpu:F2}" : "-"),6} {fastest,7:F2}");
        return [wall, rival];
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private static Sample Measure(Action action, int calls)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        double wall = Time(action, calls);
        return new Sample(wall, (Environment.CpuUsage.TotalTime - processor).TotalSeconds / calls);
    }

    private static double Time(Action action, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }

    /// <summary>Seconds per call, by the clock and of the process's processor time.</summary>
    private readonly record struct Sample(double Wall, double Processor);
}
