namespace SparseCoding.Benchmarks;

/// <summary>The dictionary is known: iterative encoders on it, and amortised ones trained with it fixed.</summary>
internal static class KnownDictionaryRuns
{
    private const long Steps = 20_000;

    /// <summary>Parts "lars", "ito" and "known".</summary>
    public static IEnumerable<WorldRun> All()
    {
        yield return new("lars", "LARS", WorldRun.Paper, w => w.Measure(new LarsEncoder(w.Dictionary, new LarsOptions { Lambda = World.Lambda, NonNegative = true })));
        yield return new("lars", "LARS", WorldRun.Default, w => w.Measure(new LarsEncoder(w.Dictionary, new LarsOptions())));
        yield return new("ito", "ITO", WorldRun.Paper, w => w.Measure(new ItoEncoder(w.Dictionary, ItoOptions.Paper(World.Measurements, World.Sources, World.Samples, (int)Steps, 0.01f, 1e-3f))));
        yield return new("ito", "ITO", WorldRun.Default, w => WithConvergence(w, new ItoOptions()));
        yield return new("known", "SAE", WorldRun.Paper, w => w.Measure(PaperSae(w)));
        yield return new("known", "SAE", WorldRun.Default, w => w.Measure(new SaeEncoder(new SaeOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Dictionary, w.Context)));
        yield return new("known", "MLP-32", WorldRun.Paper, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [32], Bias = false }, Paper(w)).Fit(w.Train.Signals, w.Dictionary, w.Context)));
        yield return new("known", "MLP-32", WorldRun.Default, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [32] }, Defaults(w)).Fit(w.Train.Signals, w.Dictionary, w.Context)));
        yield return new("known", "MLP-256", WorldRun.Default, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Dictionary, w.Context)));
    }

    /// <summary>The paper's SAE on the known dictionary; its codes are the warm start of inference-time optimisation.</summary>
    public static SaeEncoder PaperSae(World world) =>
        new SaeEncoder(new SaeOptions { AtomCount = World.Sources, Bias = false }, Paper(world)).Fit(world.Train.Signals, world.Dictionary, world.Context);

    private static TrainingOptions Paper(World world) => TrainingOptions.Paper(World.Measurements, World.Sources, Steps, world.InitializationSeed);

    private static TrainingOptions Defaults(World world) => new() { Seed = world.InitializationSeed };

    private static Dictionary<string, double> WithConvergence(World world, ItoOptions options)
    {
        var encoder = new ItoEncoder(world.Dictionary, options);
        Dictionary<string, double> values = world.Measure(encoder);
        values[Figures.Converged] = world.Detailed(encoder).Count(StopReason.Converged) / (double)World.Samples;
        return values;
    }
}
