using System.Diagnostics;

namespace SparseCoding.Benchmarks;

/// <summary>Dictionary learning: how often one run finds the dictionary, and what the best of several by the training objective gives.</summary>
internal static class RestartDefaults
{
    private const int Runs = 10;
    private static readonly int[] s_restarts = [1, 2, 3, 5, 10];

    /// <summary>The tables.</summary>
    public static IEnumerable<string> Lines(World[] worlds)
    {
        yield return FormattableString.Invariant($"## Dictionary learning: restarts\nWorlds {Averages.Range(worlds)}, {Runs} runs in each; the best of the first R runs by the training objective alone. Found: a dictionary MCC of .99 or more. LARS at lambda .05, non-negative; OMP with 3 active atoms, non-negative.\n\n| coder | restarts | found | latent MCC | smallest | dictionary MCC | seconds |\n|---|---|---|---|---|---|---|");
        foreach (string coder in (string[])["LARS", "OMP"])
        {
            Run[][] all = [.. worlds.Select(world => Enumerable.Range(0, Runs).Select(number => Learn(world, coder, number)).ToArray())];
            yield return FormattableString.Invariant($"| {coder} | any one | {Averages.Percent(all.Average(runs => runs.Average(run => run.Dictionary >= 0.99 ? 1.0 : 0)))} of the runs | {all.Average(runs => runs.Average(run => run.Latent)):F4} | | | |");
            foreach (int restarts in s_restarts)
            {
                Run[] best = [.. all.Select(runs => runs[..restarts].MinBy(run => run.Objective)!)];
                yield return FormattableString.Invariant($"| {coder} | {restarts} | {best.Count(run => run.Dictionary >= 0.99)} of {worlds.Length} | {best.Average(run => run.Latent):F4} | {best.Min(run => run.Latent):F4} | {best.Average(run => run.Dictionary):F4} | {all.Average(runs => runs[..restarts].Sum(run => run.Seconds)):F1} |");
            }
        }

        yield return "\nLarger worlds, LARS at lambda .05, non-negative, 4 runs in each of two worlds: what a restart costs, and whether it is needed.\n\n| sources | measurements | active | signals | found | latent MCC | seconds of a run |\n|---|---|---|---|---|---|---|";
        foreach ((int sources, int measurements, int active, int samples) in ((int, int, int, int)[])[(32, 16, 4, 2048), (64, 32, 5, 4096), (64, 16, 3, 4096)])
        {
            var runs = new List<Run>();
            for (int seed = worlds[0].Number; seed < worlds[0].Number + 2; seed++)
            {
                var (train, test) = SyntheticData.Generate(new SyntheticDataOptions { Sources = sources, Measurements = measurements, Active = active, Samples = 2 * samples, Seed = seed }).Split(0.5);
                for (int number = 0; number < 4; number++)
                {
                    long start = Stopwatch.GetTimestamp();
                    LarsEncoder learned = new LarsEncoder(new LarsOptions { AtomCount = sources, Lambda = 0.05f, NonNegative = true }, new DictionaryLearningOptions { Restarts = 1, Seed = Seed(seed, number) }).Fit(train.Signals, worlds[0].Context);
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    runs.Add(new Run(learned.Training!.FinalLoss, Mcc.Between(train.Dictionary, learned.Dictionary).Value, Mcc.Between(test.Codes, learned.Encode(test.Signals)).Value, seconds));
                }
            }

            yield return FormattableString.Invariant($"| {sources} | {measurements} | {active} | {samples} | {runs.Count(run => run.Dictionary >= 0.99)} of {runs.Count} | {runs.Average(run => run.Latent):F4} | {runs.Average(run => run.Seconds):F1} |");
        }
    }

    private static Run Learn(World world, string coder, int number)
    {
        var learning = new DictionaryLearningOptions { Restarts = 1, Seed = Seed(world.InitializationSeed, number) };
        long start = Stopwatch.GetTimestamp();
        ITrainedEncoder learned = coder == "LARS"
            ? new LarsEncoder(new LarsOptions { AtomCount = World.Sources, Lambda = 0.05f, NonNegative = true }, learning).Fit(world.Train.Signals, world.Context)
            : new OmpEncoder(new OmpOptions { AtomCount = World.Sources, MaxActive = 3, NonNegative = true }, learning).Fit(world.Train.Signals, world.Context);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Run(learned.Training!.FinalLoss, Mcc.Between(world.Dictionary, (AtomDictionary)learned.Decoder).Value, Mcc.Between(world.Test.Codes, world.Encode(learned)).Value, seconds);
    }

    private static long Seed(long seed, int number) => seed + (1000L * number);

    private sealed record Run(double Objective, double Dictionary, double Latent, double Seconds);
}
