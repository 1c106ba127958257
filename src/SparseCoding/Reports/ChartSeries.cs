namespace SparseCoding.Reports;

/// <summary>One series of an <see cref="XyChart"/>: points in the order given, with intervals or none.</summary>
internal sealed record ChartSeries(string Name, double[] X, double[] Y, double[] Lower, double[] Upper, SeriesStyle Style);
