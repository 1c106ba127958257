using System.Globalization;
using System.Text;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>
/// A report as one HTML file that needs nothing else: no script, no link, charts as SVG inside. Text is escaped, so names from data cannot
/// change the page. The same content gives the same bytes.
/// </summary>
/// <param name="title">Title of the page.</param>
public sealed class HtmlReport(string title)
{
    private const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
        + "table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;padding:.25rem 0}"
        + "th,td{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}th:first-child,td:first-child{text-align:left}"
        + "thead th{border-bottom:2px solid #555}svg{max-width:100%;height:auto}pre{background:#f6f6f6;padding:.7rem;overflow:auto}figure{margin:1rem 0}";

    private readonly StringBuilder _body = new();

    /// <summary>Title of the page.</summary>
    public string Title { get; } = title ?? throw new ArgumentNullException(nameof(title));

    /// <summary>
    /// A report of one trained encoder: what it is, its training curves (loss, FVU, mean L0 and share of dead latents against steps, as far as they were measured), the histogram of how often each latent
    /// fires, and tables such as that of its evaluation: <c>HtmlReport.OfTraining(sae, evaluation.Sparsity, evaluation.ToTable())</c>.
    /// </summary>
    /// <param name="encoder">A trained encoder.</param>
    /// <param name="sparsity">How sparse its codes are; null leaves the histogram out.</param>
    /// <param name="tables">Tables to show.</param>
    /// <exception cref="ArgumentException">The encoder has no training record: it was not fitted, or comes from a foreign file.</exception>
    public static HtmlReport OfTraining(ITrainedEncoder encoder, SparsityMetrics? sparsity = null, params ReportTable[] tables)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(tables);
        return TrainingPage.Of(encoder, sparsity, tables);
    }

    /// <summary>
    /// A report of a run that left no encoder, such as one that diverged: its figures and its curves up to where it ended,
    /// <c>catch (TrainingDivergedException) { HtmlReport.OfTraining(trainer.Record).Save(path); }</c>.
    /// </summary>
    /// <param name="record">What the run did: <see cref="Trainer.Record"/>.</param>
    /// <param name="title">Title of the page.</param>
    /// <param name="tables">Tables to show.</param>
    public static HtmlReport OfTraining(TrainingRecord record, string title = "Training", params ReportTable[] tables)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(tables);
        return TrainingPage.Of(record, title, tables);
    }

    /// <summary>A page of an atlas: the purity of all latents, and for each latent shown its top contexts with the values at every word, logit effects, nearest atoms and values.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="title">Title of the page.</param>
    public static HtmlReport OfLatents(LatentAtlas atlas, string title = "Latents")
    {
        ArgumentNullException.ThrowIfNull(atlas);
        return LatentPage.Of(atlas, title);
    }

    /// <summary>Adds a heading.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="level">1 to 6; the title of the page is 1.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddHeading(string text, int level = 2)
    {
        ArgumentNullException.ThrowIfNull(text);
        Throw.InRange(level, 1, 6, nameof(level));
        return Append($"<h{level}>{SvgWriter.Escape(text)}</h{level}>");
    }

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">Its text.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Append($"<p>{SvgWriter.Escape(text)}</p>");
    }

    /// <summary>Adds text with its own lines and spaces, in a fixed-width font.</summary>
    /// <param name="text">Its text.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddPreformatted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Append($"<pre>{SvgWriter.Escape(text)}</pre>");
    }

    /// <summary>Adds a table.</summary>
    /// <param name="table">The table.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddTable(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Append("<table>");
        if (table.Title.Length > 0)
        {
            Append($"<caption>{SvgWriter.Escape(table.Title)}</caption>");
        }

        Append($"<thead><tr>{Cells("th", table.Columns)}</tr></thead><tbody>");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            Append($"<tr>{Cells("td", row)}</tr>");
        }

        return Append("</tbody></table>");
    }

    /// <summary>Adds a chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="width">Width in pixels, at least 200.</param>
    /// <param name="height">Height in pixels, at least 120.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddChart(Chart chart, int width = 640, int height = 400)
    {
        ArgumentNullException.ThrowIfNull(chart);
        return Append($"<figure>{chart.ToSvg(width, height)}</figure>");
    }

    /// <summary>The page as HTML.</summary>
    public string ToHtml() => string.Create(
        CultureInfo.InvariantCulture,
        $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{SvgWriter.Escape(Title)}</title><style>{Style}</style></head>\n<body>\n<h1>{SvgWriter.Escape(Title)}</h1>\n{_body}</body></html>\n");

    /// <summary>Writes the page as an HTML file, whole or not at all.</summary>
    /// <param name="path">File to write; its folder must exist.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        byte[] bytes = Encoding.UTF8.GetBytes(ToHtml());
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Adds markup whose text is escaped already.</summary>
    internal void AddMarkup(string markup) => Append(markup);

    /// <summary>"HtmlReport(title)".</summary>
    public override string ToString() => $"HtmlReport({Title})";

    private static string Cells(string element, IReadOnlyList<string> cells) => string.Concat(cells.Select(cell => $"<{element}>{SvgWriter.Escape(cell)}</{element}>"));

    private HtmlReport Append(string line)
    {
        _body.Append(line).Append('\n');
        return this;
    }
}
