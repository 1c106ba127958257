namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 4 by operations: the paper's count, the same with everything counted once, and exact counts; recovery at equal exact operations.</summary>
internal static class NothingKnownCosts
{
    /// <summary>The paper's formula for training sparse coding with its loss and update counted once.</summary>
    public const string Corrected = "training FLOPs, corrected";

    /// <summary>Adds the corrected count to sparse coding's outcome; to a network's its published one, which needs no correction.</summary>
    public static Outcome WithCorrection<TEncoder>((Outcome Outcome, TEncoder Encoder) run, World world)
    {
        Dictionary<string, double> values = run.Outcome.Values;
        values[Corrected] = run.Encoder is SparseCodingEncoder
            ? (double)PaperFlops.SparseCodingStepCorrected(world.Measurements, world.Sources, world.TrainCodes.RowCount, learnsDictionary: true) * run.Outcome.Curve[^1].Step
            : values.GetValueOrDefault(Measures.TrainPublished, double.NaN);
        return run.Outcome;
    }

    /// <summary>Latent MCC at equal exact operations of training plus one encoding of the test half: what each method reaches with that much.</summary>
    public static void AddMatched(Section section, Results results, string setting, IReadOnlyList<string> methods)
    {
        var table = new ReportTable("Latent MCC at equal exact FLOPs (training and encoding 1024 signals), mean over runs; '-': not yet begun", ["FLOPs", .. methods]);
        foreach (double budget in (ReadOnlySpan<double>)[1e9, 1e10, 3e10, 1e11, 3e11, 1e12])
        {
            table.Add([budget, .. methods.Select(m => Intervals.Text(Intervals.Of(At(results, setting, m, budget))))]);
        }

        section.Add(table);
    }

    /// <summary>Claims about costs.</summary>
    public static IEnumerable<Claim> Claims(Results results, string setting)
    {
        double[] ratio = [.. results.Of("4", setting, "SC").Where(r => r.Values.ContainsKey(Corrected)).Select(r => r.Values[Measures.TrainPublished] / r.Values[Corrected])];
        yield return Claim.Factor("2, equation 18", "SC's training as published, divided by everything counted once", 59.2, ratio, 1.01);
        double[] against = [.. results.Of("4", setting, "SC").Where(r => r.Values.ContainsKey(Corrected)).Select(r => r.Values[Corrected] / results.Mean("4", setting, "SAE", Measures.TrainPublished)).Where(double.IsFinite)];
        yield return Claim.AtMost("3.3", "\"Sparse coding at the MLP's FLOPs\": counted once, SC's training costs less than the SAE's (ratio below 1)", "29 (as published)", against, 1, "the published comparison of compute is reversed");
    }

    /// <summary>The best that a run's curve reached within a budget.</summary>
    private static double[] At(Results results, string setting, string method, double budget) =>
        [.. results.Of("4", setting, method)
            .Select(r => r.Curve.Where(p => p.Step > 0 && p.Values[Measures.TrainFlops] + p.Values[Measures.EncodeFlops] <= budget).Select(p => p.Values[Measures.Latent]).LastOrDefault(double.NaN))
            .Where(double.IsFinite)];
}
