using System.Diagnostics;
using System.Globalization;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "worlds [--worlds 5] [--from 0] [--part lars,ito,known,codes,none,learn] [--method NAME] [--out docs/results/worlds]": the paper's
/// experiments at its default point in worlds FROM to WORLDS − 1, with the paper's recipe and with the library's defaults. Rows that OUT.json
/// already holds are kept, so a stopped study goes on where it was, and several processes can share one file; then OUT.md is written from all
/// rows. Nothing is tuned on these worlds. --worlds 0 only writes OUT.md.
/// </summary>
internal static class WorldsCommand
{
    private static readonly string[] s_parts = ["lars", "ito", "known", "codes", "none", "learn"];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        int worlds = 5, from = 0;
        string[] parts = s_parts;
        string? method = null;
        string output = Path.Combine("docs", "results", "worlds");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--worlds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out worlds),
                "--from" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out from),
                "--part" => (parts = value.Split(',')).All(s_parts.Contains),
                "--method" => (method = value).Length > 0,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. worlds [--worlds 5] [--from 0] [--part {string.Join(',', s_parts)}] [--method NAME] [--out docs/results/worlds]");
                return 2;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        var records = new WorldRecords(output + ".json");
        string device = "cpu/" + SimdTier.Name;
        foreach (WorldRun run in All().Where(run => parts.Contains(run.Part) && (method is null || run.Method == method)))
        {
            for (int number = from; number < worlds; number++)
            {
                if (records.Read().Exists(row => row.Is(run, number)))
                {
                    continue;
                }

                var world = new World(number);
                long start = Stopwatch.GetTimestamp();
                Dictionary<string, double> values = run.Measure(world);
                var row = new WorldRow
                {
                    Part = run.Part,
                    Method = run.Method,
                    Recipe = run.Recipe,
                    World = number,
                    DataSeed = number,
                    InitializationSeed = world.InitializationSeed,
                    Values = values,
                    Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
                    Device = device,
                };
                records.Add(row);
                Console.WriteLine(FormattableString.Invariant($"{row.Part} {row.Recipe} {row.Method}: world {number}, data seed {row.DataSeed}, initialisation seed {row.InitializationSeed}: {string.Join(", ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:0.####}")))}; {row.Seconds:0.0} s"));
            }
        }

        File.WriteAllText(output + ".md", new WorldReport(records.Read()).ToString());
        return 0;
    }

    private static IEnumerable<WorldRun> All() =>
        [.. NothingKnownRuns.All(), .. KnownDictionaryRuns.All(), .. LearningRuns.All(), .. StartRuns.All(), .. KnownCodesRuns.All()];
}
