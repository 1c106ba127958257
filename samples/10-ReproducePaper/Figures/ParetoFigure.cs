namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 6: recovery and error against sparsity, over the penalty.</summary>
internal sealed class ParetoFigure : Figure
{
    private const long DataSeed = 20240926;

    // λ; MSE, mean |z|, share above 1e-4, latent MCC of SAE, MLP-32, SC: mean of 3 runs.
    private const string Published = """
        0.001 1.0e-4 .339 .837 .538 4.6e-5 .209 .514 .550 2.5e-4 .180 .523 .739
        0.01 1.4e-5 .202 .509 .595 1.3e-4 .196 .490 .607 3.2e-4 .180 .525 .730
        0.1 1.0e-3 .191 .460 .617 1.4e-3 .179 .445 .615 1.3e-3 .172 .474 .728
        0.5 1.7e-2 .139 .325 .593 1.5e-2 .129 .287 .701 1.2e-2 .126 .343 .836
        1 4.8e-2 .105 .230 .559 4.0e-2 .099 .202 .680 3.8e-2 .102 .275 .722
        2 .125 .061 .118 .414 .110 .063 .126 .491 .098 .066 .173 .651
        5 .311 .010 .023 .208 .345 .005 .010 .065 .273 .015 .042 .446
        """;

    private static readonly float[] s_all = [0.001f, 0.005f, 0.01f, 0.05f, 0.1f, 0.5f, 1, 2, 5];
    private static readonly double[] s_thresholds = [1e-3, 1e-4, 1e-5, 0];
    private static readonly string[] s_methods = ["SAE", "MLP-32", "SC"];

    /// <summary>λ whose published numbers are stored.</summary>
    public static IReadOnlyList<float> StoredLambdas { get; } = [0.001f, 0.01f, 0.1f, 0.5f, 1, 2, 5];

    /// <inheritdoc/>
    public override string Id => "6";

    /// <inheritdoc/>
    public override string Title => "Figure 6: sparsity against performance";

    /// <inheritdoc/>
    public override string Setup =>
        "16 sources, 8 measurements, 3 active; the world changes with the run. Nine penalties, 100,000 steps at 3e-3; test codes of sparse coding with the same penalty, 10,000 iterations at 3e-3. "
        + "quick: the seven penalties with published numbers, 10,000 steps (SAE 20,000) at 3e-3, SC at 6e-3, inference 1000 iterations at 3e-2. L0 is the share of the 16 entries above a threshold: exp codes are never exactly 0, so the "
        + "threshold decides their L0.";

    /// <summary>Name of a setting.</summary>
    public static string SettingOf(float lambda) => FormattableString.Invariant($"lambda {lambda}");

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        foreach (float lambda in scale.Pick(s_all, StoredLambdas, [0.1f]))
        {
            for (int seed = 0; seed < Runs(scale, seeds, 3, 3); seed++)
            {
                foreach (string method in s_methods)
                {
                    long steps = scale.Pick(100_000, method == "SAE" ? 20_000 : 10_000, 10);
                    PaperRecipe recipe = new PaperRecipe(16, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift)
                    {
                        Lambda = lambda,
                        Rate = method == "SC" ? scale.Pick(3e-3f, 6e-3f, 6e-3f) : 3e-3f,
                        Iterations = scale.Pick(10_000, 1000, 10),
                        InferenceRate = scale.Pick(3e-3f, 3e-2f, 3e-2f),
                    };
                    long data = DataSeed + seed;
                    yield return Cell(SettingOf(lambda), method, seed, $"{recipe}, data {data}", (steps * Trial.StepWork(method, 16, 8)) + (method == "SC" ? Trial.InferenceWork(2 * recipe.Iterations, 16) : 0), token => Run(data, method, recipe, token));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        AddChart(section, results, Measures.L1, "mean |z|", Measures.Mse, AxisScale.Logarithmic);
        AddChart(section, results, Measures.L1, "mean |z|", Measures.Latent, AxisScale.Linear);
        foreach (double threshold in s_thresholds)
        {
            AddChart(section, results, Measures.L0Share(threshold), $"share of entries above {Intervals.Number(threshold)}", Measures.Latent, AxisScale.Linear);
        }

        AddChart(section, results, Measures.L0Share(1e-4), "share of entries above 1e-4", Measures.Mse, AxisScale.Logarithmic);
        Tables.Add(section, results, Id, Tables.Settings(results, Id), s_methods, [Measures.Latent, Measures.Mse, Measures.L1, .. s_thresholds.Select(Measures.L0Share)]);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 1))
        {
            string setting = $"lambda {keys[0]}";
            for (int i = 0; i < s_methods.Length; i++)
            {
                string method = s_methods[i];
                yield return Claim.Factor("3.5", $"{setting}, {method}, MSE", numbers[4 * i], results.Values(Id, setting, method, Measures.Mse), 1.5);
                yield return Claim.Number("3.5", $"{setting}, {method}, mean |z|", numbers[(4 * i) + 1], 0, results.Values(Id, setting, method, Measures.L1), 0.02);
                yield return Claim.Number("3.5", $"{setting}, {method}, share above 1e-4", numbers[(4 * i) + 2], 0, results.Values(Id, setting, method, Measures.L0Share(1e-4)), 0.05);
                yield return Claim.Number("3.5", $"{setting}, {method}, latent MCC", numbers[(4 * i) + 3], 0, results.Values(Id, setting, method, Measures.Latent), 0.05);
            }

            foreach (string other in (string[])["SAE", "MLP-32"])
            {
                double lead = numbers[11] - numbers[other == "SAE" ? 3 : 7];
                yield return Claim.Difference("3.5", $"{setting}: SC lies above {other} in latent MCC", Intervals.Number(lead), results.Pairs(Id, setting, "SC", other, Measures.Latent));
            }
        }

        foreach ((double threshold, double share) in ((double, double)[])[(1e-3, 0.290), (1e-4, 0.343), (1e-5, 0.577), (0, 1.0)])
        {
            yield return Claim.Number("3.5", $"lambda 0.5, SC, share above {Intervals.Number(threshold)}", share, 0, results.Values(Id, SettingOf(0.5f), "SC", Measures.L0Share(threshold)), 0.05);
        }
    }

    private static Outcome Run(long data, string method, PaperRecipe recipe, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, data);
        (Dictionary<string, double> values, IEncoder encoder) = Trial.Train(world, method, recipe, token);
        SparseCodes codes = world.Encode(encoder, token);
        foreach (double threshold in s_thresholds)
        {
            values[Measures.L0Share(threshold)] = SparsityMetrics.Measure(codes, threshold).L0Share;
        }

        return new Outcome { Values = values };
    }

    private void AddChart(Section section, Results results, string x, string label, string y, AxisScale scale)
    {
        var chart = new XyChart($"{y} against {label}, over the penalty", label, y) { YScale = scale };
        foreach (string method in s_methods)
        {
            string[] settings = [.. s_all.Select(SettingOf).Where(s => results.Of(Id, s, method).Count > 0)];
            if (settings.Length > 0)
            {
                chart.Add(method, [.. settings.Select(s => results.Mean(Id, s, method, x))], [.. settings.Select(s => results.Mean(Id, s, method, y))], SeriesStyle.LineAndPoints);
            }
        }

        section.Add(chart);
    }
}
