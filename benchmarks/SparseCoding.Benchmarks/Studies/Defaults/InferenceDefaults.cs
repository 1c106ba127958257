using System.Diagnostics;

namespace SparseCoding.Benchmarks;

/// <summary>Gradient inference (exp form, from −4, at most 2000 steps) on the true dictionary: rate, decay of the second moment, tolerance and penalty.</summary>
internal static class InferenceDefaults
{
    private static readonly (float Rate, float Beta2)[] s_adam = [(0.03f, 0.999f), (0.03f, 0.99f), (0.02f, 0.98f), (0.01f, 0.99f), (0.01f, 0.95f), (0.02f, 0.95f)];
    private static readonly float[] s_gaps = [1e-3f, 3e-4f, 1e-4f];
    private static readonly float[] s_lambdas = [0, 0.001f, 0.0025f, 0.005f, 0.01f, 0.025f, 0.05f];

    /// <summary>The tables.</summary>
    public static IEnumerable<string> Lines(World[] worlds)
    {
        yield return FormattableString.Invariant($"## Gradient inference: Adam and the tolerance\nTrue dictionary, lambda .0025, worlds {Averages.Range(worlds)}. Converged: rows whose duality gap got to the tolerance within 2000 steps. Excess: of the mean objective over the exact solution's (LARS).\n\n| rate | beta2 | tolerance | converged | latent MCC | excess of the objective | steps, mean |\n|---|---|---|---|---|---|---|");
        foreach ((float rate, float beta2) in s_adam)
        {
            foreach (float gap in s_gaps)
            {
                Averages a = Measure(worlds, World.Lambda, new ItoOptions { LearningRate = rate, Adam = new AdamOptions { Beta2 = beta2 }, GapTolerance = gap });
                yield return FormattableString.Invariant($"| {rate} | {beta2} | {gap:0.#e0} | {Averages.Percent(a.Mean("converged"))} | {a.Mean("latent"):F4} | {Averages.Percent(a.Mean("excess"))} | {a.Mean("steps"):F0} |");
            }
        }

        yield return FormattableString.Invariant($"\n## Gradient inference: the penalty\nThe defaults otherwise, worlds {Averages.Range(worlds)}; LARS solves the same problem exactly.\n\n| lambda | converged | latent MCC | latent MCC of LARS | steps, mean |\n|---|---|---|---|---|");
        foreach (float lambda in s_lambdas)
        {
            Averages a = Measure(worlds, lambda, new ItoOptions());
            yield return FormattableString.Invariant($"| {lambda} | {Averages.Percent(a.Mean("converged"))} | {a.Mean("latent"):F4} | {a.Mean("exact"):F4} | {a.Mean("steps"):F0} |");
        }
    }

    /// <summary>What inference with these options gives.</summary>
    public static Averages Measure(World[] worlds, float lambda, ItoOptions options)
    {
        var found = new Averages();
        foreach (World world in worlds)
        {
            SparseCodes exact = world.Encode(new LarsEncoder(world.Dictionary, new LarsOptions { Lambda = lambda, NonNegative = true }));
            long start = Stopwatch.GetTimestamp();
            EncodeResult result = world.Detailed(new ItoEncoder(world.Dictionary, options with { Lambda = lambda }));
            found.Add("seconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
            found.Add("converged", result.Count(StopReason.Converged) / (double)World.Samples);
            found.Add("steps", result.Iterations.ToArray().Average());
            found.Add("latent", Mcc.Between(world.Test.Codes, result.Codes).Value);
            found.Add("exact", Mcc.Between(world.Test.Codes, exact).Value);
            found.Add("excess", (world.Objective(result.Codes, world.Dictionary) / world.Objective(exact, world.Dictionary)) - 1);
        }

        return found;
    }
}
