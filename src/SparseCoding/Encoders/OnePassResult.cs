namespace SparseCoding.Encoders;

/// <summary>Details of an amortised encoding: one iteration, nothing to stop, and the squared residual in the units of (x − offset)/scale.</summary>
internal static class OnePassResult
{
    /// <summary>Details for codes that one pass gave.</summary>
    public static EncodeResult Of(SparseCodes codes, SignalView signals, AtomDictionary dictionary, string? remark = null)
    {
        int rows = codes.RowCount, dimension = dictionary.Dimension;
        var iterations = new int[rows];
        var reasons = new StopReason[rows];
        var residuals = new double[rows];
        var signal = new float[dimension];
        var decoded = new float[dimension];
        for (int r = 0; r < rows; r++)
        {
            signals.CopyRows(r, 1, signal);
            dictionary.DecodeRow(codes[r], decoded);
            double sum = 0;
            for (int i = 0; i < dimension; i++)
            {
                double difference = (signal[i] - (double)decoded[i]) / dictionary.Scale;
                sum += difference * difference;
            }

            (iterations[r], reasons[r], residuals[r]) = (1, StopReason.OnePass, sum);
        }

        return new EncodeResult(codes, iterations, reasons, residuals, "squared residual") { Remark = remark };
    }
}
