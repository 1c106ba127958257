using static System.FormattableString;

namespace SparseCoding.Benchmarks;

/// <summary>The goals that were set before anything was run, judged from the rows of the study.</summary>
internal sealed class WorldGoals(IReadOnlyList<WorldRow> rows, int worlds)
{
    /// <summary>All goals, in the order of the study.</summary>
    public IEnumerable<WorldGoal> All()
    {
        double[] lars = Of("lars", "LARS", Figures.Latent);
        yield return Mean("Known dictionary, non-negative LARS at lambda .0025: mean latent MCC at least .985", lars, 0.985);
        yield return Each("The same in each world: at least .97", lars, 0.97);
        yield return Mean("Known dictionary, gradient ITO, paper's recipe: mean latent MCC at least .96", Of("ito", "ITO", Figures.Latent), 0.96);
        foreach (double gap in StartRuns.Gaps.Skip(1))
        {
            double[] warm = Of("ito", StartRuns.Name(-4, true), Figures.Iterations(gap)), fista = Of("ito", StartRuns.Fista(false), Figures.Iterations(gap), WorldRun.Default);
            double[][] cold = [.. StartRuns.LogCodes.Select(start => Of("ito", StartRuns.Name(start, false), Figures.Iterations(gap)))];
            yield return AtMost(Invariant($"The same from the SAE's codes, iterations to gap {gap} as a share of the best of the cold starts' (-10, -4, -2); asked for without a number, judged as at most 1"), [.. warm.Select((w, world) => w / cold.Min(c => c[world]))], 1);
            yield return AtMost(Invariant($"FISTA from zero, iterations to gap {gap} as a share of that warm start's; asked for without a number, judged as at most 1"), [.. fista.Zip(warm, (f, w) => f / w)], 1);
        }

        yield return Mean("Known dictionary, MLP-32 minus SAE at the last step: mean at least .10", Minus("known", "MLP-32", "SAE", Figures.Latent), 0.10);
        yield return Mean("Known codes, MLP-1024 minus SAE, index-aligned: mean at least .06", Minus("codes", "MLP-1024", "SAE", Figures.Aligned), 0.06);
        double[] lead = Minus("none", "SC", "SAE", Figures.Latent);
        yield return Mean("Nothing known, SC minus SAE: mean latent MCC at least .06", lead, 0.06);
        yield return Positive("Nothing known, SC minus SAE: paired 95 % t-interval above 0", lead);
        yield return Mean("Nothing known, MLP-32 minus SAE: mean above 0", Minus("none", "MLP-32", "SAE", Figures.Latent), double.Epsilon);
        yield return Mean("Nothing known, MLP-256 minus SAE: mean above 0", Minus("none", "MLP-256", "SAE", Figures.Latent), double.Epsilon);
        double[] learned = Of("learn", "LARS", Figures.Latent), truth = Of("learn", "LARS", Figures.OnTruth);
        yield return AtMost("LARS dictionary learning: latent MCC within .02 of the same encoder on the true dictionary, in each world", [.. truth.Zip(learned, (t, l) => Math.Abs(t - l))], 0.02);
        yield return Each("LARS dictionary learning: dictionary MCC at least .99 in each world", Of("learn", "LARS", Figures.Dictionary), 0.99);
    }

