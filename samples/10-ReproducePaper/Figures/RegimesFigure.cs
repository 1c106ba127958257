namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 5: SAE, MLP and sparse coding over N, M and K, with the line M = 2 K ln(N / K) above which codes should be recoverable.</summary>
internal sealed class RegimesFigure : Figure
{
    /// <summary>Latent MCC of LARS on sparse coding's dictionary: what converged inference makes of the same atoms.</summary>
    public const string OnLars = "latent MCC, LARS on its dictionary";

    private const long DataSeed = 20240927;

    // K, M, N; latent and dictionary MCC of SAE, MLP-32, SC: mean of 3 runs.
    private const string Published = """
        3 8 16 .638 .746 .593 .807 .733 .878
        3 8 32 .392 .759 .451 .811 .514 .807
        3 8 64 .256 .801 .284 .817 .422 .841
        3 8 128 .213 .836 .246 .822 .328 .871
        3 16 16 .958 .969 .870 .932 .974 1.000
        3 16 32 .577 .684 .533 .689 .928 .973
        3 16 64 .374 .665 .388 .665 .661 .819
        3 16 128 .286 .661 .271 .649 .471 .756
        3 32 16 1.000 1.000 .918 .951 .941 1.000
        3 32 32 .999 1.000 .909 .946 .946 1.000
        3 32 64 .547 .646 .409 .591 .918 .980
        3 32 128 .420 .606 .316 .516 .869 .945
        9 8 16 .492 .738 .493 .766 .489 .754
        9 8 32 .285 .747 .318 .744 .380 .789
        9 8 64 .215 .786 .224 .788 .302 .810
        9 8 128 .175 .827 .183 .809 .246 .851
        9 16 16 .892 .924 .647 .804 .883 .980
        9 16 32 .490 .654 .463 .676 .472 .673
        9 16 64 .285 .643 .294 .589 .344 .660
        9 16 128 .220 .649 .203 .616 .278 .672
        9 32 16 .928 .947 .740 .835 .892 .997
        9 32 32 .978 .979 .835 .900 .897 1.000
        9 32 64 .451 .615 .429 .621 .576 .719
        9 32 128 .290 .538 .263 .520 .371 .584
        """;

    private static readonly string[] s_methods = ["SAE", "MLP-32", "SC"];
    private static readonly int[] s_sources = [16, 32, 64, 128];
    private static readonly int[] s_measurements = [8, 16, 32];
    private static readonly int[] s_active = [3, 9];

    /// <inheritdoc/>
    public override string Id => "5";

    /// <inheritdoc/>
    public override string Title => "Figure 5: regimes over N, M and K";

    /// <inheritdoc/>
    public override string Setup =>
        "N in {16, 32, 64, 128}, M in {8, 16, 32}, K in {3, 9}; the world changes with the run. 50,000 steps, SAE and MLP-32 at 1e-3, sparse coding at 3e-3, its test codes 10,000 iterations. "
        + "quick: 2000 steps at 3e-3 and 2e-2, inference 1000 iterations at 3e-2. The line is M = 2 K ln(N / K). Dictionary MCC of many atoms in few dimensions is near its chance level (.82 to .87 at M = 8, N = 128).";

