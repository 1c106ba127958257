namespace SparseCoding.Benchmarks;

/// <summary>
/// Dictionary learning by alternating the non-negative Lasso (LARS) with dictionary updates; restarts are told apart by the training objective
/// alone. The learned dictionary is judged by what the same encoder reaches on it and on the true one.
/// </summary>
internal static class LearningRuns
{
    private const float LearningLambda = 0.05f;

    /// <summary>Part "learn".</summary>
    public static IEnumerable<WorldRun> All()
    {
        yield return new("learn", "LARS", WorldRun.Paper, w => Measure(w, new LarsOptions { AtomCount = World.Sources, Lambda = LearningLambda, NonNegative = true }, new DictionaryLearningOptions { Restarts = 10, Iterations = 300, Seed = w.InitializationSeed }));
        yield return new("learn", "LARS, lambda .05, non-negative", WorldRun.Default, w => Measure(w, new LarsOptions { AtomCount = World.Sources, Lambda = LearningLambda, NonNegative = true }, new DictionaryLearningOptions { Seed = w.InitializationSeed }));
    }

    private static Dictionary<string, double> Measure(World world, LarsOptions options, DictionaryLearningOptions learning)
    {
        LarsEncoder learned = new LarsEncoder(options, learning).Fit(world.Train.Signals, world.Context);
        Dictionary<string, double> values = world.Measure(learned);
        values[Figures.OnTruth] = Mcc.Between(world.Test.Codes, world.Encode(new LarsEncoder(world.Dictionary, options))).Value;
        values["latent MCC at lambda .0025"] = Mcc.Between(world.Test.Codes, world.Encode(Converged(learned.Dictionary))).Value;
        values["latent MCC on the true dictionary at lambda .0025"] = Mcc.Between(world.Test.Codes, world.Encode(Converged(world.Dictionary))).Value;
        values["training objective"] = learned.Training!.FinalLoss;
        return values;
    }

    private static LarsEncoder Converged(AtomDictionary dictionary) => new(dictionary, new LarsOptions { Lambda = World.Lambda, NonNegative = true });
}
