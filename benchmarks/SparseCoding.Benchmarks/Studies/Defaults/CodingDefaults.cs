using System.Diagnostics;

namespace SparseCoding.Benchmarks;

/// <summary>Joint sparse coding with nothing known: rate, decay of the second moment, steps and start.</summary>
internal static class CodingDefaults
{
    private static readonly (float Rate, float Beta2, long Steps, float Start)[] s_settings =
    [
        (0.001f, 0.999f, 10_000, -4), (0.001f, 0.999f, 40_000, -4), (0.01f, 0.999f, 10_000, -4), (0.03f, 0.999f, 10_000, -4),
        (0.01f, 0.99f, 10_000, -4), (0.02f, 0.99f, 10_000, -4), (0.03f, 0.99f, 10_000, -4), (0.05f, 0.99f, 10_000, -4), (0.02f, 0.98f, 10_000, -4),
        (0.02f, 0.99f, 20_000, -4), (0.02f, 0.99f, 10_000, -2), (0.02f, 0.99f, 10_000, -10),
    ];

    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(World[] worlds)
    {
        yield return FormattableString.Invariant($"## Sparse coding with nothing known: how it is trained\nlambda .0025, all signals in every step, warmed up over 100 steps, decaying to 0 over the last fifth, worlds {Averages.Range(worlds)}. Found: worlds with a dictionary MCC of .99 or more. Codes of new signals by the encoder's own inference.\n\n| rate | beta2 | steps | start | latent MCC | smallest | dictionary MCC | found | training objective | seconds |\n|---|---|---|---|---|---|---|---|---|---|");
        foreach ((float rate, float beta2, long steps, float start) in s_settings)
        {
            var found = new Averages();
            foreach (World world in worlds)
            {
                long began = Stopwatch.GetTimestamp();
                TrainingOptions training = SparseCodingEncoder.DefaultTraining with
                {
                    Seed = world.InitializationSeed,
                    Steps = steps,
                    LearningRate = SparseCodingEncoder.DefaultTraining.LearningRate with { Value = rate },
                    Optimizer = new AdamOptions { Beta2 = beta2 },
                };
                SparseCodingEncoder trained = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = World.Sources, InitialLogCode = start }, training).Fit(world.Train.Signals, world.Context);
                found.Add("seconds", Stopwatch.GetElapsedTime(began).TotalSeconds);
                double dictionary = Mcc.Between(world.Dictionary, trained.Dictionary).Value;
                found.Add("dictionary", dictionary);
                found.Add("found", dictionary >= 0.99 ? 1 : 0);
                found.Add("latent", Mcc.Between(world.Test.Codes, world.Encode(trained)).Value);
                found.Add("loss", trained.Training!.FinalLoss);
            }

            yield return FormattableString.Invariant($"| {rate} | {beta2} | {steps} | {start} | {found.Mean("latent"):F4} | {found.Min("latent"):F4} | {found.Mean("dictionary"):F4} | {found.Mean("found") * worlds.Length:F0} of {worlds.Length} | {found.Mean("loss"):F5} | {found.Mean("seconds"):F1} |");
        }
    }
}
