using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "ito-settings [--first 100] [--worlds 2] [--out docs/results/ito-settings]": what gradient inference reaches at several learning
/// rates, starts, numbers of steps and second-moment decays, on worlds that the main study does not use, against the exact solution by LARS. Evidence for the defaults.
/// </summary>
internal static class ItoSettingsCommand
{
    private static readonly int[] s_steps = [2000, 5000];
    private static readonly float[] s_rates = [0.01f, 0.03f, 0.1f];
    private static readonly float[] s_decays = [0.999f, 0.99f, 0.95f];
    private static readonly float[] s_starts = [-10, -4, -2];
    private static readonly float[] s_gaps = [1e-3f, 1e-4f];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        int first = 100, worlds = 2;
        string output = Path.Combine("docs", "results", "ito-settings");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--first" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out first),
                "--worlds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out worlds) && worlds > 0,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. ito-settings [--first 100] [--worlds 2] [--out docs/results/ito-settings]");
                return 2;
            }
        }

        World[] all = [.. Enumerable.Range(first, worlds).Select(number => new World(number))];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Gradient inference: learning rate and start

            Written by `benchmarks -- ito-settings`: the paper's world (16 sources, 8 measurements, 3 active), true dictionary, lambda .0025, Adam with
            beta1 .9 and epsilon 1e-8; means of worlds {first} to {first + worlds - 1}, which no goal is measured on. "Converged" is the share of the 1024 test signals whose
            duality gap was at most that share of ½‖x‖² at one of the looks (every 50 steps), where encoding with that GapTolerance stops. Latent MCC and the
            excess of the mean objective over the exact solution (LARS) are those after all steps.

            | codes | steps | beta2 | rate | start | converged 1e-3 | 1e-4 | latent MCC | excess of the objective |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach (ItoOptions options in Settings())
        {
            string line = Line(all, options with { Lambda = World.Lambda, GapTolerance = 0 });
            Console.WriteLine(line);
            text.Append(line).Append('\n');
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        File.WriteAllText(output + ".md", text.ToString());
        return 0;
    }

    /// <summary>Everything that is compared: the exp form, with more steps from one start only. The ReLU form, whose start has no log-code, is in "defaults".</summary>
    private static IEnumerable<ItoOptions> Settings()
    {
        foreach (int steps in s_steps)
        {
            foreach (float decay in s_decays)
            {
                foreach (float rate in s_rates)
                {
                    foreach (float start in steps == s_steps[0] ? s_starts : s_starts[1..2])
                    {
                        yield return new ItoOptions { Iterations = steps, LearningRate = rate, InitialLogCode = start, Adam = new AdamOptions { Beta2 = decay } };
                    }
                }
            }
        }
    }

    private static string Line(World[] worlds, ItoOptions options)
    {
        var converged = new double[s_gaps.Length];
        double latent = 0, excess = 0;
        foreach (World world in worlds)
        {
            SparseCodes exact = world.Encode(new LarsEncoder(world.Dictionary, new LarsOptions { Lambda = World.Lambda, NonNegative = true }));
            SparseCodes codes = world.Encode(new ItoEncoder(world.Dictionary, options));
            for (int g = 0; g < s_gaps.Length; g++)
            {
                converged[g] += world.Detailed(new ItoEncoder(world.Dictionary, options with { GapTolerance = s_gaps[g] })).Count(StopReason.Converged) / (double)World.Samples;
            }

            latent += Mcc.Between(world.Test.Codes, codes).Value;
            double best = world.Objective(exact, world.Dictionary);
            excess += (world.Objective(codes, world.Dictionary) / best) - 1;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"| Exp | {options.Iterations} | {options.Adam.Beta2} | {options.LearningRate} | {options.InitialLogCode} | {Percent(converged[0])} | {Percent(converged[1])} | {latent / worlds.Length:F4} | {100 * excess / worlds.Length:F2} % |");

        string Percent(double sum) => (100 * sum / worlds.Length).ToString("F1", CultureInfo.InvariantCulture) + " %";
    }
}
