using System.Text.Json;

namespace SparseCoding.Samples.Interpretability;

/// <summary>The pages: a summary of all encoders, one page of latents for each, and the figures as JSON.</summary>
internal static class Pages
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Writes them into the output folder.</summary>
    public static void Write(Arguments arguments, ModelData data, List<Interpreted> encoders, PurityMetrics? raw)
    {
        foreach (Interpreted encoder in encoders)
        {
            HtmlReport page = HtmlReport.OfLatents(encoder.Atlas, $"Latents of {encoder.Name}");
            page.AddHeading("Explanations of random latents").AddTable(encoder.Explanations.ToTable()).Save(Path.Combine(arguments.Output, encoder.File));
        }

        ReportTable quality = Quality(encoders), purity = Purity(encoders, raw), scores = Scores(encoders), tests = Tests(encoders);
        var summary = new HtmlReport("Interpretability: SAE, MLP and OMP on the same activations");
        summary.AddText($"{data.Layer}: {data.Train.RowCount} rows to train on, {data.Text} to look at. {arguments.K} active latents a row, {arguments.Steps} training steps, seed {arguments.Seed}.");
        summary.AddText(arguments.Chat is null
            ? "No chat model took part: the explainer looks for word sequences that end where a latent fires, in the manner of Neuron to Graph, and the scorer looks them up. Its F1 is a floor: it cannot see meaning, and is not comparable to the F1 of a chat model in the paper."
            : $"Explanations and answers by the command \"{arguments.Chat}\".");
        foreach (ReportTable table in new[] { quality, purity, scores, tests })
        {
            summary.AddTable(table);
            Console.WriteLine();
            Console.WriteLine(table);
        }

        summary.AddHeading("Distribution of macro F1");
        foreach (Interpreted encoder in encoders)
        {
            double[] values = encoder.Explanations.Scores(l => l.MacroF1);
            if (values.Length > 0)
            {
                summary.AddChart(new HistogramChart(encoder.Name, "macro F1 of a latent", values, bins: 20), 480, 240);
            }
        }

        summary.AddHeading("Files").AddText("Latents of each encoder: " + string.Join(", ", encoders.Select(e => e.File)) + ". All figures: summary.json.");
        summary.AddText("The data folder holds train_activations.npy and test_activations.npy [rows, dimension]; test_tokens.npy [rows], indices into \"vocab\" of meta.json, whose \"context\" is the number of rows of a context; "
            + "test_tags.npy [rows] with \"tags\" in meta.json, a class of each row; unembedding.npy [vocabulary, dimension], with the final norm's gain in it. The last two may be absent.");
        summary.Save(Path.Combine(arguments.Output, "summary.html"));
        File.WriteAllText(Path.Combine(arguments.Output, "summary.json"), ToJson(arguments, [quality, purity, scores, tests]));
        Console.WriteLine($"Written: {Path.Combine(arguments.Output, "summary.html")} and a page for each encoder.");
    }

    private static ReportTable Quality(List<Interpreted> encoders)
    {
        var table = new ReportTable("Codes of the test rows", "encoder", "L0", "FVU", "dead latents");
        foreach (Interpreted encoder in encoders)
        {
            table.Add(encoder.Name, encoder.Quality.Sparsity.L0, encoder.Quality.Reconstruction.Fvu, encoder.Quality.Sparsity.Dead);
        }

        return table;
    }

    private static ReportTable Purity(List<Interpreted> encoders, PurityMetrics? raw)
    {
        var table = new ReportTable("Purity of labels in the 32 strongest rows", "what", "latents", "purity above 0.8", "single token", "above 0.8 without them", "mean");
        foreach ((string name, PurityMetrics? purity) in encoders.Select(e => (e.Name, e.Atlas.Purity)).Append(("raw dimensions", raw)))
        {
            if (purity is not null)
            {
                table.Add(name, purity.Counted, purity.ShareAbove(0.8), purity.SingleTokenShare, purity.ShareAbove(0.8, withoutSingleTokens: true), purity.Mean);
            }
        }

        if (raw is not null)
        {
            table.Add("random rows", string.Empty, raw.ChanceAbove(0.8), string.Empty, string.Empty, raw.ChanceMean);
        }

        return table;
    }

    private static ReportTable Scores(List<Interpreted> encoders)
    {
        var table = new ReportTable("Explanations: F1 on five active and five silent texts", "encoder", "latents", "of", "without a score", "F1", "macro F1");
        foreach (Interpreted encoder in encoders)
        {
            InterpretationReport report = encoder.Explanations;
            bool any = report.Failures < report.Latents.Count;
            table.Add(encoder.Name, report.Latents.Count, report.Eligible, report.Failures, any ? report.F1.ToString() : "none", any ? report.MacroF1.ToString() : "none");
        }

        return table;
    }

    private static ReportTable Tests(List<Interpreted> encoders)
    {
        var table = new ReportTable("Differences of macro F1 (Mann-Whitney, two-sided)", "pair", "P(first above second)", "p");
        for (int i = 0; i < encoders.Count; i++)
        {
            for (int j = i + 1; j < encoders.Count; j++)
            {
                if (encoders[i].Explanations.Scores(l => l.MacroF1).Length > 0 && encoders[j].Explanations.Scores(l => l.MacroF1).Length > 0)
                {
                    RankTest test = encoders[i].Explanations.Compare(encoders[j].Explanations);
                    table.Add($"{encoders[i].Name} and {encoders[j].Name}", test.Superiority, test.PValue);
                }
            }
        }

        return table;
    }

    private static string ToJson(Arguments arguments, ReportTable[] tables) => JsonSerializer.Serialize(
        new
        {
            arguments.Atoms,
            arguments.K,
            arguments.Steps,
            arguments.Seed,
            Explainer = arguments.Chat ?? "word sequences",
            Tables = tables.Select(t => new { t.Title, t.Columns, t.Rows }),
        },
        Json);
}
