namespace SparseCoding.Benchmarks;

/// <summary>Nothing but the signals is known: encoder and dictionary are learned together.</summary>
internal static class NothingKnownRuns
{
    private const long Steps = 40_000;

    /// <summary>Part "none".</summary>
    public static IEnumerable<WorldRun> All()
    {
        yield return new("none", "SAE", WorldRun.Paper, w => w.Measure(new SaeEncoder(new SaeOptions { AtomCount = World.Sources, Bias = false }, Paper(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "SC", WorldRun.Paper, w => w.Measure(new SparseCodingEncoder(PaperSparseCoding, Paper(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "MLP-32", WorldRun.Paper, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [32], Bias = false }, Paper(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "SAE", WorldRun.Default, w => w.Measure(new SaeEncoder(new SaeOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "SC", WorldRun.Default, w => w.Measure(new SparseCodingEncoder(new SparseCodingOptions { AtomCount = World.Sources }, SparseCodingEncoder.DefaultTraining with { Seed = w.InitializationSeed }).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "MLP-32", WorldRun.Default, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [32] }, Defaults(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "MLP-256", WorldRun.Paper, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [256], Bias = false }, Paper(w)).Fit(w.Train.Signals, w.Context)));
        yield return new("none", "MLP-256", WorldRun.Default, w => w.Measure(new MlpEncoder(new MlpOptions { AtomCount = World.Sources }, Defaults(w)).Fit(w.Train.Signals, w.Context)));
    }

    /// <summary>The paper's sparse coding: codes from exp(−10), and 10,000 steps of inference at 3e-3 for new signals.</summary>
    private static SparseCodingOptions PaperSparseCoding => new()
    {
        AtomCount = World.Sources,
        Lambda = World.Lambda,
        InitialLogCode = -10,
        Inference = ItoOptions.Paper(World.Measurements, World.Sources, World.Samples) with { Lambda = null },
    };

    private static TrainingOptions Paper(World world) => TrainingOptions.Paper(World.Measurements, World.Sources, Steps, world.InitializationSeed);

    private static TrainingOptions Defaults(World world) => new() { Seed = world.InitializationSeed };
}
