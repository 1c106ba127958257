using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>Every number of docs/results/amortisation-gap.md is computed here from a committed result file; the page may hold no other.</summary>
[TestFixture]
internal sealed partial class GapPageTests
{
    private static string Page => File.ReadAllText(RepositoryRoot.Combine("docs", "results", "amortisation-gap.md"));

    [Test]
    public void Page_Tables_AreThoseOfTheResultFiles([Values("known", "architectures", "zipf")] string table)
    {
        string expected = Table(table);
        Assert.That(Page, Does.Contain(expected), () => $"the page should hold, after \"<!-- table: {table} -->\":\n{expected}");
    }

    [Test]
    public void Page_NumbersOfTheProse_StandInATable()
    {
        string page = Page, tables = string.Concat(page.Split('\n').Where(line => line.StartsWith('|')).Select(line => line + "\n"));
        string prose = string.Join('\n', page.Split('\n').Where(line => !line.StartsWith('|') && !line.StartsWith("<!--", StringComparison.Ordinal)));
        string[] strangers = [.. Number().Matches(prose).Select(m => m.Value).Where(number => !Regex.IsMatch(tables, $@"(?<![\d.]){Regex.Escape(number)}(?![\d.])")).Distinct()];
        Assert.That(strangers, Is.Empty);
        Assert.That(Number().Count(prose), Is.GreaterThan(3), "there is something to check");
    }

    private static string Table(string name) => name switch
    {
        "known" => Known(),
        "architectures" => Architectures(),
        _ => Zipf(),
    };

    /// <summary>Latent MCC on the true dictionary of the paper's world, the paper's recipes: mean and least over five worlds.</summary>
    private static string Known()
    {
        using JsonDocument worlds = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("docs", "results", "worlds.json")));
        var text = new StringBuilder("| encoder | latent MCC | least of five worlds |\n|---|---|---|\n");
        foreach ((string part, string method) in new[] { ("known", "SAE"), ("known", "MLP-32"), ("ito", "ITO"), ("lars", "LARS") })
        {
            double[] values = [.. worlds.RootElement.EnumerateArray()
                .Where(r => r.GetProperty("part").GetString() == part && r.GetProperty("method").GetString() == method && r.GetProperty("recipe").GetString() == "paper")
                .Select(r => r.GetProperty("values").GetProperty("latent MCC").GetDouble())];
            Assert.That(values, Has.Length.EqualTo(5), $"{part} {method}");
            text.Append(CultureInfo.InvariantCulture, $"| {method} | {values.Average():0.000} | {values.Min():0.000} |\n");
        }

        return text.ToString();
    }

    /// <summary>One row for each architecture on the language model, by its share.</summary>
    private static string Architectures()
    {
        JsonElement[] runs = [.. Lines("sae-gaps.jsonl")];
        var text = new StringBuilder("| architecture | L0 | own | refit | OMP | OLS | gap | share of its error |\n|---|---|---|---|---|---|---|---|\n");
        foreach (JsonElement run in runs.OrderByDescending(r => Share(r)))
        {
            double own = run.GetProperty("own").GetDouble(), ols = run.GetProperty("ols").GetDouble();
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {run.GetProperty("selection").GetString()} | {run.GetProperty("l0").GetDouble():0.0} | {own:0.0000} | {run.GetProperty("refit").GetDouble():0.0000} | {run.GetProperty("omp").GetDouble():0.0000} | {ols:0.0000} | {own - ols:0.0000} | {100 * Share(run):0} % |\n");
        }

        return text.ToString();

        static double Share(JsonElement run) => 1 - (run.GetProperty("ols").GetDouble() / run.GetProperty("own").GetDouble());
    }

    /// <summary>Share of the error that OLS takes away in the Zipf world, by wanted L0: mean over the seeds there are.</summary>
    private static string Zipf()
    {
        JsonElement[] runs = [.. Lines("frontier.jsonl").Where(r => r.GetProperty("data").GetString() == "zipf" && r.GetProperty("target").GetDouble() > 0)];
        double[] targets = [.. runs.Select(r => r.GetProperty("target").GetDouble()).Distinct().Order()];
        var text = new StringBuilder($"| selection | {string.Join(" | ", targets.Select(t => $"L0 {t:0}"))} | seeds |\n|---|{string.Concat(targets.Select(_ => "---|"))}---|\n");
        foreach (IGrouping<string, JsonElement> selection in runs.GroupBy(r => r.GetProperty("selection").GetString()!))
        {
            IEnumerable<string> shares = targets.Select(t => selection.Where(r => r.GetProperty("target").GetDouble() == t).ToArray() is { Length: > 0 } same
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * same.Average(r => 1 - (r.GetProperty("olsFvu").GetDouble() / r.GetProperty("matchedFvu").GetDouble())):0} %")
                : string.Empty);
            int seeds = selection.Select(r => r.GetProperty("seed").GetInt32()).Distinct().Count();
            text.Append(CultureInfo.InvariantCulture, $"| {selection.Key} | {string.Join(" | ", shares)} | {seeds} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<JsonElement> Lines(string file) =>
        File.ReadLines(RepositoryRoot.Combine("docs", "results", file)).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>Numbers with a point or a percent sign: those that were measured.</summary>
    [GeneratedRegex(@"(?<![\d.\w-])\d*\.\d+|\d+ %")]
    private static partial Regex Number();
}