    /// <summary>Name of a setting.</summary>
    public static string SettingOf(int sources, int measurements, int active) => $"N{sources} M{measurements} K{active}";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(50_000, 2000, 4);
        foreach (int active in s_active)
        {
            foreach (int measurements in s_measurements)
            {
                foreach (int sources in scale.Pick(s_sources, s_sources, [16]))
                {
                    for (int seed = 0; seed < Runs(scale, seeds, 3); seed++)
                    {
                        foreach (string method in s_methods)
                        {
                            PaperRecipe recipe = new PaperRecipe(sources, measurements, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift)
                            {
                                Rate = method == "SC" ? scale.Pick(3e-3f, 2e-2f, 2e-2f) : scale.Pick(1e-3f, 3e-3f, 3e-3f),
                                Iterations = scale.Pick(10_000, 1000, 4),
                                InferenceRate = scale.Pick(3e-3f, 3e-2f, 3e-2f),
                            };
                            long data = DataSeed + seed;
                            double work = (steps * Trial.StepWork(method, sources, measurements)) + (method == "SC" ? Trial.InferenceWork(recipe.Iterations, sources) : 0);
                            yield return Cell(SettingOf(sources, measurements, active), method, seed, $"{recipe}, data {data}", work, token => Run(sources, measurements, active, data, method, recipe, token));
                        }
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        foreach (int active in s_active)
        {
            var values = new float[s_measurements.Length * s_sources.Length];
            for (int i = 0; i < values.Length; i++)
            {
                string setting = SettingOf(s_sources[i % s_sources.Length], s_measurements[i / s_sources.Length], active);
                values[i] = (float)(results.Mean(Id, setting, "SC", Measures.Latent) - results.Mean(Id, setting, "SAE", Measures.Latent));
            }

            section.Add(Plane(results, active));
            section.Add(new HeatMapChart($"K = {active}: latent MCC of SC minus SAE (grey: not run)", values, s_measurements.Length, s_sources.Length, "M = 8, 16, 32: row", "N = 16, 32, 64, 128: column", 0.45f), 420, 320);
            var chart = new XyChart($"K = {active}: latent MCC against N / M; the line M = 2 K ln(N / K) is where M falls short", "M / (2 K ln(N / K)): above 1 recoverable", "latent MCC") { XScale = AxisScale.Logarithmic };
            foreach (string method in s_methods)
            {
                (double X, double Y)[] points =
                [
                    .. from m in s_measurements
                       from n in s_sources
                       let y = results.Mean(Id, SettingOf(n, m, active), method, Measures.Latent)
                       where double.IsFinite(y) && n > active
                       let x = m / (2 * active * Math.Log((double)n / active))
                       orderby x
                       select (x, y),
                ];
                if (points.Length > 0)
                {
                    chart.Add(method, [.. points.Select(p => p.X)], [.. points.Select(p => p.Y)], SeriesStyle.Points);
                }
            }

            section.Add(chart);
        }

        Tables.Add(section, results, Id, Tables.Settings(results, Id), s_methods, Measures.Latent, Measures.Dictionary, Measures.Mse, OnLars);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        var leads = new List<double>();
        var published = new List<double>();
        var gains = new Dictionary<(int Active, int Measurements), List<double>>();
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 3))
        {
            int active = int.Parse(keys[0], null), measurements = int.Parse(keys[1], null), sources = int.Parse(keys[2], null);
            string setting = SettingOf(sources, measurements, active);
            published.Add(numbers[4] - numbers[0]);
            (gains.TryGetValue((active, measurements), out List<double>? list) ? list : gains[(active, measurements)] = []).Add(numbers[2] - numbers[0]);
            for (int i = 0; i < s_methods.Length; i++)
            {
                yield return Claim.Number("3.4", $"{setting}, {s_methods[i]}, latent MCC", numbers[2 * i], 0, results.Values(Id, setting, s_methods[i], Measures.Latent), 0.05);
                yield return Claim.Number("3.4", $"{setting}, {s_methods[i]}, dictionary MCC", numbers[(2 * i) + 1], 0, results.Values(Id, setting, s_methods[i], Measures.Dictionary), 0.05);
            }

            (double[] First, double[] Second) pairs = results.Pairs(Id, setting, "SC", "SAE", Measures.Latent);
            if (pairs.First.Length > 0)
            {
                leads.Add(pairs.First.Average() - pairs.Second.Average());
            }

            yield return numbers[4] > numbers[0]
                ? Claim.Difference("3.4", $"{setting}: SC lies above the SAE", Intervals.Number(numbers[4] - numbers[0]), pairs)
                : Claim.Difference("3.4", $"{setting}: the SAE lies above SC", Intervals.Number(numbers[0] - numbers[4]), (pairs.Second, pairs.First));
            if (measurements >= sources)
            {
                double[] better = [.. results.Of(Id, setting, "SC").Where(r => r.Values.ContainsKey(OnLars)).Select(r => r.Values[OnLars] - r.Values[Measures.Latent])];
                yield return Claim.AtLeast("3.4", $"{setting}: a converged Lasso on SC's own dictionary lies above SC's inference", "(reconstructed)", better, 0);
            }
        }

        // Over regimes, not runs: a share has no interval over runs here.
        double share = leads.Count == 0 ? double.NaN : (double)leads.Count(l => l > 0) / leads.Count;
        yield return Claim.AtLeast("3.4", "\"Essentially all regimes\": share of the 24 regimes in which SC lies above the SAE, at least .95", $"{published.Count(l => l > 0)} of {published.Count} in the paper's own data", double.IsNaN(share) ? [] : [share], 0.95);
        foreach (int active in s_active)
        {
            // Over M at each N: the slope of MLP − SAE against log2 M, averaged over N.
            double[] slopes = [.. s_sources.Select(n => Slope(results, n, active)).Where(double.IsFinite)];
            yield return Claim.AtLeast("3.4", $"K = {active}: the MLP gains on the SAE as M grows (MLP minus SAE for each doubling of M, over N)", $"{Intervals.Number((gains[(active, s_measurements[^1])].Average() - gains[(active, s_measurements[0])].Average()) / (s_measurements.Length - 1))} in the paper's own data", slopes, 0, "interval over N, not runs");
        }
    }

    private static Outcome Run(int sources, int measurements, int active, long data, string method, PaperRecipe recipe, CancellationToken token)
    {
        World world = World.Draw(sources, measurements, active, data);
        (Dictionary<string, double> values, IEncoder encoder) = Trial.Train(world, method, recipe, token);
        if (encoder is SparseCodingEncoder coding)
        {
            var lars = new LarsEncoder(coding.Dictionary, new LarsOptions { Lambda = PenaltyScale.FromPaper(recipe.Lambda, measurements, sources), NonNegative = true });
            values[OnLars] = Mcc.Between(world.TestCodes, world.Encode(lars, token), token).Value;
        }

        return new Outcome { Values = values };
    }

    /// <summary>N and M with the line; every regime by what SC recovers of it.</summary>
    private XyChart Plane(Results results, int active)
    {
        double[] line = [.. Enumerable.Range(0, 41).Select(i => 16 * Math.Pow(8, i / 40.0))];
        XyChart chart = new XyChart($"K = {active}: what SC recovers, and the line M = 2 K ln(N / K)", "N", "M") { XScale = AxisScale.Logarithmic }
            .Add("M = 2 K ln(N / K)", line, [.. line.Select(n => 2 * active * Math.Log(n / active))]);
        foreach ((string name, double low, double high) in (ReadOnlySpan<(string, double, double)>)[("MCC of at least .9", 0.9, 2), ("MCC .6 to .9", 0.6, 0.9), ("MCC below .6", -1, 0.6)])
        {
            (double N, double M)[] points =
                [.. from n in s_sources from m in s_measurements let y = results.Mean(Id, SettingOf(n, m, active), "SC", Measures.Latent) where y >= low && y < high select ((double)n, (double)m)];
            if (points.Length > 0)
            {
                chart.Add(name, [.. points.Select(p => p.N)], [.. points.Select(p => p.M)], SeriesStyle.Points);
            }
        }

        return chart;
    }

    private double Slope(Results results, int sources, int active)
    {
        double[] gains = [.. s_measurements.Select(m => results.Mean(Id, SettingOf(sources, m, active), "MLP-32", Measures.Latent) - results.Mean(Id, SettingOf(sources, m, active), "SAE", Measures.Latent))];
        return (gains[^1] - gains[0]) / (s_measurements.Length - 1);
    }
}
