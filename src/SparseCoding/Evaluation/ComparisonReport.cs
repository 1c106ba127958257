using SparseCoding.Evaluations;

namespace SparseCoding;

/// <summary>Several encoders on the same signals, in the order they were given. Prints as a table of one encoder a line.</summary>
public sealed record ComparisonReport
{
    internal ComparisonReport(IReadOnlyList<EncoderReport> reports) => Reports = reports;

    /// <summary>One report for each encoder.</summary>
    public IReadOnlyList<EncoderReport> Reports { get; }

    /// <summary>The report of an encoder by its name.</summary>
    /// <param name="name">Name that the encoder was given.</param>
    /// <exception cref="KeyNotFoundException">No encoder has that name.</exception>
    public EncoderReport this[string name] =>
        Reports.FirstOrDefault(report => report.Name == name) ?? throw new KeyNotFoundException($"The comparison has no encoder '{name}', but: {string.Join(", ", Reports.Select(r => r.Name))}.");

    /// <summary>The main figures, one encoder a line; columns of ground truth only where there is some.</summary>
    public ReportTable ToTable()
    {
        bool codes = Reports.Any(r => r.LatentMcc is not null), atoms = Reports.Any(r => r.DictionaryMcc is not null), training = Reports.Any(r => r.Training is not null);
        string[] columns =
        [
            "encoder",
            .. codes ? ["latent MCC", "F1"] : Array.Empty<string>(),
            .. atoms ? ["dictionary MCC"] : Array.Empty<string>(),
            "MSE", "FVU", "L0", "L1", "norm ratio", "dead", "FLOPs", "seconds",
            .. training ? ["train FLOPs", "train seconds"] : Array.Empty<string>(),
        ];
        var table = new ReportTable(string.Empty, columns);
        foreach (EncoderReport r in Reports)
        {
            table.Add(
            [
                r.Name,
                .. codes ? [r.LatentMcc?.Value, r.Support?.MeanLatentF1] : Array.Empty<object?>(),
                .. atoms ? [r.DictionaryMcc?.Value] : Array.Empty<object?>(),
                r.Mse, r.Fvu, r.L0, r.L1, r.Reconstruction.NormRatio, r.Sparsity.Dead, r.EncodingFlops, r.EncodeTime.TotalSeconds,
                .. training ? [r.Training?.Flops, r.Training?.Elapsed.TotalSeconds] : Array.Empty<object?>(),
            ]);
        }

        return table;
    }

    /// <summary>The table as text, and the chance levels of what has ground truth below it.</summary>
    public override string ToString()
    {
        EncoderReport? first = Reports.FirstOrDefault(r => r.ShowChance && (r.LatentMcc ?? r.DictionaryMcc) is not null);
        string text = ToTable().ToString();
        if (first is null)
        {
            return text;
        }

        IEnumerable<string> levels = new[] { ("latent", first.LatentMcc), ("dictionary", first.DictionaryMcc) }
            .Where(entry => entry.Item2 is not null)
            .Select(entry => FormattableString.Invariant($"{entry.Item1} MCC {entry.Item2!.Chance:0.000}"));
        return $"{text}{Environment.NewLine}By chance ({first.Name}): {string.Join(", ", levels)}";
    }

    /// <summary>The reports as a JSON array; a number that is not defined is null.</summary>
    public string ToJson() => ReportJson.Text(WriteTo);

    /// <summary>Writes the reports as a JSON file, whole or not at all.</summary>
    /// <param name="path">File to write; its folder must exist.</param>
    public void WriteJson(string path) => ReportJson.WriteFile(path, WriteTo);

    private void WriteTo(System.Text.Json.Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (EncoderReport report in Reports)
        {
            report.WriteTo(writer);
        }

        writer.WriteEndArray();
    }
}
