namespace SparseCoding;

/// <summary>A mean with its confidence interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of the interval; NaN for a single value.</param>
/// <param name="High">Upper end of the interval; NaN for a single value.</param>
/// <param name="StandardDeviation">Standard deviation of the values (n − 1 in the denominator); NaN for a single value.</param>
/// <param name="Count">Number of values.</param>
/// <param name="Confidence">Confidence of the interval, such as .95.</param>
public readonly record struct ConfidenceInterval(double Mean, double Low, double High, double StandardDeviation, int Count, double Confidence)
{
    /// <summary>Whether the whole interval lies above 0.</summary>
    public bool IsPositive => Low > 0;

    /// <summary>"0.691 [0.640, 0.742]".</summary>
    public override string ToString() => FormattableString.Invariant($"{Mean:0.0000} [{Low:0.0000}, {High:0.0000}]");
}
