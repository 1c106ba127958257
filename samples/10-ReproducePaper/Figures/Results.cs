namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Rows, asked by figure, setting and method. What was not run is empty, never an error: a page can be drawn at any time.</summary>
internal sealed class Results(IReadOnlyList<Row> rows)
{
    private readonly ILookup<(string, string, string), Row> _rows = rows.ToLookup(r => (r.Figure, r.Setting, r.Method));

    /// <summary>All rows.</summary>
    public IReadOnlyList<Row> All => rows;

    /// <summary>Rows of a cell, by seed.</summary>
    public IReadOnlyList<Row> Of(string figure, string setting, string method) => [.. _rows[(figure, setting, method)].OrderBy(r => r.Seed)];

    /// <summary>A measure of a cell, one value for each run that has it.</summary>
    public double[] Values(string figure, string setting, string method, string measure) =>
        [.. Of(figure, setting, method).Where(r => r.Values.TryGetValue(measure, out double v) && double.IsFinite(v)).Select(r => r.Values[measure])];

    /// <summary>Its mean; NaN where it was not run.</summary>
    public double Mean(string figure, string setting, string method, string measure) => Values(figure, setting, method, measure) is { Length: > 0 } values ? values.Average() : double.NaN;

    /// <summary>Values of two cells for the same seeds.</summary>
    public (double[] First, double[] Second) Pairs(string figure, string setting, string first, string second, string measure) =>
        Pairs(Of(figure, setting, first), Of(figure, setting, second), measure);

    /// <summary>Values of rows for the seeds that both have.</summary>
    public static (double[] First, double[] Second) Pairs(IReadOnlyList<Row> first, IReadOnlyList<Row> second, string measure)
    {
        var a = new List<double>();
        var b = new List<double>();
        foreach (Row row in first)
        {
            if (second.FirstOrDefault(r => r.Seed == row.Seed) is { } other && row.Values.TryGetValue(measure, out double x) && other.Values.TryGetValue(measure, out double y) && double.IsFinite(x) && double.IsFinite(y))
            {
                a.Add(x);
                b.Add(y);
            }
        }

        return ([.. a], [.. b]);
    }

    /// <summary>A curve's measure, the mean over runs with the bootstrap's interval, at the steps that all runs have.</summary>
    public (double[] Steps, double[] Mean, double[] Low, double[] High) Curve(string figure, string setting, string method, string measure)
    {
        IReadOnlyList<Row> runs = Of(figure, setting, method);
        var points = new List<(double Step, ConfidenceInterval Value)>();
        foreach (long step in runs.SelectMany(r => r.Curve.Select(p => p.Step)).Distinct().Order())
        {
            double[] values = [.. runs.Select(r => r.Curve.FirstOrDefault(p => p.Step == step)?.Values.GetValueOrDefault(measure, double.NaN) ?? double.NaN).Where(double.IsFinite)];
            if (values.Length == runs.Count)
            {
                points.Add((step, Intervals.Of(values)));
            }
        }

        return ([.. points.Select(p => p.Step)], [.. points.Select(p => p.Value.Mean)], [.. points.Select(p => p.Value.Low)], [.. points.Select(p => p.Value.High)]);
    }
}
