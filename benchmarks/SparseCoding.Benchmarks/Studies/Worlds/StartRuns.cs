using System.Globalization;

namespace SparseCoding.Benchmarks;

/// <summary>
/// How many iterations inference needs from different starts until the duality gap of a signal, an upper bound of its objective's excess, is at
/// most a share of ½‖x‖². Cold starts at log-codes −10, −4 and −2, warm starts from a trained SAE's codes (its zeros at the same log-code), and
/// FISTA, cold from zero and warm from the same codes. At most 20,000 iterations; gradient inference looks at its gap every 50.
/// </summary>
internal static class StartRuns
{
    /// <summary>The most iterations of one signal.</summary>
    public const int Cap = 20_000;

    /// <summary>The gaps, as shares of ½‖x‖².</summary>
    public static readonly IReadOnlyList<double> Gaps = [0.1, 0.01, 0.001];

    /// <summary>Log-codes of the starts.</summary>
    public static readonly IReadOnlyList<float> LogCodes = [-10, -4, -2];

    /// <summary>Part "ito", its comparison of starts.</summary>
    public static IEnumerable<WorldRun> All()
    {
        foreach (string recipe in (string[])[WorldRun.Paper, WorldRun.Default])
        {
            foreach (float start in LogCodes)
            {
                foreach (bool warm in (bool[])[false, true])
                {
                    yield return new("ito", Name(start, warm), recipe, w => Measure(w, warm, gap => Gradient(w, recipe, start, gap)));
                }
            }
        }

        yield return new("ito", Fista(false), WorldRun.Default, w => Measure(w, false, gap => FistaEncoder(w, gap)));
        yield return new("ito", Fista(true), WorldRun.Default, w => Measure(w, true, gap => FistaEncoder(w, gap)));
    }

    /// <summary>Name of a gradient start.</summary>
    public static string Name(float start, bool warm) => string.Create(CultureInfo.InvariantCulture, $"start {(warm ? "SAE, zeros" : "cold")} at {start}");

    /// <summary>Name of FISTA's start.</summary>
    public static string Fista(bool warm) => warm ? "FISTA from SAE" : "FISTA from zero";

    private static ItoEncoder Gradient(World world, string recipe, float start, float gap)
    {
        ItoOptions options = recipe == WorldRun.Paper
            ? ItoOptions.Paper(World.Measurements, World.Sources, World.Samples, Cap, 0.01f, 1e-3f)
            : new ItoOptions { Lambda = World.Lambda, Iterations = Cap };
        return new ItoEncoder(world.Dictionary, options with { InitialLogCode = start, GapTolerance = gap });
    }

    private static FistaEncoder FistaEncoder(World world, float gap) =>
        new(world.Dictionary, new FistaOptions { Lambda = World.Lambda, NonNegative = true, GapTolerance = gap, MaxIterations = Cap });

    private static Dictionary<string, double> Measure(World world, bool warm, Func<float, IEncoder> create)
    {
        SparseCodes? start = warm ? world.Encode(KnownDictionaryRuns.PaperSae(world)) : null;
        var values = new Dictionary<string, double>();
        foreach (double gap in Gaps)
        {
            EncodeResult result = world.Detailed(create((float)gap), start);
            int reached = result.Count(StopReason.Converged) + result.Count(StopReason.ZeroCode);
            int[] iterations = result.Iterations.ToArray();
            Array.Sort(iterations);
            values[Figures.Iterations(gap)] = 2 * reached > World.Samples ? iterations[World.Samples / 2] : double.PositiveInfinity;
            values[Figures.Reached(gap)] = reached / (double)World.Samples;
        }

        return values;
    }
}
