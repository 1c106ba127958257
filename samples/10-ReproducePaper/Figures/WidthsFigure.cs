namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 12: widths of the MLP's hidden layer.</summary>
internal sealed class WidthsFigure : Figure
{
    private const long DataSeed = 20240926;

    // Latent MCC by H = 16 ... 512; the last line is dictionary MCC of the first setting.
    private const string Published = """
        N16 M8 K3 .587 .593 .605 .635 .707 .613
        N32 M16 K6 .444 .490 .535 .540 .558 .501
        N64 M16 K6 .260 .339 .380 .412 .379 .388
        """;

    private static readonly double[] s_dictionary = [.757, .743, .743, .794, .850, .830];
    private static readonly int[] s_widths = [16, 32, 64, 128, 256, 512];
    private static readonly (int Sources, int Measurements, int Active)[] s_settings = [(16, 8, 3), (32, 16, 6), (64, 16, 6)];

    /// <inheritdoc/>
    public override string Id => "12";

    /// <inheritdoc/>
    public override string Title => "Figure 12: width of the MLP";

    /// <inheritdoc/>
    public override string Setup =>
        "One world for each (N, M, K) (data seed 20240926), H from 16 to 512. 50,000 steps at 1e-4 as the text says (the authors' script has 100,000 at 3e-4). Dictionary MCC here is by exact matching, as the paper's is in this figure. "
        + "quick: 1500 steps at 3e-3.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(50_000, 1500, 3);
        foreach ((int sources, int measurements, int active) in s_settings)
        {
            foreach (int width in s_widths)
            {
                for (int seed = 0; seed < Runs(scale, seeds, 3); seed++)
                {
                    var recipe = new PaperRecipe(sources, measurements, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift) { Rate = scale.Pick(1e-4f, 3e-3f, 3e-3f) };
                    yield return Cell(RegimesFigure.SettingOf(sources, measurements, active), MethodOf(width), seed, recipe.ToString(), steps * Trial.StepWork(MethodOf(width), sources, measurements), token =>
                        new Outcome { Values = Trial.Train(World.Draw(sources, measurements, active, DataSeed), MethodOf(width), recipe, token).Values });
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        string[] settings = [.. s_settings.Select(s => RegimesFigure.SettingOf(s.Sources, s.Measurements, s.Active))], methods = [.. s_widths.Select(MethodOf)];
        foreach (string measure in (string[])[Measures.Latent, Measures.DictionaryExact, Measures.Loss])
        {
            var chart = new XyChart($"{measure} against width", "H", measure) { XScale = AxisScale.Logarithmic };
            foreach (string setting in settings)
            {
                int[] there = [.. s_widths.Where(h => results.Of(Id, setting, MethodOf(h)).Count > 0)];
                if (there.Length > 0)
                {
                    chart.Add(setting, [.. there.Select(h => (double)h)], [.. there.Select(h => results.Mean(Id, setting, MethodOf(h), measure))], SeriesStyle.LineAndPoints);
                }
            }

            section.Add(chart);
        }

        Tables.Add(section, results, Id, settings, methods, Measures.Latent, Measures.DictionaryExact, Measures.Loss, Measures.TrainFlops);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 3))
        {
            string setting = string.Join(' ', keys);
            for (int i = 0; i < numbers.Length; i++)
            {
                yield return Claim.Number("3.6, figure 12", $"{setting}, {MethodOf(s_widths[i])}, latent MCC", numbers[i], 0, results.Values(Id, setting, MethodOf(s_widths[i]), Measures.Latent), 0.05);
            }

            yield return Claim.Difference("3.6, figure 12", $"{setting}: MLP-256 lies above MLP-16 in latent MCC", Intervals.Number(numbers[4] - numbers[0]), results.Pairs(Id, setting, "MLP-256", "MLP-16", Measures.Latent));
        }

        for (int i = 0; i < s_widths.Length; i++)
        {
            yield return Claim.Number("3.6, figure 12", $"N16 M8 K3, {MethodOf(s_widths[i])}, dictionary MCC", s_dictionary[i], 0, results.Values(Id, "N16 M8 K3", MethodOf(s_widths[i]), Measures.DictionaryExact), 0.05);
        }

        yield return Claim.Factor("3.6, figure 12", "Worst loss, N64 M16 K6 at H = 16", 0.0237, results.Values(Id, "N64 M16 K6", "MLP-16", Measures.Loss), 1.3);
    }

    private static string MethodOf(int width) => $"MLP-{width}";
}
