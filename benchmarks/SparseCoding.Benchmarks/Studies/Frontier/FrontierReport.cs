using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>The page and the charts of the frontier, from whatever rows there are.</summary>
internal static class FrontierReport
{
    private const int WantedSeeds = 3;

    /// <summary>Writes OUT.md and OUT-data.svg.</summary>
    public static void Write(List<FrontierRow> rows, string output, string usage)
    {
        var text = new StringBuilder();
        int wanted = 2 * WantedSeeds * SaeArchitecture.All.Sum(a => a.HasTarget ? 4 : 1);
        text.Append(CultureInfo.InvariantCulture, $"""
            # FVU against L0 of every selection

            Written by `{usage}`; {rows.Count} of {wanted} runs are done{(rows.Count < wanted ? ", the rest is missing or marked" : "")}. Every run is trained by [the recipe of its architecture](../how-to/train-an-sae.md), shortened; how long a run is stands
            above each table, so that the figures compare selections and are not the best that each can reach.

            L0, FVU, MSE and MCC are of rows that no run learns from. "Miss" is L0 against the wanted one: of the controller for ReLU, ProLU, gated, JumpReLU and the signed thresholds, of the learned thresholds for BatchTopK and feature choice, and of
            codes that have fewer positive entries than they may for the others. "OLS" is the FVU of orthogonal least squares on the same dictionary with as many active atoms, signed, and "gap" the share of the encoder's own error on those rows
            that it takes away. "Silent" latents are active in no training row. Means over seeds with 95 % intervals (Student's t) where there are at least two; "seeds" says how many there are.
            Gradient-aware TopK is missing: it needs the gradient of a model's loss at each signal, which neither data set has. Top-AFA chooses its L0 itself, by the norm of the signal.


            """);
        foreach (IGrouping<string, FrontierRow> data in rows.GroupBy(row => row.Data).OrderByDescending(group => group.Key, StringComparer.Ordinal))
        {
            bool knows = data.Any(row => row.Mcc is not null);
            text.Append(CultureInfo.InvariantCulture, $"## {data.Key}\n{Describe(data.Key)}\n\n");
            text.Append("| selection | wanted | L0 | miss | FVU | MSE | OLS | gap | silent |").Append(knows ? " MCC codes | MCC atoms |" : "").Append(" s | seeds |\n|---|---|---|---|---|---|---|---|---|").Append(knows ? "---|---|" : "").Append("---|---|\n");
            var chart = new XyChart($"{data.Key}: FVU against active atoms", "active atoms of a code (L0)", "FVU") { XScale = AxisScale.Logarithmic, YScale = AxisScale.Logarithmic };
            foreach (SaeArchitecture architecture in SaeArchitecture.All)
            {
                var points = new List<(double L0, ConfidenceInterval Fvu)>();
                foreach (IGrouping<double, FrontierRow> group in data.Where(row => row.Selection == architecture.Name).GroupBy(row => row.Target).OrderBy(group => group.Key))
                {
                    FrontierRow[] all = [.. group];
                    ConfidenceInterval fvu = Statistics.Mean([.. all.Select(row => row.Fvu)]);
                    double l0 = all.Average(row => row.L0);
                    points.Add((l0, fvu));
                    string wantedL0 = group.Key == 0 ? "" : F($"{group.Key}"), miss = group.Key == 0 ? "" : F($"{100 * ((l0 / group.Key) - 1):+0.0;-0.0;0.0} %");
                    text.Append(CultureInfo.InvariantCulture, $"| {architecture.Name} | {wantedL0} | {l0:F2} | {miss} | {Interval(fvu)} | {all.Average(row => row.Mse):G3} | {all.Average(row => row.OlsFvu):F4} | {100 * all.Average(row => 1 - (row.OlsFvu / row.MatchedFvu)):F0} % | {100 * all.Average(row => row.Silent):F1} % |");
                    if (knows)
                    {
                        text.Append(CultureInfo.InvariantCulture, $" {all.Average(row => row.Mcc ?? double.NaN):F3} | {all.Average(row => row.DictionaryMcc ?? double.NaN):F3} |");
                    }

                    text.Append(CultureInfo.InvariantCulture, $" {all.Average(row => row.Processor):F0} | {all.Length}{(all.Length < WantedSeeds ? " of 3, partial" : "")} |\n");
                }

                if (points.Count > 0)
                {
                    chart.Add(architecture.Name, [.. points.Select(p => p.L0)], [.. points.Select(p => p.Fvu.Mean)], [.. points.Select(p => Low(p.Fvu))], [.. points.Select(p => High(p.Fvu))]);
                }
            }

            string picture = $"{output}-{data.Key}.svg";
            chart.Save(picture, 960, 620);
            text.Append(CultureInfo.InvariantCulture, $"\n\"s\" is processor time of the training in seconds.\n\n![{data.Key}: FVU against L0]({Path.GetFileName(picture)})\n\n");
        }

        File.WriteAllText(output + ".md", text.ToString().TrimEnd() + "\n");
    }

    private static string Describe(string data) =>
        data == "zipf"
            ? "128 sources in 32 dimensions, 4 active in a signal, drawn by Zipf's law (exponent 1), noise 0.01; 16 384 rows to learn from, 4096 others to measure on; 128 latents, 3000 steps of 128 rows (the pursuits a quarter of that)."
            : "Residual stream of a small language model, d 128; 153 600 rows to learn from, the 12 800 rows of the last 200 training contexts to measure on (OLS: 1600 of them); 1024 latents, 1500 steps of 256 rows (the pursuits a quarter of that).";

    // Two seeds have an interval that tells nothing and would stretch the axis.
    private static double Low(ConfidenceInterval value) => value.Count < 3 ? value.Mean : Math.Max(value.Low, value.Mean / 2);

    private static double High(ConfidenceInterval value) => value.Count < 3 ? value.Mean : Math.Min(value.High, value.Mean * 2);

    private static string Interval(ConfidenceInterval value) =>
        value.Count < 2 ? F($"{value.Mean:F4}") : F($"{value.Mean:F4} [{value.Low:F4}, {value.High:F4}]");

    private static string F(FormattableString text) => FormattableString.Invariant(text);
}
