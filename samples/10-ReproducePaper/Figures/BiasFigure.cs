namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figure 13: with and without biases.</summary>
internal sealed class BiasFigure : Figure
{
    private const long DataSeed = 20240926;
    private const string With = "bias";
    private const string Without = "no bias";

    // Latent MCC, dictionary MCC, share above 1e-4: with bias, without; 3 runs, deviation about .025.
    private const string Published = """
        SAE .563 .709 .495 .567 .730 .495
        SC .623 .816 .524 .669 .821 .528
        MLP-64 .529 .731 .500 .608 .742 .549
        """;

    private static readonly string[] s_methods = ["SAE", "SC", "MLP-64"];

    /// <inheritdoc/>
    public override string Id => "13";

    /// <inheritdoc/>
    public override string Title => "Figure 13: biases";

    /// <inheritdoc/>
    public override string Setup =>
        "One world (data seed 20240926). 100,000 steps, SAE and SC at 1e-3, MLP-64 at 1e-4; biases in encoder and decoder, for SC in the decoder only. Here the decoder's bias is also subtracted before encoding; it starts at 0 "
        + "(SC: at the mean of the signals). quick: 3000 steps, SAE at 3e-3, SC at 1e-2, MLP at 2e-3, inference 1000 iterations at 3e-2.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(100_000, 3000, 10);
        foreach (string setting in (string[])[With, Without])
        {
            foreach (string method in s_methods)
            {
                for (int seed = 0; seed < Runs(scale, seeds, 3); seed++)
                {
                    var recipe = new PaperRecipe(16, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift)
                    {
                        Bias = setting == With,
                        Rate = method switch
                        {
                            "SAE" => scale.Pick(1e-3f, 3e-3f, 3e-3f),
                            "SC" => scale.Pick(1e-3f, 1e-2f, 1e-2f),
                            _ => scale.Pick(1e-4f, 2e-3f, 2e-3f),
                        },
                        Iterations = scale.Pick(10_000, 1000, 10),
                        InferenceRate = scale.Pick(3e-3f, 3e-2f, 3e-2f),
                    };
                    yield return Cell(setting, method, seed, recipe.ToString(), (steps * Trial.StepWork(method, 16, 8)) + (method == "SC" ? Trial.InferenceWork(2 * recipe.Iterations, 16) : 0), token => Run(method, recipe, token));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results) =>
        Tables.Add(section, results, Id, [With, Without], s_methods, Measures.Latent, Measures.Dictionary, Measures.L0Share(1e-4), Measures.Loss);

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        string[] measures = [Measures.Latent, Measures.Dictionary, Measures.L0Share(1e-4)];
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 1))
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                string setting = i < measures.Length ? With : Without, measure = measures[i % measures.Length];
                yield return Claim.Number("3.6, figure 13", $"{keys[0]}, {setting}, {measure}", numbers[i], 0.025, results.Values(Id, setting, keys[0], measure), 0.05);
            }

            yield return Claim.Difference(
                "3.6, figure 13", $"{keys[0]} does better without biases in latent MCC", Intervals.Number(numbers[3] - numbers[0]), Results.Pairs(results.Of(Id, Without, keys[0]), results.Of(Id, With, keys[0]), Measures.Latent));
        }
    }

    private static Outcome Run(string method, PaperRecipe recipe, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        (Dictionary<string, double> values, IEncoder encoder) = Trial.Train(world, method, recipe, token);
        values[Measures.L0Share(1e-4)] = SparsityMetrics.Measure(world.Encode(encoder, token), 1e-4).L0Share;
        return new Outcome { Values = values };
    }
}
