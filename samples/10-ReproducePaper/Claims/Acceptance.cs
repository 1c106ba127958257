namespace SparseCoding.Samples.ReproducePaper;

/// <summary>
/// The acceptance list of a reproduction: each item by its direction (what --scale quick is asked for) and by its thresholds (made from the paper's own data, for --scale paper).
/// Items that the paper's own order decides are taken apart, so that one that fails does not hide the others.
/// </summary>
internal static class Acceptance
{
    private static readonly (int Sources, int Measurements)[] s_regimes = [(32, 16), (64, 16), (64, 32), (128, 32)];

    /// <summary>The list.</summary>
    public static IEnumerable<AcceptanceItem> Of(Results results)
    {
        double known = results.Mean("2", KnownCodesFigure.Setting, "MLP-1024", Measures.Aligned) - results.Mean("2", KnownCodesFigure.Setting, "SAE", Measures.Aligned);
        yield return Item(1, "Known codes: MLP-1024 above SAE, by .06 to .12", [known], v => v > 0, v => v is >= 0.06 and <= 0.12);

        yield return Item(2, "Known dictionary: any per-sample Lasso at least .96", [.. KnownDictionaryFigure.Lassos.Select(m => Latent("3", KnownDictionaryFigure.Setting, m))], v => v > 0.9, v => v >= 0.96);
        yield return Item(2, "Known dictionary: FISTA at .0025 about .987", [Latent("3", KnownDictionaryFigure.Setting, KnownDictionaryFigure.Fista)], v => v > 0.96, v => Math.Abs(v - 0.987) < 0.01);

        double peak = results.Curve("3", KnownDictionaryFigure.Setting, "SAE", Measures.Latent).Mean.DefaultIfEmpty(double.NaN).Max();
        double mlp = new[] { "MLP-32", "MLP-256" }.Max(m => Latent("3", KnownDictionaryFigure.Setting, m));
        yield return Item(3, "Known dictionary: SAE at most .72 at its peak", [peak], v => v < mlp, v => v <= 0.72);
        yield return Item(3, "Known dictionary: MLP .78 to .82", [mlp], v => v > peak, v => v is >= 0.78 and <= 0.82);

        foreach ((string above, string below) in ((string, string)[])[("SC", "MLP-256"), ("MLP-256", "MLP-32"), ("MLP-32", "SAE+ITO"), ("SAE+ITO", "SAE"), ("SC", "SAE")])
        {
            // ITO on the SAE's own dictionary is asked for "at least", not "above".
            double slack = above == "SAE+ITO" ? 0.03 : 0;
            yield return Item(4, $"Nothing known: {above} {(slack > 0 ? "at least" : "above")} {below}", [Latent("4", NothingKnownFigure.Setting, above) - Latent("4", NothingKnownFigure.Setting, below)], v => v > -slack, v => v > -slack);
        }

        yield return Item(4, "Nothing known: SC about .69", [Latent("4", NothingKnownFigure.Setting, "SC")], v => v > 0.5, v => Math.Abs(v - 0.69) <= 0.05);

        double[] regimes = [.. s_regimes.Select(r => Latent("5", RegimesFigure.SettingOf(r.Sources, r.Measurements, 3), "SC") - Latent("5", RegimesFigure.SettingOf(r.Sources, r.Measurements, 3), "SAE"))];
        yield return Item(5, "Regimes: SC above SAE by .25 at (K, M, N) = (3,16,32), (3,16,64), (3,32,64), (3,32,128)", regimes, v => v > 0, v => v >= 0.25);

        string best = RegimesFigure.SettingOf(16, 8, 3);
        yield return Item(6, "Dictionary learning with a Lasso solver: latent MCC at least .93", [Latent("14", best, LarsFigure.Ours)], v => v >= 0.9, v => v >= 0.93);
        yield return Item(6, "Dictionary learning with a Lasso solver: dictionary MCC at least .98", [results.Mean("14", best, LarsFigure.Ours, Measures.Dictionary)], v => v >= 0.95, v => v >= 0.98);

        double[] pareto = [.. ParetoFigure.StoredLambdas.Select(ParetoFigure.SettingOf).Where(s => results.Of("6", s, "SC").Count > 0)
            .Select(s => Latent("6", s, "SC") - Math.Max(Latent("6", s, "SAE"), Latent("6", s, "MLP-32")))];
        yield return Item(7, "Pareto: SC above SAE and MLP at every lambda", pareto.Length == 0 ? [double.NaN] : pareto, v => v > 0, v => v > 0);

        double Latent(string figure, string setting, string method) => results.Mean(figure, setting, method, Measures.Latent);
    }

    /// <summary>The list as a table.</summary>
    public static ReportTable Table(IReadOnlyList<AcceptanceItem> items)
    {
        var table = new ReportTable("Acceptance list", "item", "asked", "ours", "direction", "threshold");
        foreach (AcceptanceItem item in items)
        {
            table.Add(item.Number, item.Text, item.Ours, Word(item.Direction), Word(item.Threshold));
        }

        return table;
    }

    private static string Word(bool? passed) => passed switch
    {
        null => "not run",
        true => "pass",
        false => "FAIL",
    };

    private static AcceptanceItem Item(int number, string text, double[] values, Func<double, bool> direction, Func<double, bool> threshold)
    {
        bool run = values.All(double.IsFinite);
        return new AcceptanceItem(number, text, run ? string.Join(", ", values.Select(Intervals.Number)) : "-", run ? values.All(direction) : null, run ? values.All(threshold) : null);
    }
}