    /// <summary>The same questions to the library's defaults; nothing was asked of them beforehand.</summary>
    public IEnumerable<WorldGoal> Defaults()
    {
        const string Learning = "LARS, lambda .05, non-negative";
        yield return Mean("Known dictionary, gradient ITO: mean latent MCC at least .96", Of("ito", "ITO", Figures.Latent, WorldRun.Default), 0.96);
        foreach (string mlp in (string[])["MLP-32", "MLP-256"])
        {
            yield return Mean($"Known dictionary, {mlp} minus SAE: mean latent MCC at least .10", Minus("known", mlp, "SAE", Figures.Latent, WorldRun.Default), 0.10);
        }

        foreach (string mlp in (string[])["MLP-256", "MLP-1024"])
        {
            yield return Mean($"Known codes, {mlp} minus SAE, index-aligned: mean at least .06", Minus("codes", mlp, "SAE", Figures.Aligned, WorldRun.Default), 0.06);
        }

        double[] lead = Minus("none", "SC", "SAE", Figures.Latent, WorldRun.Default);
        yield return Mean("Nothing known, SC minus SAE: mean latent MCC at least .06", lead, 0.06);
        yield return Positive("Nothing known, SC minus SAE: paired 95 % t-interval above 0", lead);
        yield return Mean("Nothing known, SC by its defaults minus SC by the paper's recipe: mean above 0", [.. Of("none", "SC", Figures.Latent, WorldRun.Default).Zip(Of("none", "SC", Figures.Latent), (a, b) => a - b)], double.Epsilon);
        foreach (string mlp in (string[])["MLP-32", "MLP-256"])
        {
            yield return Mean($"Nothing known, {mlp} minus SAE: mean above 0", Minus("none", mlp, "SAE", Figures.Latent, WorldRun.Default), double.Epsilon);
        }

        yield return Mean("Nothing known, SAE by its defaults minus SAE by the paper's recipe (4 times the steps): mean above 0", [.. Of("none", "SAE", Figures.Latent, WorldRun.Default).Zip(Of("none", "SAE", Figures.Latent), (a, b) => a - b)], double.Epsilon);
        double[] learned = Of("learn", Learning, Figures.Latent, WorldRun.Default), truth = Of("learn", Learning, Figures.OnTruth, WorldRun.Default);
        yield return AtMost("LARS dictionary learning: latent MCC within .02 of the same encoder on the true dictionary, in each world", [.. truth.Zip(learned, (t, l) => Math.Abs(t - l))], 0.02);
        yield return Each("LARS dictionary learning: dictionary MCC at least .99 in each world", Of("learn", Learning, Figures.Dictionary, WorldRun.Default), 0.99);
    }

    /// <summary>A figure in each world; NaN where its row is missing.</summary>
    public double[] Of(string part, string method, string figure, string recipe = WorldRun.Paper) =>
        [.. Enumerable.Range(0, worlds).Select(world => rows.FirstOrDefault(r => r.World == world && r.Part == part && r.Method == method && r.Recipe == recipe)?.Values.GetValueOrDefault(figure, double.NaN) ?? double.NaN)];

    private double[] Minus(string part, string first, string second, string figure, string recipe = WorldRun.Paper) =>
        [.. Of(part, first, figure, recipe).Zip(Of(part, second, figure, recipe), (a, b) => a - b)];

    private static WorldGoal Mean(string text, double[] values, double least) =>
        new(text, values, "mean " + Interval(values), Missing(values) ? null : values.Average() >= least);

    private static WorldGoal Each(string text, double[] values, double least) =>
        new(text, values, "smallest " + Number(values.Min()), Missing(values) ? null : values.Min() >= least);

    private static WorldGoal AtMost(string text, double[] values, double most) =>
        new(text, values, "largest " + Number(values.Max()), Missing(values) ? null : values.Max() <= most);

    private static WorldGoal Positive(string text, double[] values)
    {
        if (Missing(values) || values.Length < 2)
        {
            return new(text, values, "-", null);
        }

        ConfidenceInterval interval = Statistics.Mean(values);
        return new(text, values, "interval " + Interval(values), interval.IsPositive);
    }

    /// <summary>Mean with its 95 % t-interval over worlds; of differences, the paired one.</summary>
    private static string Interval(double[] values) => Missing(values) ? "-" : values.Length < 2 ? Number(values[0]) : Statistics.Mean(values).ToString();

    private static bool Missing(double[] values) => values.Length == 0 || values.Any(double.IsNaN);

    private static string Number(double value) => double.IsNaN(value) ? "-" : Invariant($"{value:F4}");
}
