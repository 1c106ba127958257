namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 2: the codes of the training half are known; encoders learn them by the cosine loss of each latent across the batch.</summary>
internal sealed class KnownCodesFigure : Figure
{
    /// <summary>Its one setting.</summary>
    public const string Setting = "known codes";

    private const long DataSeed = 20240625;
    private static readonly int[] s_widths = [32, 256, 1024];

    /// <inheritdoc/>
    public override string Id => "2";

    /// <inheritdoc/>
    public override string Title => "Figure 2: known codes";

    /// <inheritdoc/>
    public override string Setup =>
        "16 sources, 8 measurements, 3 active; one world (data seed 20240625), initialisation differs between runs. Cosine loss of each latent across the batch, encoder bias, Adam 1e-3, 20,000 steps. "
        + "Index-aligned correlation on 1024 new signals.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(20_000, 3000, 20);
        long[] stops = Scale.Until(steps, 0, 10, 20, 50, 90, 150, 250, 460, 780, 1500, 2500, 5000, 7500, 10_000, 15_000);
        for (int seed = 0; seed < Runs(scale, seeds, 5, 2); seed++)
        {
            var recipe = new PaperRecipe(16, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift) { Bias = true };
            yield return Cell(Setting, "SAE", seed, recipe.ToString(), steps * Trial.StepWork("SAE", 16, 8) * 4, token => Run(recipe.Sae().CreateTrainer, stops, token));
            foreach (int width in s_widths)
            {
                yield return Cell(Setting, $"MLP-{width}", seed, recipe.ToString(), steps * Trial.StepWork($"MLP-{width}", 16, 8) * 1.7, token => Run(recipe.Mlp(width).CreateTrainer, stops, token));
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        Curves.Add(section, results, Id, Setting, [.. Methods], Measures.Aligned, "aligned MCC", Curves.AgainstSteps, Curves.AgainstExact, Curves.AgainstPublished);
        Tables.Add(section, results, Id, [Setting], [.. Methods], Measures.Aligned, Measures.TrainFlops, Measures.TrainPublished);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        (string Method, double Value, double Spread)[] published = [("SAE", 0.862, 0.025), ("MLP-32", 0.901, 0.047), ("MLP-256", 0.900, 0.028), ("MLP-1024", 0.950, 0.001)];
        foreach ((string method, double value, double spread) in published)
        {
            yield return Claim.Number("3.1", $"{method}, final test MCC", value, spread, results.Values(Id, Setting, method, Measures.Aligned));
        }

        yield return Claim.Difference("3.1", "The widest MLP lies above the SAE (published: about .1)", "0.088", results.Pairs(Id, Setting, "MLP-1024", "SAE", Measures.Aligned));
        foreach ((string method, double step, double flops) in ((string, double, double)[])[("MLP-32", 460, 2.3e9), ("MLP-256", 90, 3.6e9), ("MLP-1024", 20, 3.3e9)])
        {
            yield return Claim.Factor("3.1", $"{method} passes the SAE's final MCC at step", step, Passing(results, method, null), 2, "looked at 15 steps only, interpolated linearly");
            yield return Claim.Factor("3.1", $"{method} passes the SAE's final MCC at FLOPs (paper's count)", flops, Passing(results, method, Measures.TrainPublished), 2, "as above");
        }
    }

    private static IEnumerable<string> Methods => ["SAE", .. s_widths.Select(w => $"MLP-{w}")];

    private static Outcome Run<TEncoder>(Func<ActivationSource, SparseCodes, RunContext?, Trainer<TEncoder>> create, long[] stops, CancellationToken token)
        where TEncoder : class, IEncoder
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        return Recorder.Run(create(world.Train, world.TrainCodes, World.Context), world.Train, stops, encoder => world.ScoreAligned(encoder, token), token).Outcome;
    }

    /// <summary>Where a run first reaches the mean final MCC of the SAE, in steps or in a count of operations.</summary>
    private double[] Passing(Results results, string method, string? measure)
    {
        double plateau = results.Mean(Id, Setting, "SAE", Measures.Aligned);
        return double.IsNaN(plateau) ? [] : [.. results.Of(Id, Setting, method).Select(r => Curves.Crossing(r.Curve, Measures.Aligned, plateau, measure)).Where(double.IsFinite)];
    }
}
