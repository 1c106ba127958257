namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The follow-up "Stop Probing, Start Coding": sweeps over n, samples, k, phase ratio and λ, in and out of distribution.</summary>
internal sealed class FollowUpFigure : Figure
{
    private const string Out = "OOD latent MCC";
    private const string Frozen = "latent MCC, FISTA on its decoder";
    private const string Precision = "support precision";
    private const string Recall = "support recall";

    // n (k = 10, 5000 samples); in and out of distribution: oracle, DL-FISTA, Softplus-Adam, SAE ReLU, TopK, JumpReLU, MP; mean of 3 seeds.
    private const string Published = """
        50 .974 .971 .928 .917 .534 .427 .539 .549 .657 .603 .337 .410 .355 .396
        100 .986 .986 .951 .945 .589 .406 .400 .413 .813 .705 .252 .324 .433 .349
        500 .992 .992 .963 .955 .234 .188 .201 .218 .253 .212 .179 .176 .158 .149
        1000 .993 .993 .763 .475 .256 .167 .174 .183 .218 .191 .214 .166 .168 .143
        5000 .943 .992 .425 .262 .479 .215 .257 .225 .431 .344 .314 .239 .419 .296
        10000 .817 .982 .425 .338 .549 .328 .270 .281 .419 .498 .299 .242 .542 .465
        """;

    private const string Samples = """
        100 .370 .479 .453
        500 .509 .346 .315
        1000 .919 .351 .318
        5000 .951 .813 .400
        10000 .946 .839 .425
        """;

    private const string Sparsity = """
        2 .933 .778
        5 .990 .798
        10 .993 .763
        20 .992 .218
        50 .989 .159
        100 .985 .141
        """;

    private const string Phase = """
        0.5 .652 .364 .278 .206 .195
        1 .966 .856 .399 .294 .224
        1.5 .989 .940 .571 .377 .246
        2 .992 .951 .747 .445 .297
        3 .994 .959 .860 .478 .351
        6 .995 .959 .883 .499 .509
        """;

    private const string Penalty = """
        0.001 .993
        0.005 1.000
        0.01 1.000
        0.05 .996
        0.1 .986
        0.2 .951
        0.5 .767
        1 .337
        2 0
        """;

    /// <inheritdoc/>
    public override string Id => "followup";

    /// <inheritdoc/>
    public override string Title => "The follow-up: Stop Probing, Start Coding";

    /// <inheritdoc/>
    public override string Setup =>
        "Codes uniform in (0, 1), exactly k active, m = ceil(2 k ln(n / k)); half of the samples to learn from, half to measure on, and half as many out of distribution. FISTA: lambda .1, 100 steps, on the true dictionary (oracle) or one learned by "
        + "alternation with least squares on the very signals that are measured (DL-FISTA, at most 1000 rounds; here a round solves its Lasso by coordinate descent from the codes of the round before to a duality gap of 1e-4 in the place of 100 steps of FISTA: the same solution for less; learning ends where ten rounds in a row lower the objective by less than 1e-5 of it, and at n = 1000 with more than 10 active there are at most 200 rounds and one run). Exp-Adam is the library's "
        + "sparse coding in the place of Softplus-Adam. SAEs: batch 64, Adam 5e-4, 500 epochs. The phase grid is n = 100, k = 5 here (the published means are over n and k). Of n = 5000 and 10,000 there is the oracle "
        + "only, one run, unless --figure followup-large was run as well (hours: one run of the others, at most 100 rounds at n = 5000 and 25 at 10,000, 2000 steps of Exp-Adam). LISTA, whose published figures are not known, stands among the modern methods. quick: n up to 100, 60 epochs, 100 rounds, and at most 5000 samples.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        var sweeps = new List<(string Setting, int Sources, int Active, int Samples, double Ratio, float Lambda, string[] Methods)>();
        string[] all = [.. FollowUpMethods.All], learned = ["FISTA oracle", "DL-FISTA", "SAE ReLU", "SAE TopK"], given = ["FISTA oracle"];
        foreach (int n in scale.Pick<int[]>([50, 100, 500, 1000, 5000, 10_000], [50, 100, 500, 1000], [50]))
        {
            int most = scale.Pick(1000, 100, 50);
            sweeps.Add((OverSources(n), n, 10, scale.Pick(5000, 5000, 200), 2, FollowUpMethods.Lambda, n <= most ? all : given));
        }

        foreach (int samples in scale.Pick<int[]>([100, 500, 1000, 10_000, 100_000], [100, 500, 1000], [100]))
        {
            sweeps.Add(($"samples {samples}", 100, 10, samples, 2, FollowUpMethods.Lambda, learned[1..]));
        }

        // k = 10 is the setting n 1000.
        foreach (int k in scale.Pick<int[]>([2, 5, 20, 50, 100], [2, 5, 20, 50], [2]))
        {
            sweeps.Add(($"k {k}", 1000, k, scale.Pick(5000, 1000, 100), 2, FollowUpMethods.Lambda, scale == Scale.Paper ? learned[..2] : given));
        }

