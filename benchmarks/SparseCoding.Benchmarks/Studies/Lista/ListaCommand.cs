using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "lista [--dimension 250] [--atoms 500] [--layers 16] [--steps 2000] [--tests 1000] [--threads 2] [--state folder] [--out docs/results/lista]": the benchmark of the LISTA
/// papers, NMSE in decibels behind each layer, beside ISTA and FISTA. A stopped run goes on from its state folder; the page is written after every row.
/// </summary>
internal static class ListaCommand
{
    private const int BatchSize = 128;
    private static readonly double[] s_lambdas = [.01, .02, .03, .05, .07, .1, .14, .2, .28, .4];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        var numbers = new Dictionary<string, int> { ["--dimension"] = 250, ["--atoms"] = 500, ["--layers"] = 16, ["--steps"] = 2000, ["--tests"] = 1000, ["--threads"] = 2 };
        var texts = new Dictionary<string, string> { ["--out"] = Path.Combine("docs", "results", "lista"), ["--state"] = Path.Combine(Path.GetTempPath(), "lista-study") };
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            if (numbers.ContainsKey(arguments[i]) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0)
            {
                numbers[arguments[i]] = number;
            }
            else if (texts.ContainsKey(arguments[i]) && value.Length > 0)
            {
                texts[arguments[i]] = value;
            }
            else
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. lista [--dimension 250] [--atoms 500] [--layers 16] [--steps 2000] [--tests 1000] [--threads 2] [--state folder] [--out docs/results/lista]");
                return 2;
            }
        }

        int layers = numbers["--layers"], steps = numbers["--steps"], threads = numbers["--threads"];
        var world = new ListaWorld(numbers["--dimension"], numbers["--atoms"], numbers["--tests"], BatchSize, 1);
        Directory.CreateDirectory(texts["--state"]);
        var rows = new List<(string Name, double[] Decibels)>
        {
            Best("ISTA", layers, lambda => Ista(world, lambda, layers)),
            Best("FISTA", layers, lambda => [.. PlainFista.Run(world, lambda, layers, threads).Select(world.Decibel)]),
        };
        foreach (ListaModel model in ListaModel.All(world.Atoms, layers))
        {
            rows.Add((model.Name, Layers(model.Train(world, steps, threads, texts["--state"]), world, layers)));
            string page = Page(world, layers, steps, rows);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(texts["--out"]))!);
            File.WriteAllText(texts["--out"] + ".md", page);
            Console.WriteLine(page);
        }

        return 0;
    }

    /// <summary>ISTA is a LISTA that nobody has trained.</summary>
    private static double[] Ista(ListaWorld world, double lambda, int layers) =>
        Layers(new ListaEncoder(new ListaOptions { AtomCount = world.Atoms, LayerCount = layers, Lambda = (float)lambda }, new TrainingOptions { Steps = 0 }).Fit(world.TestSignals, world.Dictionary), world, layers);

    private static double[] Layers(ListaEncoder encoder, ListaWorld world, int layers) =>
        [.. Enumerable.Range(1, layers).Select(count => world.Decibel(encoder.FirstLayers(count).Encode(world.TestSignals)))];

    /// <summary>The row of the λ that is best behind the last layer, on the very signals that it is scored on: an advantage that a trained encoder does not have.</summary>
    private static (string Name, double[] Decibels) Best(string name, int layers, Func<double, double[]> run)
    {
        double[]? best = null;
        double chosen = 0;
        foreach (double lambda in s_lambdas)
        {
            double[] row = run(lambda);
            if (best is null || row[layers - 1] < best[layers - 1])
            {
                (best, chosen) = (row, lambda);
            }
        }

        return (string.Create(CultureInfo.InvariantCulture, $"{name}, λ = {chosen}"), best!);
    }

    private static string Page(ListaWorld world, int layers, int steps, List<(string Name, double[] Decibels)> rows)
    {
        int[] shown = [.. Enumerable.Range(1, layers).Where(t => t is 1 or 2 || t % 2 == 0 || t == layers)];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # LISTA, LISTA-CP, LISTA-CP-SS and ALISTA against ISTA and FISTA

            The benchmark of the papers (Chen, Liu, Wang and Yin 2018; Liu, Chen, Wang and Yin 2019): {world.Atoms} Gaussian atoms of norm 1 in {world.Dimension} dimensions, codes
            Bernoulli(0.1) x N(0, 1), no noise. NMSE = 10 log10(Σ‖z − z*‖² / Σ‖z*‖²) over {world.TestCodes.RowCount} signals that no training saw, behind each layer. ISTA and FISTA have the λ
            of {s_lambdas.Length} from {s_lambdas[0].ToString(CultureInfo.InvariantCulture)} to {s_lambdas[^1].ToString(CultureInfo.InvariantCulture)} that is best behind the last layer on these very signals. Each network: {steps} steps of Adam on batches of {BatchSize} fresh signals
            with their codes (ALISTA a quarter of them), squared error, half of the steps layer by layer (LayerwiseShare 0.5), SupportShare 0.012 and MaxSupportShare 0.12 where there is support
            selection (SS; ALISTA has it too), one seed.

            | layers |{string.Concat(shown.Select(t => string.Create(CultureInfo.InvariantCulture, $" {t} |")))}
            |---|{string.Concat(shown.Select(_ => "---|"))}

            """);
        foreach ((string name, double[] decibels) in rows)
        {
            text.Append("| ").Append(name).Append(" |");
            foreach (int t in shown)
            {
                text.Append(CultureInfo.InvariantCulture, $" {decibels[t - 1]:F1} |");
            }

            text.Append('\n');
        }

        double fista = rows[1].Decibels[layers - 1];
        text.Append("\nGoal: at least 10 dB below FISTA behind the last layer. Below FISTA: ").AppendJoin(", ", rows.Skip(2).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Name} {fista - row.Decibels[layers - 1]:F1} dB"))).Append(".\n");
        text.Append("\nThe last phase of training looks at the last layer only, so a layer in between may be worse than one that was trained to be the last.\n");
        text.Append(CultureInfo.InvariantCulture, $"\nWritten by `benchmarks -- lista --dimension {world.Dimension} --atoms {world.Atoms} --layers {layers} --steps {steps} --tests {world.TestCodes.RowCount}`.\n");
        return text.ToString();
    }
}
