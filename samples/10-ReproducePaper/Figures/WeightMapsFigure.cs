using System.Numerics.Tensors;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figures 9 to 11: maps of the learned decoder, softmax of each row of D Dᵀ, for as many, more and fewer atoms than sources.</summary>
internal sealed class WeightMapsFigure : Figure
{
    private const long DataSeed = 20240926;

    /// <summary>Mean of the softmax map's entries off the diagonal, divided by the mean on it.</summary>
    private const string OffDiagonal = "off the diagonal / on it";

    // Latent and dictionary MCC at 16 atoms.
    private const string Published = """
        SC .613 .802
        SAE .475 .721
        MLP-256 .443 .702
        """;

    private static readonly (string Setting, int Atoms)[] s_settings = [("figure 9: 16 atoms", 16), ("figure 10: 24 atoms", 24), ("figure 11: 12 atoms", 12)];
    private static readonly string[] s_methods = ["SC", "SAE", "MLP-256"];

    /// <inheritdoc/>
    public override string Id => "9";

    /// <inheritdoc/>
    public override string Title => "Figures 9 to 11: decoder weights";

    /// <inheritdoc/>
    public override string Setup =>
        "16 sources, 8 measurements; 16, 24 or 12 atoms (the exact widths of figures 10 and 11 are not known). 50,000 steps, SAE and SC at 1e-2, MLP-256 at 1e-4, lambda .1, one run. As in the paper atoms keep "
        + "the norms that they get; here they start at norm 1, the paper's at that of 8 standard normal numbers. quick: 2000 steps, MLP at 2e-3.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds)
    {
        long steps = scale.Pick(50_000, 2000, 5);
        foreach ((string setting, int atoms) in s_settings)
        {
            for (int seed = 0; seed < Runs(scale, seeds, 1); seed++)
            {
                foreach (string method in s_methods)
                {
                    var recipe = new PaperRecipe(atoms, 8, 1024, steps, DataSeed + seed + PaperRecipe.SeedShift)
                    {
                        Lambda = 0.1f,
                        FreeNorm = true,
                        Rate = method == "MLP-256" ? scale.Pick(1e-4f, 2e-3f, 2e-3f) : 1e-2f,
                        Iterations = scale.Pick(10_000, 1000, 10),
                        InferenceRate = scale.Pick(3e-3f, 3e-2f, 3e-2f),
                    };
                    yield return Cell(setting, method, seed, recipe.ToString(), (steps * Trial.StepWork(method, atoms, 8)) + (method == "SC" ? Trial.InferenceWork(recipe.Iterations, atoms) : 0), token => Run(method, recipe, token));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
        foreach ((string setting, int atoms) in s_settings)
        {
            foreach (string method in s_methods)
            {
                if (results.Of(Id, setting, method).FirstOrDefault(r => r.Map is not null) is { Map: { } map })
                {
                    section.Add(new HeatMapChart($"{setting}, {method}: softmax of D Dᵀ", map.SelectMany(r => r).ToArray(), atoms, atoms, "atom", "atom", 1), 380, 320);
                }
            }
        }

        Tables.Add(section, results, Id, [.. s_settings.Select(s => s.Setting)], s_methods, Measures.Latent, Measures.Dictionary, OffDiagonal, Measures.Mse);
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results)
    {
        string equal = s_settings[0].Setting;
        foreach ((string[] keys, double[] numbers) in PublishedTable.Read(Published, 1))
        {
            yield return Claim.Number("3.6, figure 9", $"{keys[0]}, latent MCC", numbers[0], 0, results.Values(Id, equal, keys[0], Measures.Latent), 0.05, "the paper measures on training data");
            yield return Claim.Number("3.6, figure 9", $"{keys[0]}, dictionary MCC", numbers[1], 0, results.Values(Id, equal, keys[0], Measures.Dictionary), 0.05);
        }

        yield return Claim.Difference("3.6, figure 9", "SC lies above the SAE in latent MCC", "0.138", results.Pairs(Id, equal, "SC", "SAE", Measures.Latent));
        foreach ((string method, double share) in ((string, double)[])[("SC", 0), ("SAE", 1), ("MLP-256", 0.5)])
        {
            foreach ((string setting, _) in s_settings[1..])
            {
                yield return Claim.Number("3.6, figures 10 and 11", $"{setting}, {method}: the map's entries off the diagonal over those on it", share, 0, results.Values(Id, setting, method, OffDiagonal), 0.2, "the text has no numbers but 'near 0', 'near 1' and 'about half'");
            }
        }
    }

    private static Outcome Run(string method, PaperRecipe recipe, CancellationToken token)
    {
        World world = World.Draw(16, 8, 3, DataSeed);
        (Dictionary<string, double> values, IEncoder encoder) = Trial.Train(world, method, recipe, token);
        float[][] map = Softmax(encoder.Decoder as AtomDictionary ?? throw new InvalidOperationException("The decoder has no atoms."));
        double on = map.Select((row, i) => (double)row[i]).Average(), off = map.SelectMany((row, i) => row.Where((_, j) => j != i)).Average(v => (double)v);
        values[OffDiagonal] = off / on;
        return new Outcome { Values = values, Map = map };
    }

    /// <summary>Softmax of each row of D Dᵀ.</summary>
    private static float[][] Softmax(AtomDictionary dictionary)
    {
        int n = dictionary.AtomCount, m = dictionary.Dimension;
        float[] atoms = dictionary.ToTensor().ToArray();
        var map = new float[n][];
        for (int i = 0; i < n; i++)
        {
            var row = new float[n];
            for (int j = 0; j < n; j++)
            {
                row[j] = TensorPrimitives.Dot(atoms.AsSpan(i * m, m), atoms.AsSpan(j * m, m));
            }

            // Taken from the largest, which overflows nothing and changes nothing.
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);
            TensorPrimitives.SoftMax(row, row);
            map[i] = row;
        }

        return map;
    }
}
