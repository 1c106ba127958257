namespace SparseCoding.Benchmarks;

/// <summary>Gradient inference in its ReLU form, cold, beside the exp form.</summary>
internal static class ReluDefaults
{
    private static readonly float[] s_rates = [0.005f, 0.01f, 0.02f];

    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(World[] worlds)
    {
        yield return FormattableString.Invariant($"## Gradient inference: the ReLU form from its cold start\nTrue dictionary, lambda .0025, beta2 .98, worlds {Averages.Range(worlds)}. An entry that is cut once gets no gradient again.\n\n| form | steps | rate | converged | latent MCC | excess of the objective |\n|---|---|---|---|---|---|");
        foreach (CodeParametrization form in (CodeParametrization[])[CodeParametrization.Relu, CodeParametrization.Exp])
        {
            foreach (int steps in (int[])[2000, 5000])
            {
                foreach (float rate in s_rates)
                {
                    Averages a = InferenceDefaults.Measure(worlds, World.Lambda, new ItoOptions { Parametrization = form, LearningRate = rate, Iterations = steps });
                    yield return FormattableString.Invariant($"| {form} | {steps} | {rate} | {Averages.Percent(a.Mean("converged"))} | {a.Mean("latent"):F4} | {Averages.Percent(a.Mean("excess"))} |");
                }
            }
        }
    }
}
