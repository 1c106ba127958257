using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Everything that is written from rows: one HTML page, charts as SVG, rows as CSV and JSON, claims as markdown and JSON. The same rows give the same bytes.</summary>
internal sealed class Page(Arguments arguments, IReadOnlyList<Row> rows)
{
    /// <summary>Name of the page in the folder.</summary>
    public const string FileName = "index.html";

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes all of it, and prints the acceptance list.</summary>
    public void Write(IReadOnlyList<Figure> figures)
    {
        var results = new Results(rows);
        Figure[] drawn = [.. AllFigures.List.Where(f => figures.Contains(f) || rows.Any(r => r.Figure == f.Id))];
        Claim[] claims = [.. drawn.SelectMany(f => f.Claims(results))];
        AcceptanceItem[] acceptance = [.. Acceptance.Of(results)];
        var report = new HtmlReport("Compute Optimal Inference and Provable Amortisation Gap in Sparse Autoencoders, reproduced");
        int runs = rows.Select(r => r.Seed).Distinct().Count();
        report.AddText($"Scale {arguments.Scale.Name}, at most {runs} run(s) of a cell, {rows.Count} cells; made by samples/10-ReproducePaper. Every number comes from {Store.FileName}. Intervals: 95 %, bootstrap over runs.");
        if (arguments.Scale != Scale.Paper)
        {
            report.AddText("This is not the paper's scale: fewer steps, and larger learning rates where the paper's would not arrive. Numbers show directions; compare numbers at --scale paper.");
        }

        report.AddHeading("Acceptance");
        report.AddTable(Acceptance.Table(acceptance));
        foreach (Figure figure in drawn)
        {
            var section = new Section(figure.Id);
            figure.Draw(section, results);
            report.AddHeading(figure.Title);
            report.AddText(figure.Setup);
            section.AddTo(report);
            foreach ((string name, Chart chart, int width, int height) in section.Charts)
            {
                chart.Save(Path.Combine(arguments.Output, name + ".svg"), width, height);
            }
        }

        report.AddHeading("Claims");
        report.AddTable(ClaimTable.Table(claims));
        report.Save(Path.Combine(arguments.Output, FileName));
        Save("results.json", JsonSerializer.Serialize(rows, Layout));
        Save("results.csv", Csv());
        Save("claims.md", ClaimTable.Markdown(arguments.Scale, claims, acceptance));
        Save("claims.json", JsonSerializer.Serialize(new { scale = arguments.Scale.Name, acceptance, claims = claims.Select(ClaimTable.Plain) }, Layout));
        Console.WriteLine();
        Console.WriteLine(Acceptance.Table(acceptance));
        Console.WriteLine(string.Join(", ", claims.GroupBy(c => c.Verdict).OrderBy(g => g.Key).Select(g => $"{g.Count()} {ClaimTable.Word(g.Key)}")) + " of " + claims.Length + " claims.");
    }

    /// <summary>One measure a line; final figures have no step.</summary>
    private string Csv()
    {
        var text = new StringBuilder("figure,setting,method,seed,step,measure,value\n");
        foreach (Row row in rows)
        {
            foreach (CurvePoint point in row.Curve)
            {
                Lines(row, point.Step.ToString(CultureInfo.InvariantCulture), point.Values);
            }

            Lines(row, string.Empty, row.Values);
        }

        return text.ToString();

        void Lines(Row row, string step, Dictionary<string, double> values)
        {
            foreach ((string measure, double value) in values)
            {
                text.Append(CultureInfo.InvariantCulture, $"{row.Figure},{Quoted(row.Setting)},{Quoted(row.Method)},{row.Seed},{step},{Quoted(measure)},{value:R}\n");
            }
        }
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    // To a neighbour first, so that what was there stays whole until this is.
    private void Save(string name, string text)
    {
        string path = Path.Combine(arguments.Output, name);
        File.WriteAllText(path + ".partial", text);
        File.Move(path + ".partial", path, overwrite: true);
    }
}
