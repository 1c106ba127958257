using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "seed-systems [--part afa,gsae,...] [--first 1] [--seeds N] [--threads 1] [--out docs/results/seed-systems]": the claim of every system of the seed papers at its stated size, over seeds. Results are kept in OUT.json as they come, so
/// that a run that is stopped goes on where it was; the page OUT.md is written anew after every seed. Remove a system's entry from the file to measure it again.
/// </summary>
internal static class SeedSystemsCommand
{
    private const string Usage = "seed-systems [--part afa,gsae,...] [--first 1] [--seeds N] [--threads 1] [--out docs/results/seed-systems]";
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static readonly SeedSystem[] s_systems =
    [
        new MutualChoiceSystem(), new GradientSystem(), new BiasAdaptationSystem(), new AbsTopKSystem(), new TopAfaSystem(), new VariationalSystem(), new PolynomialSystem(), new ItdaSystem(), new SemiNmfSystem(), new MixingSystem(),
    ];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        string[] parts = [.. s_systems.Select(system => system.Key)];
        string output = Path.Combine("docs", "results", "seed-systems");
        int first = 1, seeds = 0, threads = 1;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--part" => (parts = value.Split(',')).All(name => s_systems.Any(system => system.Key == name)),
                "--first" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out first) && first > 0,
                "--seeds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seeds) && seeds > 0,
                "--threads" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. {Usage}; parts: {string.Join(',', s_systems.Select(system => system.Key))}");
                return 2;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        var context = new RunContext { Threads = threads };
        foreach (SeedSystem system in s_systems.Where(system => parts.Contains(system.Key)))
        {
            for (long seed = first; seed < first + (seeds > 0 ? seeds : system.Seeds); seed++)
            {
                if (Read(output).GetValueOrDefault(system.Key)?.ContainsKey(seed) != true)
                {
                    Dictionary<string, double> figures = system.Measure(seed, context);

                    // Read again: another part may have written meanwhile.
                    SortedDictionary<string, SortedDictionary<long, Dictionary<string, double>>> all = Read(output);
                    (all.TryGetValue(system.Key, out var kept) ? kept : all[system.Key] = [])[seed] = figures;
                    File.WriteAllText(output + ".json", JsonSerializer.Serialize(all, s_json) + "\n");
                    Console.WriteLine($"{system.Key} seed {seed}: {string.Join(", ", figures.Select(figure => $"{figure.Key} {Number(figure.Value)}"))}");
                }

                File.WriteAllText(output + ".md", Page(Read(output)));
            }
        }

        return 0;
    }

    private static SortedDictionary<string, SortedDictionary<long, Dictionary<string, double>>> Read(string output) =>
        File.Exists(output + ".json") ? JsonSerializer.Deserialize<SortedDictionary<string, SortedDictionary<long, Dictionary<string, double>>>>(File.ReadAllText(output + ".json"), s_json)! : [];

    private static string Page(SortedDictionary<string, SortedDictionary<long, Dictionary<string, double>>> all)
    {
        var text = new StringBuilder("""
            # The systems of the seed papers: each claim at its stated size

            Written by `benchmarks -- seed-systems`; figures of every seed in [seed-systems.json](seed-systems.json). "Ours" is the mean over seeds that nothing was tuned on, with the 95 % interval of Student's t; a claim is
            reached when the mean is, and the last column says in how many seeds. Rows without a goal stand beside, to show what does it. The goals are our own restatement of the papers' claims for made worlds. What is exact is a test and listed at the end.
            Why recipes are what they are: [decision 0027](../decisions/0027-seed-systems.md).

            """);
        text.Append("\n| system | claim | goal | ours | interval | verdict |\n|---|---|---|---|---|---|\n");
        foreach (SeedSystem system in s_systems)
        {
            if (!all.TryGetValue(system.Key, out SortedDictionary<long, Dictionary<string, double>>? seeds))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {system.Title} | not run yet | | | | |\n");
                continue;
            }

            foreach (SeedClaim claim in system.Claims.Where(claim => claim.Reached is not null))
            {
                text.Append(Line(system.Title, claim, seeds.Values));
            }
        }

        foreach (SeedSystem system in s_systems.Where(system => all.ContainsKey(system.Key)))
        {
            SortedDictionary<long, Dictionary<string, double>> seeds = all[system.Key];
            text.Append(CultureInfo.InvariantCulture, $"\n## {system.Title}\nWorld: {system.Size}.\n\nRecipe: {system.Recipe} Seeds {string.Join(", ", seeds.Keys)}.\n\n{system.Why}\n\n| figure | goal | ours | interval | verdict |\n|---|---|---|---|---|\n");
            foreach (SeedClaim claim in system.Claims)
            {
                text.Append(Line(null, claim, seeds.Values));
            }
        }

        text.Append("""

            ## 1.11 Resa
            What fits a library of sparse codes is here: the SAE, and a hook that puts its reconstruction in a layer's place with the three gradients (`ReconstructionHook`). What does not: the tuning loop over a model's adapters, low-rank adapters and the KL of two
            models' outputs belong to the program that owns the model; its toy claims (KL falls by 80 %, accuracy within 2 points) are therefore not run.

            ## Exact identities, as tests

            | system | statement | test |
            |---|---|---|

            """);
        foreach ((string system, string statement, string test) in SeedIdentities.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {system} | {statement} | `{test}` |\n");
        }

        return text.ToString();
    }

    private static string Line(string? title, SeedClaim claim, IReadOnlyCollection<Dictionary<string, double>> seeds)
    {
        double[] values = [.. seeds.Where(figures => figures.ContainsKey(claim.Figure)).Select(figures => figures[claim.Figure]).Where(double.IsFinite)];
        if (values.Length == 0)
        {
            return $"|{(title is null ? string.Empty : $" {title} |")} {claim.Text} | {claim.Goal} | not measured | | |\n";
        }

        ConfidenceInterval mean = Statistics.Mean(values);
        string interval = values.Length > 1 ? $"{Number(mean.Low)} to {Number(mean.High)}" : string.Empty;
        string verdict = claim.Reached is null ? string.Empty : $"{(claim.Reached(mean.Mean) ? "reached" : "**missed**")} ({values.Count(claim.Reached)} of {values.Length} seeds)";
        return $"|{(title is null ? string.Empty : $" {title} |")} {claim.Text} | {claim.Goal} | {Number(mean.Mean)} | {interval} | {verdict} |\n";
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "F0" : Math.Abs(value) >= 0.01 || value == 0 ? "0.###" : "0.##e0", CultureInfo.InvariantCulture);
}
