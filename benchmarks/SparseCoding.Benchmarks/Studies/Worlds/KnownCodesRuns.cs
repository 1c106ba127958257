namespace SparseCoding.Benchmarks;

/// <summary>The codes of the training half are known: encoders learn them by the paper's cosine loss per latent, and are judged index by index.</summary>
internal static class KnownCodesRuns
{
    /// <summary>Part "codes".</summary>
    public static IEnumerable<WorldRun> All()
    {
        yield return new("codes", "SAE", WorldRun.Paper, w => Measure(w, new SaeEncoder(new SaeOptions { AtomCount = World.Sources, Bias = true }, Paper(w)).Fit(w.Train.Signals, w.Train.Codes, w.Context)));
        yield return new("codes", "SAE", WorldRun.Default, w => Measure(w, new SaeEncoder(new SaeOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Train.Codes, w.Context)));
        yield return new("codes", "MLP-1024", WorldRun.Paper, w => Measure(w, new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [1024], Bias = true }, Paper(w)).Fit(w.Train.Signals, w.Train.Codes, w.Context)));
        yield return new("codes", "MLP-1024", WorldRun.Default, w => Measure(w, new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [1024] }, Defaults(w)).Fit(w.Train.Signals, w.Train.Codes, w.Context)));
        yield return new("codes", "MLP-256", WorldRun.Default, w => Measure(w, new MlpEncoder(new MlpOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Train.Codes, w.Context)));
    }

    private static TrainingOptions Paper(World world) => TrainingOptions.Paper(World.Measurements, World.Sources, 20_000, world.InitializationSeed);

    private static TrainingOptions Defaults(World world) => new() { Seed = world.InitializationSeed };

    private static Dictionary<string, double> Measure(World world, IEncoder encoder) => new() { [Figures.Aligned] = Mcc.Aligned(world.Test.Codes, world.Encode(encoder)) };
}
