using System.Globalization;
using System.Text;

namespace SparseCoding.Reports;

/// <summary>The page of an atlas: purity of all latents beside random rows, then a section for each latent shown.</summary>
internal static class LatentPage
{
    private const double PureAbove = 0.8;

    /// <summary>The page.</summary>
    public static HtmlReport Of(LatentAtlas atlas, string title)
    {
        var report = new HtmlReport(title);
        var summary = new ReportTable(string.Empty, "codes", "value");
        summary.Add("rows", atlas.Codes.RowCount);
        summary.Add("contexts", atlas.Text.ContextCount);
        summary.Add("latents", atlas.Codes.AtomCount);
        summary.Add("mean L0", (double)atlas.Codes.NonZeroCount / atlas.Codes.RowCount);
        summary.Add("latents shown", atlas.Latents.Count);
        report.AddTable(summary);
        if (atlas.Purity is { } purity)
        {
            report.AddTable(PurityTable(purity));
            report.AddText($"Purity: largest share of one label among the {purity.Rows} rows in which a latent is strongest. Latents whose rows all hold one token are pure for that reason alone.");
        }

        report.AddText("In the contexts, a darker word is one where the latent is stronger; the strongest is underlined."
            + (atlas.Latents.Any(l => l.Promoted.Count > 0) ? " Logit effects are those of one unit of the latent, by the unembedding alone: later layers are not in them." : string.Empty));
        foreach (LatentProfile latent in atlas.Latents)
        {
            Add(report, atlas, latent);
        }

        return report;
    }

    private static ReportTable PurityTable(PurityMetrics purity)
    {
        var table = new ReportTable("Purity of labels", "what", "all latents", "without single tokens", "random rows");
        table.Add("latents counted", purity.Counted, purity.Latents.Count(l => l.Rows >= purity.Rows && !l.SingleToken), string.Empty);
        table.Add("share with purity above 0.8", purity.ShareAbove(PureAbove), purity.ShareAbove(PureAbove, withoutSingleTokens: true), purity.ChanceAbove(PureAbove));
        table.Add("mean purity", purity.Mean, string.Empty, purity.ChanceMean);
        table.Add("share of single tokens", purity.SingleTokenShare, string.Empty, string.Empty);
        return table;
    }

    private static void Add(HtmlReport report, LatentAtlas atlas, LatentProfile latent)
    {
        report.AddHeading(string.Create(CultureInfo.InvariantCulture, $"Latent {latent.Latent}"), 3);
        var facts = new ReportTable(string.Empty, "fires in", "mean value", "peak", "label", "purity", "nearest atoms (cosine)");
        string label = latent.Purity is { Label: >= 0 } pure && atlas.Labels is not null
            ? atlas.Labels.Names[pure.Label] + (pure.SingleToken ? " (one token)" : string.Empty)
            : string.Empty;
        facts.Add(
            string.Create(CultureInfo.InvariantCulture, $"{100 * latent.Density:0.###} % of rows"),
            latent.MeanValue,
            latent.Peak,
            label,
            latent.Purity?.Purity,
            string.Join(", ", latent.Neighbours.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Latent} ({n.Cosine:0.00})"))));
        report.AddTable(facts);
        AddEffects(report, "Raises", latent.Promoted);
        AddEffects(report, "Lowers", latent.Suppressed);
        if (latent.Values.Count > 1)
        {
            report.AddChart(new HistogramChart("Values where it fires", "value", [.. latent.Values]), 420, 180);
        }

        foreach (ContextExample example in latent.Contexts)
        {
            report.AddMarkup(Highlighted(example, latent.Peak));
        }
    }

    private static void AddEffects(HtmlReport report, string verb, IReadOnlyList<TokenEffect> effects)
    {
        if (effects.Count > 0)
        {
            report.AddText($"{verb} the logits of {string.Join(", ", effects.Select(e => string.Create(CultureInfo.InvariantCulture, $"“{e.Text}” {e.Logit:+0.00;−0.00}")))}.");
        }
    }

    /// <summary>One line of text; the background of a word is as strong as its value is beside the peak. Text is escaped.</summary>
    private static string Highlighted(ContextExample example, float peak)
    {
        var line = new StringBuilder("<p>");
        line.Append(CultureInfo.InvariantCulture, $"<b>{example.Value:0.00}</b> ");
        for (int i = 0; i < example.Tokens.Count; i++)
        {
            double strength = peak == 0 ? 0 : Math.Clamp(example.Values[i] / peak, -1, 1);
            string word = SvgWriter.Escape(example.Tokens[i]);
            if (example.FirstRow + i == example.Row)
            {
                word = $"<u>{word}</u>";
            }

            line.Append(strength == 0
                ? word
                : string.Create(CultureInfo.InvariantCulture, $"<span style=\"background:rgba({(strength > 0 ? "230,159,0" : "86,180,233")},{Math.Abs(strength):0.00})\">{word}</span>"));
            line.Append(' ');
        }

        return line.Append("</p>").ToString();
    }
}
