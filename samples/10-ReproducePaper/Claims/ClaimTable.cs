using System.Text;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Claims as a table, for people and for machines.</summary>
internal static class ClaimTable
{
    /// <summary>A verdict in words.</summary>
    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.NotRun => "not run",
        Verdict.Agrees => "agrees",
        Verdict.Higher => "differs: higher",
        Verdict.Lower => "differs: lower",
        Verdict.Holds => "holds",
        Verdict.HoldsOnAverage => "holds on average",
        _ => "does not hold",
    };

    /// <summary>As a table of the page.</summary>
    public static ReportTable Table(IReadOnlyList<Claim> claims)
    {
        var table = new ReportTable("Claim, as published, ours", "section", "claim", "published", "ours", "runs", "verdict", "note");
        foreach (Claim claim in claims)
        {
            table.Add(claim.Section, claim.Text, claim.Published, Intervals.Text(claim.Ours), claim.Ours.Count, Word(claim.Verdict), claim.Note);
        }

        return table;
    }

    /// <summary>As a markdown document.</summary>
    public static string Markdown(Scale scale, IReadOnlyList<Claim> claims, IReadOnlyList<AcceptanceItem> acceptance)
    {
        var text = new StringBuilder();
        text.Append($"# Claims of the paper, as published and as found here (scale {scale.Name})\n\n");
        text.Append("Written by `samples/10-ReproducePaper` from its stored rows; nothing here is typed by hand. Intervals: 95 %, bootstrap over runs.\n");
        text.Append("A number agrees where the published one lies in our interval, within twice its published spread, or nearer than .03 (MCC) or the stated tolerance. A statement \"holds\" where Student's\n");
        text.Append("95 % interval over runs is on its side (the bootstrap's is too narrow to decide with a few runs), and \"holds on average\" where only the mean is, or there is one run.\n\n## Acceptance list\n\n");
        Lines(text, Acceptance.Table(acceptance));
        text.Append("\n## Claims\n\n");
        text.Append(string.Join(", ", claims.GroupBy(c => c.Verdict).OrderBy(g => g.Key).Select(g => $"{g.Count()} {Word(g.Key)}"))).Append(".\n\n");
        Lines(text, Table(claims));
        return text.ToString();
    }

    /// <summary>As a JSON object.</summary>
    public static object Plain(Claim claim) => new
    {
        section = claim.Section,
        claim = claim.Text,
        published = claim.Published,
        ours = claim.Ours.Mean,
        low = claim.Ours.Low,
        high = claim.Ours.High,
        runs = claim.Ours.Count,
        verdict = Word(claim.Verdict),
        note = claim.Note,
    };

    private static void Lines(StringBuilder text, ReportTable table)
    {
        Line(text, table.Columns);
        Line(text, [.. table.Columns.Select(_ => "---")]);
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            Line(text, row);
        }
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
}