        foreach (double ratio in scale.Pick<double[]>([0.5, 1, 1.5, 2, 3, 6], [0.5, 1, 2, 6], [1]))
        {
            sweeps.Add((FormattableString.Invariant($"ratio {ratio}"), 100, 5, scale.Pick(2000, 2000, 100), ratio, FollowUpMethods.Lambda, [.. learned, "Exp-Adam"]));
        }

        foreach (float lambda in scale.Pick<float[]>([0.001f, 0.005f, 0.01f, 0.05f, 0.1f, 0.2f, 0.5f, 1, 2], [0.001f, 0.01f, 0.1f, 0.5f, 2], [0.1f]))
        {
            sweeps.Add((FormattableString.Invariant($"lambda {lambda}"), 100, 10, scale.Pick(5000, 5000, 100), 2, lambda, given));
        }

        foreach (var sweep in sweeps)
        {
            bool costly = sweep.Sources >= 1000 && (sweep.Sources > 1000 || sweep.Active > 10);
            for (int seed = 0; seed < Runs(scale, seeds, costly ? 1 : 3); seed++)
            {
                var methods = new FollowUpMethods(seed, scale.Pick(500, 60, 1), scale.Pick(costly ? 200 : 1000, 100, 2));
                foreach (string method in sweep.Methods)
                {
                    yield return Cell(sweep.Setting, sweep.Sources, sweep.Active, sweep.Samples, sweep.Ratio, sweep.Lambda, methods, method);
                }
            }
        }
    }

    /// <summary>The learned methods at n = 5000 and 10,000, one run: rows of this figure, for hours.</summary>
    public IEnumerable<Cell> LargeCells(Scale scale)
    {
        foreach (int n in scale.Pick<int[]>([5000, 10_000], [1000], [50]))
        {
            foreach (string method in FollowUpMethods.All.Skip(1))
            {
                // Ten steps of Exp-Adam for a round.
                var methods = new FollowUpMethods(0, scale.Pick(500, 60, 1), scale.Pick(method == "Exp-Adam" ? 200 : n == 5000 ? 100 : 25, 20, 2));
                yield return Cell(OverSources(n), n, 10, scale.Pick(5000, 5000, 200), 2, FollowUpMethods.Lambda, methods, method);
            }
        }
    }

    private Cell Cell(string setting, int sources, int active, int samples, double ratio, float lambda, FollowUpMethods methods, string method)
    {
        double work = methods.Work(method, sources, FollowUpWorld.Dimension(sources, active, ratio), samples / 2);
        string recipe = FormattableString.Invariant($"{samples} samples, lambda {lambda}, {methods.Epochs} epochs, {methods.Rounds} rounds of coordinate descent to a gap of 1e-4, sources that are never active left out, seed {methods.Seed}");
        return Cell(setting, method, (int)methods.Seed, recipe, work, token => Run(new FollowUpWorld(sources, active, samples, ratio, methods.Seed), methods, method, lambda, token));
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        foreach ((string prefix, string label, AxisScale axis) in ((string, string, AxisScale)[])[("n ", "n", AxisScale.Logarithmic), ("samples ", "samples", AxisScale.Logarithmic), ("k ", "k", AxisScale.Logarithmic), ("ratio ", "m / (k ln(n / k))", AxisScale.Linear), ("lambda ", "lambda", AxisScale.Logarithmic)])
        {
            List<(string Setting, double X)> settings =
                [.. Tables.Settings(results, Id).Where(s => s.StartsWith(prefix, StringComparison.Ordinal)).Select(s => (s, double.Parse(s.AsSpan(prefix.Length), System.Globalization.CultureInfo.InvariantCulture)))];
            if (prefix == "k ")
            {
                settings.Add((SettingOf(prefix, "10"), 10));
            }

            settings.Sort((a, b) => a.X.CompareTo(b.X));
            foreach (string measure in prefix == "n " ? [Measures.Latent, Out] : (string[])[Measures.Latent])
            {
                var chart = new XyChart($"{measure} against {label}", label, measure) { XScale = axis };
                foreach (string method in FollowUpMethods.All)
                {
                    (string Setting, double X)[] there = [.. settings.Where(s => results.Of(Id, s.Setting, method).Count > 0)];
                    if (there.Length > 0)
                    {
                        chart.Add(method, [.. there.Select(s => s.X)], [.. there.Select(s => results.Mean(Id, s.Setting, method, measure))], SeriesStyle.LineAndPoints);
                    }
                }

                section.Add(chart);
            }
        }

        Tables.Add(section, results, Id, Tables.Settings(results, Id), [.. FollowUpMethods.All], Measures.Latent, Out, Measures.DictionaryExact, Measures.L0, Precision, Recall, Frozen);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 1))
        {
            string setting = OverSources(int.Parse(keys[0], null));
            for (int i = 0; i < FollowUpMethods.All.Count; i++)
            {
                string method = FollowUpMethods.All[i], note = method == "Exp-Adam" ? "published: softplus codes" : string.Empty;
                yield return Claim.Number("5.1, main table", $"{setting}, {method}, in distribution", numbers[2 * i], 0, results.Values(Id, setting, method, Measures.Latent), 0.05, note);
                yield return Claim.Number("5.1, main table", $"{setting}, {method}, out of distribution", numbers[(2 * i) + 1], 0, results.Values(Id, setting, method, Out), 0.05, note);
            }

            yield return Claim.Difference("5.1, message", $"{setting}: dictionary learning, not inference, binds: the oracle lies above DL-FISTA", Intervals.Number(numbers[0] - numbers[2]), results.Pairs(Id, setting, "FISTA oracle", "DL-FISTA", Measures.Latent));
        }

        (string Prefix, string Table, string[] Methods)[] sweeps =
        [
            ("samples ", Samples, ["DL-FISTA", "SAE TopK", "SAE ReLU"]),
            ("k ", Sparsity, ["FISTA oracle", "DL-FISTA"]),
            ("ratio ", Phase, ["FISTA oracle", "DL-FISTA", "Exp-Adam", "SAE TopK", "SAE ReLU"]),
            ("lambda ", Penalty, ["FISTA oracle"]),
        ];
        foreach ((string prefix, string table, string[] methods) in sweeps)
        {
            foreach ((string[] keys, double[] numbers) in PublishedTable.Read(table, 1))
            {
                for (int i = 0; i < methods.Length; i++)
                {
                    yield return Claim.Number("5.1, sweeps", $"{prefix}{keys[0]}, {methods[i]}", numbers[i], 0, results.Values(Id, SettingOf(prefix, keys[0]), methods[i], Measures.Latent), 0.05);
                }
            }
        }

        string hundred = OverSources(100);
        foreach ((string method, double before, double after) in ((string, double, double)[])[("SAE ReLU", .400, .388), ("SAE TopK", .813, .906), ("SAE JumpReLU", .252, .244), ("SAE MP", .433, .408)])
        {
            yield return Claim.Number("5.1, frozen decoders", $"n 100, {method}: FISTA on its decoder (own codes: {Intervals.Number(before)})", after, 0, results.Values(Id, hundred, method, Frozen), 0.05);
        }

        foreach ((string method, double precision, double recall) in ((string, double, double)[])[("SAE ReLU", .110, .965), ("SAE TopK", .681, .681), ("SAE JumpReLU", .098, .946), ("SAE MP", .349, .349)])
        {
            yield return Claim.Number("5.1, supports", $"n 100, {method}: precision", precision, 0, results.Values(Id, hundred, method, Precision), 0.05);
            yield return Claim.Number("5.1, supports", $"n 100, {method}: recall", recall, 0, results.Values(Id, hundred, method, Recall), 0.05);
        }
    }

    /// <summary>
    /// Sources divided by those that are ever active. A source that never is counts 0 in the MCC and takes nothing from the others' matching, so times this it is left out of
    /// the mean, as the follow-up does; out of distribution nearly half are silent.
    /// </summary>
    private static double Active(World world) => (double)world.Sources / world.TestCodes.Atoms.ToArray().Distinct().Count();

    private static string OverSources(int sources) => $"n {sources}";

    /// <summary>Where a point of a sweep is stored: k = 10 of the sweep over k is n = 1000 of that over n.</summary>
    private static string SettingOf(string prefix, string value) => prefix == "k " && value == "10" ? OverSources(1000) : prefix + value;

    private static Outcome Run(FollowUpWorld world, FollowUpMethods methods, string method, float lambda, CancellationToken token)
    {
        IEncoder encoder = methods.Learn(world, world.InDistribution, method, lambda, token);
        SparseCodes codes = world.InDistribution.Encode(encoder, token);
        Dictionary<string, double> values = world.InDistribution.Score(codes, encoder.Decoder, 0.01f, token);

        // Those that learn from what is measured learn anew out of distribution.
        IEncoder outside = method is "DL-FISTA" or "Exp-Adam" ? methods.Learn(world, world.OutOfDistribution, method, lambda, token) : encoder;
        values[Measures.Latent] *= Active(world.InDistribution);
        values[Out] = Mcc.Between(world.OutOfDistribution.TestCodes, world.OutOfDistribution.Encode(outside, token), token).Value * Active(world.OutOfDistribution);
        SupportMetrics support = SupportMetrics.Measure(world.InDistribution.TestCodes, codes, 1e-4f, token);
        (values[Precision], values[Recall]) = (support.Precision, support.Recall);
        if (method.StartsWith("SAE", StringComparison.Ordinal) && encoder.Decoder is AtomDictionary dictionary)
        {
            values[Frozen] = Mcc.Between(world.InDistribution.TestCodes, world.InDistribution.Encode(FollowUpMethods.Solver(dictionary, lambda), token), token).Value * Active(world.InDistribution);
        }

        return new Outcome { Values = values };
    }
}
