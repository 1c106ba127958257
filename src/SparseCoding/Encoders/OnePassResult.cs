using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>Details of an amortised encoding: one iteration, nothing to stop, and the squared residual in the units of (x − offset)/scale.</summary>
internal static class OnePassResult
{
    private const int BlockRows = 1024;
    private const int RowsPerTask = 64;

    /// <summary>Details for codes that one pass gave; rows are decoded on all threads, and the token is looked at for every few of them.</summary>
    public static EncodeResult Of(SparseCodes codes, SignalView signals, AtomDictionary dictionary, RunContext? context, string? remark, int iterationCount, CancellationToken cancellationToken)
    {
        int rows = codes.RowCount, dimension = dictionary.Dimension, threads = (context ?? RunContext.Default).EffectiveThreads;
        var iterations = new int[rows];
        var reasons = new StopReason[rows];
        var residuals = new double[rows];
        iterations.AsSpan().Fill(iterationCount);
        reasons.AsSpan().Fill(StopReason.OnePass);
        var block = new float[Math.Min(BlockRows, rows) * dimension];
        for (int first = 0; first < rows; first += BlockRows)
        {
            int start = first, count = Math.Min(BlockRows, rows - first);
            signals.CopyRows(first, count, block);
            ParallelBlocks.Run(ParallelBlocks.Count(count, RowsPerTask), (long)count * dimension < 1 << 14 ? 1 : threads, task =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                var decoded = new float[dimension];
                for (int r = task * RowsPerTask; r < Math.Min(count, (task + 1) * RowsPerTask); r++)
                {
                    dictionary.DecodeRow(codes[start + r], decoded);
                    residuals[start + r] = SquaredResidual(block.AsSpan(r * dimension, dimension), decoded, dictionary.Scale);
                }
            });
        }

        return new EncodeResult(codes, iterations, reasons, residuals, "squared residual") { Remark = remark };
    }

    /// <summary>Details for any decoder that reconstructs the signals; the residual is in the units of the signals.</summary>
    public static EncodeResult Of(SparseCodes codes, SignalView signals, IDecoder decoder, string? remark, CancellationToken cancellationToken)
    {
        int rows = codes.RowCount, dimension = decoder.OutputDimension;
        var iterations = new int[rows];
        var reasons = new StopReason[rows];
        var residuals = new double[rows];
        iterations.AsSpan().Fill(1);
        reasons.AsSpan().Fill(StopReason.OnePass);
        float[] block = new float[Math.Min(BlockRows, rows) * dimension], decoded = new float[block.Length];
        for (int first = 0; first < rows; first += BlockRows)
        {
            int count = Math.Min(BlockRows, rows - first);
            Span<float> own = block.AsSpan(0, count * dimension);
            signals.CopyRows(first, count, own);
            decoder.Decode(codes.Slice(first, count), SignalView.FromRows(own, dimension), cancellationToken).FlattenTo(decoded.AsSpan(0, own.Length));
            for (int r = 0; r < count; r++)
            {
                residuals[first + r] = SquaredResidual(own.Slice(r * dimension, dimension), decoded.AsSpan(r * dimension, dimension), 1);
            }
        }

        return new EncodeResult(codes, iterations, reasons, residuals, "squared residual") { Remark = remark };
    }

    private static double SquaredResidual(ReadOnlySpan<float> signal, ReadOnlySpan<float> decoded, float scale)
    {
        double sum = 0;
        for (int i = 0; i < signal.Length; i++)
        {
            double difference = (signal[i] - (double)decoded[i]) / scale;
            sum += difference * difference;
        }

        return sum;
    }
}
