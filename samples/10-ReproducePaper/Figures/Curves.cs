namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Charts of measures against steps and against operations.</summary>
internal static class Curves
{
    /// <summary>Against steps of training.</summary>
    public const string AgainstSteps = "steps";

    /// <summary>Against exact operations of training plus encoding the test half once.</summary>
    public const string AgainstExact = "exact";

    /// <summary>Against operations by the paper's formulas, as published.</summary>
    public const string AgainstPublished = "published";

    /// <summary>Adds one chart for each kind of axis.</summary>
    public static void Add(Section section, Results results, string figure, string setting, IReadOnlyList<string> methods, string measure, string label, params ReadOnlySpan<string> axes)
    {
        foreach (string axis in axes)
        {
            var chart = new XyChart(
                $"{setting}: {label} against {(axis == AgainstSteps ? "steps" : axis == AgainstExact ? "FLOPs of training and encoding, exact" : "FLOPs of training and encoding, the paper's count")}",
                axis == AgainstSteps ? "step" : "FLOPs",
                label)
            {
                XScale = AxisScale.Logarithmic,
            };
            bool any = false;
            foreach (string method in methods)
            {
                (double[] steps, double[] mean, double[] low, double[] high) = results.Curve(figure, setting, method, measure);
                if (steps.Length == 0)
                {
                    continue;
                }

                any = true;

                // Step 0 has no place on a logarithmic axis; the chance level it shows is in the rows.
                int first = steps[0] == 0 ? 1 : 0;
                double[] x = axis == AgainstSteps ? steps : Flops(results, figure, setting, method, axis);
                if (low.Skip(first).All(double.IsFinite))
                {
                    chart.Add(method, x.AsSpan(first), mean.AsSpan(first), low.AsSpan(first), high.AsSpan(first), SeriesStyle.Line);
                }
                else
                {
                    chart.Add(method, x.AsSpan(first), mean.AsSpan(first), SeriesStyle.Line);
                }
            }

            if (any)
            {
                section.Add(chart);
            }
        }
    }

    /// <summary>Where a curve first reaches a level, between two of its points linearly: in steps, or in a measure. NaN where it does not.</summary>
    public static double Crossing(IReadOnlyList<CurvePoint> curve, string measure, double level, string? at)
    {
        for (int i = 0; i < curve.Count; i++)
        {
            double y = curve[i].Values[measure];
            if (y >= level)
            {
                double x = X(curve[i]);
                if (i == 0)
                {
                    return x;
                }

                double before = curve[i - 1].Values[measure];
                return X(curve[i - 1]) + ((x - X(curve[i - 1])) * (level - before) / (y - before));
            }
        }

        return double.NaN;

        double X(CurvePoint point) => at is null ? point.Step : point.Values.GetValueOrDefault(at, 0);
    }

    private static double[] Flops(Results results, string figure, string setting, string method, string axis)
    {
        (string train, string encode) = axis == AgainstExact ? (Measures.TrainFlops, Measures.EncodeFlops) : (Measures.TrainPublished, Measures.EncodePublished);
        double[] training = results.Curve(figure, setting, method, train).Mean, encoding = results.Curve(figure, setting, method, encode).Mean;
        int points = results.Curve(figure, setting, method, encode).Steps.Length;
        return [.. Enumerable.Range(0, points).Select(i => (i < training.Length ? training[i] : double.NaN) + encoding[i])];
    }
}
