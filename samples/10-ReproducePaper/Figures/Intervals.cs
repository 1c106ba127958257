namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Intervals over runs and how they are written.</summary>
internal static class Intervals
{
    private const int Resamples = 2000;

    /// <summary>Mean with the bootstrap's 95 % interval over runs; of one run there is no interval, and of none no mean (NaN).</summary>
    public static ConfidenceInterval Of(double[] values) =>
        values.Length == 0 ? new ConfidenceInterval(double.NaN, double.NaN, double.NaN, double.NaN, 0, 0.95) : Statistics.BootstrapMean(values, resamples: Resamples);

    /// <summary>"0.691 [0.640, 0.742]", "0.691" for one run, "-" for none.</summary>
    public static string Text(ConfidenceInterval interval) =>
        interval.Count == 0 ? "-" : interval.Count == 1 ? Number(interval.Mean) : $"{Number(interval.Mean)} [{Number(interval.Low)}, {Number(interval.High)}]";

    /// <summary>Three decimals where they say something, else two significant digits and the exponent.</summary>
    public static string Number(double value) => double.IsNaN(value)
        ? "-"
        : Math.Abs(value) is 0 or (>= 0.01 and < 1000) ? value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) : value.ToString("0.00E0", System.Globalization.CultureInfo.InvariantCulture);
}
