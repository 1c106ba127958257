namespace SparseCoding.Theory;

/// <summary>Student-t interval of a mean; the quantile by bisection of the normal tail and Hill's expansion in 1/(n − 1).</summary>
internal static class MeanInterval
{
    /// <summary>Mean and half-width of at least two values; the sums are in order and in double.</summary>
    public static (double Mean, double HalfWidth) Of(ReadOnlySpan<double> values, double confidence)
    {
        double mean = 0;
        foreach (double value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return values.Length < 2
            ? (mean, double.NaN)
            : (mean, Quantile(confidence, values.Length - 1) * Math.Sqrt(squares / (values.Length - 1) / values.Length));
    }

    /// <summary>Two-sided quantile of Student's t; about three digits at 5 degrees of freedom, six above 30.</summary>
    internal static double Quantile(double confidence, int degrees)
    {
        double tail = 0.5 * (1 - confidence), low = 0, high = 10;
        for (int i = 0; i < 100; i++)
        {
            double z = 0.5 * (low + high);
            double upper = Guides.MillsRatio(z) * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
            (low, high) = upper > tail ? (z, high) : (low, z);
        }

        double q = low, q2 = q * q, n = degrees;
        double first = q * (q2 + 1) / 4;
        double second = q * (((5 * q2) + 16) * q2 + 3) / 96;
        double third = q * (((((3 * q2) + 19) * q2) + 17) * q2 - 15) / 384;
        return q + (first / n) + (second / (n * n)) + (third / (n * n * n));
    }
}
