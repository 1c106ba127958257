using System.Diagnostics;
using System.Globalization;
using SparseCoding.Backends;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The operations of a TopK step one by one, as the trainer calls them: medians of milliseconds by the clock and of processor time. Arguments: <c>--threads 2</c>
/// <c>--rounds 9</c> <c>--sizes 768,16384,32,1024</c> <c>--only part-of-a-name</c> (for a profiler).
/// </summary>
internal static class SaePhases
{
    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] args)
    {
        int[] numbers = [.. Option(args, "--sizes", "768,16384,32,1024").Split(',').Select(Number)];
        var sizes = new SaeSpeedCase(numbers[0], numbers[1], numbers[2], numbers[3]);
        int threads = Number(Option(args, "--threads", "2")), rounds = Number(Option(args, "--rounds", "9"));
        float[] signals = sizes.Signals();
        int batch = sizes.Batch, d = sizes.Dimension, atoms = sizes.Atoms;
        using var backend = new CpuBackend(threads);
        DeviceMatrix Filled(long rows, int columns, ulong seed)
        {
            DeviceMatrix matrix = backend.Allocate(rows, columns);
            backend.FillNormal(matrix, new RandomStream(seed, "benchmark.sae.phases"), 1);
            return matrix;
        }

        DeviceMatrix x = backend.Allocate(batch, d), weights = Filled(atoms, d, 1), bias = backend.Allocate(1, atoms), offset = backend.Allocate(1, d);
        backend.NormalizeRows(weights);
        backend.Write(x, 0, signals.AsSpan(0, batch * d));
        DeviceMatrix residual = backend.Allocate(batch, d), values = backend.Allocate(batch, sizes.Active), gradient = backend.Allocate(atoms, d), biasGradient = backend.Allocate(1, atoms);
        DeviceMatrix first = backend.Allocate(atoms, d), second = backend.Allocate(atoms, d), fired = backend.Allocate(1, atoms), smallest = backend.Allocate(1, 1), pre = backend.Allocate(batch, atoms);
        DeviceCodes codes = backend.AllocateCodes(batch, atoms, sizes.Active), wide = backend.AllocateCodes(batch, atoms, 4 * sizes.Active);
        DeviceCodes changed = codes.WithValues(values);
        var rule = new SelectionRule(SelectionKind.TopK, sizes.Active);
        long number = 0;
        OptimizerStep Adam(bool unit) => new()
        {
            LearningRate = 1e-3f, Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f, Number = ++number, NormalizeRows = unit, ProjectGradient = unit,
        };
        (string Name, Action Action)[] phases =
        [
            ("product alone, whole", () => backend.Product(x, false, weights, true, pre, new ProductEpilogue { Bias = bias })),
            ("encode and select", () => backend.EncodeAndSelect(x, weights, bias, rule, codes)),
            ("decode, residual", () => backend.DecodeResidual(codes, weights, offset, x, residual)),
            ("sampled product", () => backend.SampledProduct(codes, weights, residual, values, 1f / batch)),
            ("gradient of atoms", () => backend.WeightGradient(codes, residual, gradient, 1f / batch)),
            ("gradient of weights", () => backend.WeightGradient(changed, x, gradient, 1)),
            ("gradient of bias", () => backend.SumCodes(changed, biasGradient, 1)),
            ("gradient of offset", () => backend.Product(biasGradient, false, weights, false, offset, new ProductEpilogue { Alpha = -1, Beta = 0 })),
            ("adam, weights", () => backend.Optimize(weights, gradient, first, second, Adam(false))),
            ("adam, projected and normalised", () => backend.Optimize(weights, gradient, first, second, Adam(true))),
            ("count active", () => backend.CountActive(codes, fired)),
            ("encode and select 4k", () => backend.EncodeAndSelect(x, weights, bias, new SelectionRule(SelectionKind.TopK, 4 * sizes.Active), wide)),
            ("keep largest of 4k", () =>
            {
                backend.Select(pre, new SelectionRule(SelectionKind.TopK, 4 * sizes.Active), wide);
                s_clock.Restart();
                backend.KeepLargest(wide, (long)batch * sizes.Active, smallest);
                s_part = s_clock.Elapsed.TotalSeconds;
            }),
        ];
        string only = Option(args, "--only", "");
        phases = [.. phases.Where(phase => phase.Name.Contains(only, StringComparison.Ordinal))];
        var samples = new (double Wall, double Processor)[phases.Length, rounds];
        for (int round = -1; round < rounds; round++)
        {
            for (int phase = 0; phase < phases.Length; phase++)
            {
                s_part = 0;
                double wall = SaeClock.Time(phases[phase].Action, out double processor);
                if (round >= 0)
                {
                    samples[phase, round] = s_part > 0 ? (s_part, double.NaN) : (wall, processor);
                }
            }
        }

        Console.WriteLine($"{threads} threads, d {d}, {atoms} atoms, k {sizes.Active}, batch {batch}; load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        for (int phase = 0; phase < phases.Length; phase++)
        {
            double Middle(Func<(double Wall, double Processor), double> part) => Enumerable.Range(0, rounds).Select(r => part(samples[phase, r])).Order().ElementAt(rounds / 2);
            Console.WriteLine(FormattableString.Invariant(
                $"{phases[phase].Name,-32} {1e3 * Middle(s => s.Wall),9:F2} ms  fastest {1e3 * Enumerable.Range(0, rounds).Min(r => samples[phase, r].Wall),9:F2} ms  processor {1e3 * Middle(s => s.Processor),9:F2} ms"));
        }

        return 0;
    }

    private static readonly Stopwatch s_clock = new();
    private static double s_part;

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Option(string[] args, string name, string otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
