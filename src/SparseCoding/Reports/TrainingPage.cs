using SparseCoding.Diagnostics;

namespace SparseCoding.Reports;

/// <summary>The page of a training run.</summary>
internal static class TrainingPage
{
    private const double LogFrom = 20;

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
        report.AddTable(Summary(encoder, record));
        if (!record.Completed)
        {
            report.AddText("The run was stopped before all its steps were done.");
        }

        double[] steps = [.. record.Curve.Select(p => (double)p.Step)], losses = [.. record.Curve.Select(p => p.Loss)], l0 = [.. record.Curve.Select(p => p.L0)];
        if (steps.Length > 0)
        {
            // A loss that falls by orders of magnitude is a wall and a floor on a linear axis; one that may be negative (a cosine) has no logarithm.
            bool wide = losses.Min() > 0 && losses.Max() / losses.Min() > LogFrom;
            report.AddHeading("Curves");
            report.AddChart(new XyChart("Loss", "step", "loss of the batch") { YScale = wide ? AxisScale.Logarithmic : AxisScale.Linear }.Add("loss", steps, losses));
            report.AddChart(new XyChart("Sparsity", "step", "mean L0 of the batch").Add("L0", steps, l0));
        }
        else
        {
            report.AddText("This encoder carries no curve: files keep a run's figures, not its curve.");
        }

        if (sparsity is not null)
        {
            report.AddHeading("How often latents fire");
            report.AddText($"{sparsity.Dead} of {encoder.AtomCount} latents fire for none of {sparsity.Samples} signals, {sparsity.Dense} for more than {sparsity.DenseLimit:P0} of them.");
            report.AddChart(new HistogramChart("Feature density", "share of signals in which a latent is active", sparsity.Density, AxisScale.Logarithmic));
        }

        foreach (ReportTable table in tables)
        {
            report.AddTable(table);
        }

        return report;
    }

    private static ReportTable Summary(ITrainedEncoder encoder, TrainingRecord record)
    {
        var table = new ReportTable(string.Empty, "run", "value");
        table.Add("atoms", encoder.AtomCount);
        table.Add("dimension", encoder.Dimension);
        table.Add("steps", record.Steps);
        table.Add("signals", record.Rows);
        table.Add("seconds", record.Elapsed.TotalSeconds);
        table.Add("signals per second", record.Elapsed > TimeSpan.Zero ? record.Rows / record.Elapsed.TotalSeconds : double.NaN);
        table.Add("FLOPs", record.Flops);
        table.Add("final loss", record.FinalLoss);
        table.Add("device", record.Device);
        return table;
    }
}
