using System.Diagnostics;

namespace SparseCoding.Benchmarks;

/// <summary>SAE and MLP at their defaults beside longer runs, other rates and the paper's initialisation.</summary>
internal static class TrainingDefaults
{
    private static readonly TrainingOptions[] s_settings =
    [
        new(),
        new() { Steps = 40_000 },
        new() { LearningRate = new TrainingOptions().LearningRate with { Value = 3e-3f } },
    ];

    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(World[] worlds)
    {
        yield return FormattableString.Invariant($"## SAE and MLP: the training recipe\nlambda .0025, warmed up over 100 steps, decaying to 0 over the last fifth, worlds {Averages.Range(worlds)}. Objective: of the codes of new signals.\n\n| known | encoder | steps | rate | start | latent MCC | dictionary MCC | objective | seconds |\n|---|---|---|---|---|---|---|---|---|");
        foreach (bool known in (bool[])[false, true])
        {
            foreach (int hidden in (int[])[0, 32])
            {
                foreach (TrainingOptions setting in s_settings)
                {
                    var found = new Averages();
                    foreach (World world in worlds)
                    {
                        long start = Stopwatch.GetTimestamp();
                        IEncoder encoder = Train(world, known, hidden, setting with { Seed = world.InitializationSeed });
                        found.Add("seconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
                        foreach ((string name, double value) in world.Measure(encoder))
                        {
                            found.Add(name, value);
                        }
                    }

                    yield return FormattableString.Invariant($"| {(known ? "dictionary" : "nothing")} | {(hidden == 0 ? "SAE" : FormattableString.Invariant($"MLP-{hidden}"))} | {setting.Steps} | {setting.LearningRate.Value} | {setting.Initialization} | {found.Mean(Figures.Latent):F4} | {(known ? "given" : Averages.Number(found.Mean(Figures.Dictionary)))} | {found.Mean(Figures.Objective):F4} | {found.Mean("seconds"):F1} |");
                }
            }
        }
    }

    private static IEncoder Train(World world, bool known, int hidden, TrainingOptions training)
    {
        if (hidden == 0)
        {
            var sae = new SaeEncoder(new SaeOptions { AtomCount = World.Sources }, training);
            return known ? sae.Fit(world.Train.Signals, world.Dictionary, world.Context) : sae.Fit(world.Train.Signals, world.Context);
        }

        var mlp = new MlpEncoder(new MlpOptions { AtomCount = World.Sources, Hidden = [hidden] }, training);
        return known ? mlp.Fit(world.Train.Signals, world.Dictionary, world.Context) : mlp.Fit(world.Train.Signals, world.Context);
    }
}
