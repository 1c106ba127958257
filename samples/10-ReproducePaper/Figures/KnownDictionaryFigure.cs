namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 3: the dictionary is known; amortised encoders learn to use it, inference-time optimisation and solvers of the Lasso use it as it is.</summary>
internal sealed class KnownDictionaryFigure : Figure
{
    /// <summary>Its one setting.</summary>
    public const string Setting = "known dictionary";

    /// <summary>FISTA at the paper's λ.</summary>
    public const string Fista = "FISTA 0.0025";

    private const long DataSeed = 20240625;
    private static readonly float[] s_lambdas = [0.0025f, 0.01f, 0.05f, 0.125f];

    /// <summary>Solvers of one signal's Lasso at the paper's λ.</summary>
    public static IReadOnlyList<string> Lassos { get; } = [Fista, "LARS 0.0025"];

    /// <inheritdoc/>
    public override string Id => "3";

    /// <inheritdoc/>
    public override string Title => "Figure 3: known dictionary";

    /// <inheritdoc/>
    public override string Setup =>
        "The world of figure 2 with its dictionary known. SAE and MLP by the paper's recipe (no biases, Adam 1e-3, 20,000 steps). ITO runs on the 1024 test signals from log-codes of -10, 20,000 iterations at 1e-3 "
        + "(quick: 10,000 at 2e-3); it depends on no seed, so it is one run. FISTA and LARS solve the same Lasso to its end (lambda .0025 here is the paper's .01).";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(20_000, 6000, 20);
        long[] stops = Scale.Until(steps, 0, 100, 250, 500, 1000, 1500, 2000, 3000, 5000, 7500, 10_000, 15_000);
        for (int seed = 0; seed < Runs(scale, seeds, 5, 2); seed++)
        {
            var recipe = new PaperRecipe(16, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift);
            yield return Cell(Setting, "SAE", seed, recipe.ToString(), steps * Trial.StepWork("SAE", 16, 8) * 2, token => Run(recipe.Sae().CreateTrainer, stops, recipe.Lambda, token));
            foreach (int width in (int[])[32, 256])
            {
                yield return Cell(Setting, $"MLP-{width}", seed, recipe.ToString(), steps * Trial.StepWork($"MLP-{width}", 16, 8), token => Run(recipe.Mlp(width).CreateTrainer, stops, recipe.Lambda, token));
            }
        }

        int iterations = scale.Pick(20_000, 10_000, 40);
        float rate = scale.Pick(1e-3f, 2e-3f, 1e-2f);
        long[] looks = Scale.Until(iterations, [.. ((int[])[100, 2000, 5000, 8000, 10_000, 15_000]).Select(i => (long)(i * (1e-3f / rate)))]);
        yield return Cell(Setting, "ITO", 0, FormattableString.Invariant($"paper's inference, {iterations} iterations at {rate}"), Trial.InferenceWork(looks.Sum(), 16), token => Ito(looks, rate, token));
        foreach (float lambda in s_lambdas)
        {
            yield return Cell(Setting, FormattableString.Invariant($"FISTA {lambda}"), 0, "non-negative, to a gap of 1e-6", 100, token => Solve(d => new FistaEncoder(d, new FistaOptions { Lambda = lambda, NonNegative = true }), token));
            yield return Cell(Setting, FormattableString.Invariant($"LARS {lambda}"), 0, "non-negative", 100, token => Solve(d => new LarsEncoder(d, new LarsOptions { Lambda = lambda, NonNegative = true }), token));
        }

