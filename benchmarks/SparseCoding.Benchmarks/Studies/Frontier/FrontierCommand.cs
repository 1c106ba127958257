using System.Globalization;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "sae-frontier": FVU against L0 of every architecture at four sparsities and several seeds. Rows go to OUT.jsonl as they finish and those that are there are kept, so a stopped study
/// goes on where it was; then OUT.md and a chart for each data set are written from all rows. <c>--seeds 0</c> only writes the page.
/// </summary>
internal static class FrontierCommand
{
    private const string Usage = "sae-frontier [--data FOLDER of brown-lm|zipf, both separated by a comma] [--selections NAME;NAME] [--targets 16] [--seeds 3] [--threads 2] [--out docs/results/frontier]";

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        string output = Path.Combine("docs", "results", "frontier");
        string[] data = ["zipf"], selections = [.. SaeArchitecture.All.Select(a => a.Name)];
        double[]? targets = null;
        int seeds = 3, threads = 2;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--data" => (data = value.Split(',')).All(d => d == "zipf" || Directory.Exists(d)),
                "--selections" => (selections = value.Split(';')).All(s => SaeArchitecture.All.Any(a => a.Name == s)),
                "--targets" => (targets = [.. value.Split(',').Select(t => double.Parse(t, CultureInfo.InvariantCulture))]).Length > 0,
                "--seeds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seeds),
                "--threads" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. {Usage}\nSelections: {string.Join("; ", SaeArchitecture.All.Select(a => a.Name))}");
                return 2;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        var records = new JsonLines<FrontierRow>(output + ".jsonl");
        var context = new RunContext { Threads = threads };
        FrontierWorld[] worlds = seeds == 0 ? [] : [.. data.Select(d => d == "zipf" ? FrontierWorld.Zipf() : FrontierWorld.Brown(d))];

        // A seed of everything before the next seed: what is there at any moment covers all selections as evenly as it can.
        for (int seed = 0; seed < seeds; seed++)
        {
            foreach (FrontierWorld world in worlds)
            {
                foreach (SaeArchitecture architecture in SaeArchitecture.All.Where(a => selections.Contains(a.Name)))
                {
                    foreach (double target in architecture.HasTarget ? targets ?? world.Targets : [0])
                    {
                        if (records.Read().Exists(row => row.Is(world.Name, architecture.Name, target, seed)))
                        {
                            continue;
                        }

                        FrontierRow row = world.Measure(architecture, target == 0 ? 1 : target, seed, context);
                        records.Add(row);
                        Console.WriteLine(FormattableString.Invariant($"{DateTime.Now:HH:mm:ss} {row.Data} {row.Selection} {row.Target} seed {seed}: L0 {row.L0:F2} FVU {row.Fvu:F4} OLS {row.OlsFvu:F4} silent {100 * row.Silent:F2} % MCC {row.Mcc:F3}; {row.Seconds:F1} s, processor {row.Processor:F1} s"));
                    }
                }

                FrontierReport.Write(records.Read(), output, Usage);
            }
        }

        FrontierReport.Write(records.Read(), output, Usage);
        return 0;
    }
}
