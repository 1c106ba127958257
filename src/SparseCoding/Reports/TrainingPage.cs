using SparseCoding.Diagnostics;

namespace SparseCoding.Reports;

/// <summary>The page of a training run.</summary>
internal static class TrainingPage
{
    private const double LogFrom = 20;

    /// <summary>The page of a run that left no encoder.</summary>
    public static HtmlReport Of(TrainingRecord record, string title, ReadOnlySpan<ReportTable> tables)
    {
        var report = new HtmlReport(title);
        AddRun(report, record, new ReportTable(string.Empty, "run", "value"));
        AddTables(report, tables);
        return report;
    }

    /// <summary>The page of this encoder.</summary>
    public static HtmlReport Of(ITrainedEncoder encoder, SparsityMetrics? sparsity, ReadOnlySpan<ReportTable> tables)
    {
        string name = encoder.ToString() ?? encoder.GetType().Name;
        TrainingRecord? record = encoder.Training;
        if (record is null)
        {
            Throw.Argument($"{name} has no training record: it is not fitted, or comes from a foreign file.", nameof(encoder));
        }

        var report = new HtmlReport($"Training of {name}");
        var summary = new ReportTable(string.Empty, "run", "value");
        summary.Add("atoms", encoder.AtomCount);
        summary.Add("dimension", encoder.Dimension);
        AddRun(report, record, summary);
        if (sparsity is not null)
        {
            report.AddHeading("How often latents fire");
            report.AddText(FormattableString.Invariant($"{sparsity.Dead} of {encoder.AtomCount} latents fire on none of the {sparsity.Samples} signals; {sparsity.Dense} fire on more than {sparsity.DenseLimit:P0} of them."));
            report.AddChart(new HistogramChart("Feature density", "share of signals in which a latent is active", sparsity.Density, AxisScale.Logarithmic));
        }

        AddTables(report, tables);
        return report;
    }

    /// <summary>Figures and curves of a run.</summary>
    private static void AddRun(HtmlReport report, TrainingRecord record, ReportTable summary)
    {
        double[] fvu = [.. record.Curve.Select(p => p.Fvu)], dead = [.. record.Curve.Select(p => p.DeadShare)];
        summary.Add("steps", record.Steps);
        summary.Add("signals", record.Rows);
        summary.Add("seconds", record.Elapsed.TotalSeconds);
        summary.Add("signals per second", record.Elapsed > TimeSpan.Zero ? record.Rows / record.Elapsed.TotalSeconds : double.NaN);
        summary.Add("FLOPs", record.Flops);
        summary.Add("final loss", record.FinalLoss);
        if (Any(fvu))
        {
            summary.Add("FVU of the last measured batch", fvu[^1]);
        }

        if (Any(dead))
        {
            summary.Add("share of dead latents at the end", dead[^1]);
        }

        summary.Add("device", record.Device);
        report.AddTable(summary);
        if (!record.Completed)
        {
            report.AddText("The run ended before all its steps were done: it was stopped, ran out of signals, or diverged.");
        }

        if (record.Curve.Count == 0)
        {
            report.AddText(record.Steps == 0 ? "No step was done, so there is no curve." : "There is no curve: files keep a run's figures, not its curve.");
            return;
        }

        double[] steps = [.. record.Curve.Select(p => (double)p.Step)], losses = [.. record.Curve.Select(p => p.Loss)], l0 = [.. record.Curve.Select(p => p.L0)];
        report.AddHeading("Curves");
        report.AddChart(Curve("Loss", Any(fvu) ? "loss of the batch" : "loss", "loss", steps, losses));
        if (Any(fvu))
        {
            report.AddChart(Curve("Fraction of variance unexplained (FVU)", "FVU of the batch, 0 = perfect", "FVU", steps, fvu));
        }

        report.AddChart(new XyChart("Sparsity", "step", "active atoms per signal (mean L0)") { FromZero = true }.Add("L0", steps, l0));
        if (Any(dead))
        {
            report.AddChart(new XyChart("Dead latents", "step", "share silent in the last window") { FromZero = true }.Add("dead", steps, dead));
        }
    }

    private static void AddTables(HtmlReport report, ReadOnlySpan<ReportTable> tables)
    {
        foreach (ReportTable table in tables)
        {
            report.AddTable(table);
        }
    }

    /// <summary>What falls by orders of magnitude is a wall and a floor on a linear axis; what may be negative (a cosine) has no logarithm.</summary>
    private static XyChart Curve(string title, string label, string name, double[] steps, double[] values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        bool wide = finite.Length > 0 && finite.Min() > 0 && finite.Max() / finite.Min() > LogFrom;
        return new XyChart(title, "step", wide ? label + " (log)" : label) { YScale = wide ? AxisScale.Logarithmic : AxisScale.Linear }.Add(name, steps, values);
    }

    private static bool Any(double[] values) => Array.Exists(values, double.IsFinite);
}
