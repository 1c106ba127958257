namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 14: dictionary learning with a solver of the Lasso, over N, M and K.</summary>
internal sealed class LarsFigure : Figure
{
    /// <summary>Our dictionary learning on the same data.</summary>
    public const string Ours = "LARS, .05, best of starts";

    private const string AsPublished = "LARS, as scikit-learn";
    private const string HalfNormal = "LARS, .05, half-normal codes";
    private const long DataSeed = 42;

    // N; latent and dictionary MCC at (M, k) = (8,3) (8,6) (8,9) (16,3) (16,6) (16,9) (32,3) (32,6) (32,9); one seed.
    private const string Published = """
        16 .932 .986 .655 .932 .458 .842 .826 .886 .972 .983 .629 .804 .861 .898 .991 .986 .970 .964
        32 .686 .923 .451 .897 .354 .837 .986 .989 .783 .905 .617 .862 .915 .942 .914 .925 .973 .973
        64 .488 .907 .281 .867 .247 .841 .786 .914 .556 .854 .388 .792 .831 .877 .857 .913 .838 .903
        128 .410 .903 .249 .869 .197 .860 .626 .841 .363 .792 .263 .743 .758 .836 .642 .805 .478 .754
        256 .365 .902 .263 .889 .223 .885 .490 .823 .303 .763 .232 .731 .611 .770 .431 .723 .293 .666
        """;

    private static readonly int[] s_sources = [16, 32, 64, 128, 256];
    private static readonly int[] s_measurements = [8, 16, 32];
    private static readonly int[] s_active = [3, 6, 9];

    /// <inheritdoc/>
    public override string Id => "14";

    /// <inheritdoc/>
    public override string Title => "Figure 14: dictionary learning with LARS";

    /// <inheritdoc/>
    public override string Setup =>
        $"Signals with signed normal codes, as scikit-learn's generator makes them, not the paper's half-normal ones; 1024 to learn from, 1024 to encode with lambda .05. '{AsPublished}': learned at lambda 1 from one start by SVD, at most "
        + $"1000 alternations. '{Ours}': learned at lambda .05, 10 starts up to 64 atoms. '{HalfNormal}': the same in the paper's own world, non-negative. quick: N up to 64, k = 3, at most 100 alternations, 3 starts.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        int most = scale.Pick(1000, 100, 2), iterations = scale.Pick(200, 100, 2);
        foreach (int active in scale.Pick(s_active, [3], [3]))
        {
            foreach (int measurements in s_measurements)
            {
                foreach (int sources in scale.Pick(s_sources, [16, 32, 64], [16]))
                {
                    for (int seed = 0; seed < Runs(scale, seeds, 1); seed++)
                    {
                        long data = DataSeed + seed;
                        string setting = RegimesFigure.SettingOf(sources, measurements, active);
                        double work = sources * (sources <= 64 ? 3.0 : 0.3) * iterations;
                        var svd = new DictionaryLearningOptions { Seed = data, Iterations = most, Restarts = 1, BatchSize = 0, Start = DictionaryStart.Svd };
                        var best = new DictionaryLearningOptions { Seed = data, Iterations = iterations, Restarts = scale.Pick((int?)null, 3, 1), BatchSize = 0 };
                        yield return Cell(setting, AsPublished, seed, $"fit at 1, encode at .05, signed, start by SVD, {most} alternations, data {data}", 1000, token => Run(Options(CodeDistribution.Normal), svd, 1, false, token));
                        yield return Cell(setting, Ours, seed, $"fit and encode at .05, signed, {best.Restarts?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "default"} starts, {iterations} alternations, data {data}", work, token => Run(Options(CodeDistribution.Normal), best, 0.05f, false, token));
                        yield return Cell(setting, HalfNormal, seed, $"fit and encode at .05, non-negative, {best.Restarts?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "default"} starts, {iterations} alternations, data {data}", work, token => Run(Options(CodeDistribution.HalfNormal), best, 0.05f, true, token));
                        SyntheticDataOptions Options(CodeDistribution codes) => World.Options(sources, measurements, active, data) with { Codes = codes };
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        string[] methods = [AsPublished, Ours, HalfNormal];
        foreach (string measure in (string[])[Measures.Latent, Measures.Dictionary])
        {
            var chart = new XyChart($"k = 3: {measure} against N", "N", measure) { XScale = AxisScale.Logarithmic };
            foreach (string method in methods)
            {
                foreach (int m in s_measurements)
                {
                    int[] there = [.. s_sources.Where(n => results.Of(Id, RegimesFigure.SettingOf(n, m, 3), method).Count > 0)];
                    if (there.Length > 0)
                    {
                        chart.Add($"M {m}, {method["LARS, ".Length..]}", [.. there.Select(n => (double)n)], [.. there.Select(n => results.Mean(Id, RegimesFigure.SettingOf(n, m, 3), method, measure))], SeriesStyle.LineAndPoints);
                    }
                }
            }

            section.Add(chart);
        }

        Tables.Add(section, results, Id, Tables.Settings(results, Id), methods, Measures.Latent, Measures.Dictionary, Measures.DictionaryExact, Measures.L0, Measures.TrainFlops);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 1))
        {
            for (int i = 0; i < numbers.Length / 2; i++)
            {
                int measurements = s_measurements[i / 3], active = s_active[i % 3];
                string setting = RegimesFigure.SettingOf(int.Parse(keys[0], null), measurements, active);
                yield return Claim.Number("3.6, figure 14", $"{setting}, latent MCC", numbers[2 * i], 0, results.Values(Id, setting, AsPublished, Measures.Latent), 0.05, "published: one seed");
                yield return Claim.Number("3.6, figure 14", $"{setting}, dictionary MCC", numbers[(2 * i) + 1], 0, results.Values(Id, setting, AsPublished, Measures.Dictionary), 0.05, "published: one seed");
            }
        }

        string best = RegimesFigure.SettingOf(16, 8, 3);
        double coding = results.Mean("4", NothingKnownFigure.Setting, "SC", Measures.Latent), atoms = results.Mean("4", NothingKnownFigure.Setting, "SC", Measures.Dictionary);
        yield return Claim.AtLeast("3.6, figure 14", "LARS beats gradient SC at the default point in latent MCC", "+.24", [.. results.Values(Id, best, HalfNormal, Measures.Latent).Select(v => v - coding).Where(double.IsFinite)], 0, "in the paper's own world; other seeds than SC's, not paired");
        yield return Claim.AtLeast("3.6, figure 14", "LARS beats gradient SC at the default point in dictionary MCC", "+.15", [.. results.Values(Id, best, HalfNormal, Measures.Dictionary).Select(v => v - atoms).Where(double.IsFinite)], 0, "as above");
    }

    private static Outcome Run(SyntheticDataOptions data, DictionaryLearningOptions learning, float lambda, bool nonNegative, CancellationToken token)
    {
        World world = World.Draw(data);
        var options = new LarsOptions { AtomCount = world.Sources, Lambda = lambda, NonNegative = nonNegative };
        LarsEncoder learned = new LarsEncoder(options, learning).Fit(world.Train, World.Context, token);
        Dictionary<string, double> values = world.Score(new LarsEncoder(learned.Dictionary, new LarsOptions { Lambda = 0.05f, NonNegative = nonNegative }), 0.05f, token);
        World.AddFlops(values, learned.Training!.Flops, Measures.TrainFlops, Measures.TrainPublished);
        return new Outcome { Values = values };
    }
}
