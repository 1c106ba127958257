namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 4: nothing but the signals is known; codes and dictionary are learned together.</summary>
internal sealed class NothingKnownFigure : Figure
{
    /// <summary>Its one setting.</summary>
    public const string Setting = "nothing known";

    private const long DataSeed = 20240926;
    private static readonly string[] s_methods = ["SAE", "SAE+ITO", "MLP-32", "MLP-256", "SC"];

    /// <inheritdoc/>
    public override string Id => "4";

    /// <inheritdoc/>
    public override string Title => "Figure 4: nothing known";

    /// <inheritdoc/>
    public override string Setup =>
        "16 sources, 8 measurements, 3 active; one world (data seed 20240926), initialisation differs between runs. Adam 1e-3, 40,000 steps, full batches. Sparse coding (SC) has a free code for each training signal, "
        + "from exp(-10); its test codes and those of SAE+ITO are optimised anew at every look, 10,000 iterations at 3e-3. quick: 10,000 steps at 2e-3, SC at 6e-3, its inference 1000 iterations at 3e-2. "
        + "The paper's count of SC multiplies two of its terms by the batch twice, 59 times too many at this size; 'corrected' counts them once. "
        + "'SC, library' is the library's own recipe: codes from exp(-4), Adam at .02.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(40_000, 10_000, 20);
        long[] stops = Scale.Until(steps, 0, 100, 500, 1000, 2500, 5000, 7500, 10_000, 20_000, 30_000);
        for (int seed = 0; seed < Runs(scale, seeds, 5, 3); seed++)
        {
            PaperRecipe recipe = new PaperRecipe(16, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift)
            {
                Iterations = scale.Pick(10_000, 1000, 20),
                InferenceRate = scale.Pick(3e-3f, 3e-2f, 3e-2f),
                Rate = scale.Pick(1e-3f, 2e-3f, 2e-3f),
            };
            PaperRecipe coding = recipe with { Rate = scale.Pick(1e-3f, 6e-3f, 6e-3f) };
            double encoding = Trial.InferenceWork(recipe.Iterations, 16);
            long[] rare = Scale.Until(steps, 0, 1000, 2500, 5000, 10_000, 20_000);
            yield return Cell(Setting, "SAE", seed, recipe.ToString(), steps * Trial.StepWork("SAE", 16, 8), token => Run(w => recipe.Sae().CreateTrainer(w.Train, World.Context), stops, token));
            yield return Cell(Setting, "SAE+ITO", seed, recipe.ToString(), (steps * Trial.StepWork("SAE", 16, 8)) + (rare.Length * encoding), token => Ito(recipe, rare, token));
            yield return Cell(Setting, "MLP-32", seed, recipe.ToString(), steps * Trial.StepWork("MLP-32", 16, 8), token => Run(w => recipe.Mlp(32).CreateTrainer(w.Train, World.Context), stops, token));
            yield return Cell(Setting, "MLP-256", seed, recipe.ToString(), steps * Trial.StepWork("MLP-256", 16, 8), token => Run(w => recipe.Mlp(256).CreateTrainer(w.Train, World.Context), stops, token));
            yield return Cell(Setting, "SC", seed, coding.ToString(), (steps * Trial.StepWork("SC", 16, 8)) + (stops.Length * encoding), token => Run(w => coding.SparseCoding().CreateTrainer(w.Train, World.Context), stops, token));
            long own = scale.Pick(10_000, 5000, 20);
            TrainingOptions training = SparseCodingEncoder.DefaultTraining with { Seed = recipe.Seed, Steps = own };
            yield return Cell(Setting, "SC, library", seed, $"the library's recipe, {own} steps, seed {recipe.Seed}", (own * Trial.StepWork("SC", 16, 8)) + Trial.InferenceWork(8 * 500, 16), token =>
                Run(w => new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 16, Inference = scale == Scale.Smoke ? new ItoOptions { Iterations = 20 } : new ItoOptions() }, training).CreateTrainer(w.Train, World.Context), Scale.Until(own, 100, 500, 1000, 2500, 5000, 7500), token));
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        string[] all = [.. s_methods, "SC, library"];
        Curves.Add(section, results, Id, Setting, all, Measures.Latent, "latent MCC", Curves.AgainstSteps, Curves.AgainstExact, Curves.AgainstPublished);
        Curves.Add(section, results, Id, Setting, all, Measures.Dictionary, "dictionary MCC", Curves.AgainstSteps, Curves.AgainstExact);
        Tables.Add(section, results, Id, [Setting], all, Measures.Latent, Measures.Dictionary, Measures.Mse, Measures.L0, Measures.Loss);
        Tables.Add(section, results, Id, [Setting], all, Measures.TrainFlops, Measures.TrainPublished, NothingKnownCosts.Corrected, Measures.EncodeFlops, Measures.EncodePublished);
        NothingKnownCosts.AddMatched(section, results, Setting, all);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        (string Method, double Latent, double LatentSpread, double Atoms, double AtomsSpread, double Train, double Test, double Loss)[] published =
        [
            ("SAE", 0.566, 0.011, 0.745, 0.015, 7.05e10, 5.4e5, 2.10e-3),
            ("SAE+ITO", 0.583, 0.020, 0.745, 0.015, 7.05e10, 7.21e9, 2.19e-3),
            ("MLP-32", 0.623, 0.070, 0.791, 0.045, 2.32e11, 1.9e6, 1.97e-3),
            ("MLP-256", 0.643, 0.072, 0.851, 0.038, 1.58e12, 1.3e7, 2.26e-3),
            ("SC", 0.691, 0.051, 0.837, 0.038, 2.07e12, 7.21e9, 2.16e-3),
        ];
        foreach (var row in published)
        {
            yield return Claim.Number("3.3", $"{row.Method}, latent MCC", row.Latent, row.LatentSpread, results.Values(Id, Setting, row.Method, Measures.Latent));
            yield return Claim.Number("3.3", $"{row.Method}, dictionary MCC", row.Atoms, row.AtomsSpread, results.Values(Id, Setting, row.Method, Measures.Dictionary));
            yield return Claim.Factor("3.3", $"{row.Method}, test loss", row.Loss, results.Values(Id, Setting, row.Method, Measures.Loss), 1.15);
            yield return Claim.Factor("3.3", $"{row.Method}, training FLOPs (paper's count)", row.Train, results.Values(Id, Setting, row.Method, Measures.TrainPublished), 1.05, "steps differ at --scale quick");
            yield return Claim.Factor("3.3", $"{row.Method}, test FLOPs (paper's count)", row.Test, results.Values(Id, Setting, row.Method, Measures.EncodePublished), 1.05, "iterations differ at --scale quick");
        }

        foreach ((string other, string lead) in ((string, string)[])[("MLP-256", "0.048"), ("MLP-32", "0.068"), ("SAE", "0.125")])
        {
            yield return Claim.Difference("3.3", $"SC lies above {other} in latent MCC", lead, results.Pairs(Id, Setting, "SC", other, Measures.Latent));
        }

        yield return Claim.Difference("3.3", "SC lies above the SAE in dictionary MCC (published: about .1)", "0.092", results.Pairs(Id, Setting, "SC", "SAE", Measures.Dictionary));
        double[] dips = [.. results.Of(Id, Setting, "SC").Where(r => r.Curve.Count > 1).Select(r => r.Curve[0].Values[Measures.Dictionary] - r.Curve.Min(p => p.Values[Measures.Dictionary]))];
        yield return Claim.AtLeast("3.3", "SC's dictionary MCC dips before it rises (.674 to .387)", "0.287", dips, 0.05);
        yield return Claim.Difference("3.3", "Beyond the paper: SC by the library's recipe lies above SC by the paper's", "-", results.Pairs(Id, Setting, "SC, library", "SC", Measures.Latent));
        foreach (Claim claim in NothingKnownCosts.Claims(results, Setting))
        {
            yield return claim;
        }
    }

    private static Outcome Run<TEncoder>(Func<World, Trainer<TEncoder>> create, long[] stops, CancellationToken token)
        where TEncoder : class, IEncoder
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        return NothingKnownCosts.WithCorrection(Recorder.Run(create(world), world.Train, stops, encoder => world.Score(encoder, 0.01f, token), token), world);
    }

    /// <summary>The paper's inference on the SAE's own dictionary at each look; training is the SAE's.</summary>
    private static Outcome Ito(PaperRecipe recipe, long[] stops, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        return Recorder.Run(recipe.Sae().CreateTrainer(world.Train, World.Context), world.Train, stops, sae => world.Score(new ItoEncoder(sae.Dictionary, recipe.Inference), 0.01f, token), token).Outcome;
    }
}