        foreach ((string method, Func<AtomDictionary, IEncoder> create) in Pursuits.On(3))
        {
            yield return Cell(Setting, method, 0, "3 active, non-negative", 100, token => Solve(create, token));
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        Curves.Add(section, results, Id, Setting, ["SAE", "MLP-32", "MLP-256", "ITO"], Measures.Latent, "latent MCC", Curves.AgainstSteps, Curves.AgainstExact, Curves.AgainstPublished);
        Tables.Add(section, results, Id, [Setting], Tables.Methods(results, Id, "SAE", "MLP-32", "MLP-256", "ITO"), Measures.Latent, Measures.Mse, Measures.L0, Measures.Shrinkage, Measures.TrainFlops, Measures.EncodeFlops);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        (string Method, double Value, double Spread)[] published = [("SAE", 0.609, 0.038), ("MLP-32", 0.780, 0.063), ("MLP-256", 0.818, 0.113), ("ITO", 0.967, 0)];
        foreach ((string method, double value, double spread) in published)
        {
            yield return Claim.Number("3.2", $"{method}, final MCC", value, spread, results.Values(Id, Setting, method, Measures.Latent));
        }

        double[] peaks = [.. results.Of(Id, Setting, "SAE").Where(r => r.Curve.Count > 0).Select(r => r.Curve.Max(p => p.Values[Measures.Latent]))];
        yield return Claim.Number("3.2", "SAE, MCC at its peak", 0.710, 0, peaks);
        double[] declines = [.. results.Of(Id, Setting, "SAE").Where(r => r.Curve.Count > 0).Select(r => r.Curve.Max(p => p.Values[Measures.Latent]) - r.Values[Measures.Latent])];
        yield return Claim.AtLeast("3.2", "The SAE declines after its peak, by at least .01", "0.101", declines, 0.01);
        yield return Claim.Difference("3.2", "MLP-32 lies above the SAE", "0.17", results.Pairs(Id, Setting, "MLP-32", "SAE", Measures.Latent));
        yield return Claim.Difference("3.2", "MLP-256 lies above the SAE (\"nearly 0.2\")", "0.21", results.Pairs(Id, Setting, "MLP-256", "SAE", Measures.Latent));
        foreach ((long step, double value) in ((long, double)[])[(100, 0.502), (2000, 0.703), (5000, 0.739), (8000, 0.918), (10_000, 0.942)])
        {
            yield return Claim.Number("3.2", $"ITO at iteration {step}", value, 0, At(results, step), 0.05, "at --scale quick iterations count double");
        }

        foreach ((float lambda, double mcc, double l0) in ((float, double, double)[])[(0.0025f, 0.987, 4.22), (0.01f, 0.985, 4.14), (0.05f, 0.976, 3.77), (0.125f, 0.957, 3.32)])
        {
            string method = FormattableString.Invariant($"FISTA {lambda}");
            yield return Claim.Number("3.2", $"Converged non-negative Lasso, lambda {Intervals.Number(lambda)}: MCC", mcc, 0, results.Values(Id, Setting, method, Measures.Latent), 0.01, "not in the paper; an independent run");
            yield return Claim.Number("3.2", $"Converged non-negative Lasso, lambda {Intervals.Number(lambda)}: L0", l0, 0, results.Values(Id, Setting, method, Measures.L0), 0.3, "not in the paper; an independent run");
        }

        foreach ((string method, double flops) in ((string, double)[])[("SAE", 2.77e10), ("MLP-32", 1.09e11), ("MLP-256", 7.89e11)])
        {
            yield return Claim.Factor("3.2", $"{method}, training FLOPs at the end (paper's count)", flops, results.Values(Id, Setting, method, Measures.TrainPublished), 1.05, "steps differ at --scale quick");
        }

        yield return Claim.Factor("3.2", "ITO, FLOPs (paper's count)", 1.43e10, results.Values(Id, Setting, "ITO", Measures.EncodePublished), 1.05, "iterations differ at --scale quick");
    }

    private static Outcome Run<TEncoder>(Func<ActivationSource, IDictionary, RunContext?, Trainer<TEncoder>> create, long[] stops, float lambda, CancellationToken token)
        where TEncoder : class, IEncoder
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        return Recorder.Run(create(world.Train, world.Dictionary, World.Context), world.Train, stops, encoder => world.Score(encoder, lambda, token), token).Outcome;
    }

    /// <summary>Every look starts anew: the optimiser's moments are no part of a code, so a code cannot be gone on with.</summary>
    private static Outcome Ito(long[] looks, float rate, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        CurvePoint[] curve = [.. looks.Select(i => new CurvePoint(i, world.Score(new ItoEncoder(world.Dictionary, ItoOptions.Paper(8, 16, 1024, (int)i, 0.01f, rate)), 0.01f, token)))];
        foreach (CurvePoint point in curve)
        {
            (point.Values[Measures.TrainFlops], point.Values[Measures.TrainPublished]) = (0, 0);
        }

        return new Outcome { Values = new Dictionary<string, double>(curve[^1].Values), Curve = curve };
    }

    private static Outcome Solve(Func<AtomDictionary, IEncoder> create, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        return new Outcome { Values = world.Score(create(world.Dictionary), 0.01f, token) };
    }

    private static double[] At(Results results, long step) =>
        [.. results.Of("3", Setting, "ITO").SelectMany(r => r.Curve.Where(p => p.Step == step || (p.Step * 2 == step && r.Curve[^1].Step == 10_000)).Take(1)).Select(p => p.Values[Measures.Latent])];
}
