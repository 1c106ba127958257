using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>How well signals x are reconstructed as x̂. Sums in float64, one pass.</summary>
public sealed record ReconstructionMetrics
{
    /// <summary>Number of signals.</summary>
    public required long Samples { get; init; }

    /// <summary>Mean squared error for each entry: Σ‖x − x̂‖² / (samples · dimension).</summary>
    public required double Mse { get; init; }

    /// <summary>Normalised squared error Σ‖x − x̂‖² / Σ‖x‖²; NaN for signals that are all 0. The zero reconstruction has 1.</summary>
    public required double Nmse { get; init; }

    /// <summary>
    /// Fraction of variance unexplained, Σ‖x − x̂‖² / Σ‖x − x̄‖² with x̄ the mean signal (a mean for each coordinate, over the measured
    /// samples); NaN for constant signals. The reconstruction x̂ = x̄ has 1; explained variance is 1 − FVU.
    /// </summary>
    public required double Fvu { get; init; }

    /// <summary>Mean over signals of the cosine of x and x̂; a signal or reconstruction of norm 0 counts 0.</summary>
    public required double Cosine { get; init; }

    /// <summary>Mean over signals of ‖x̂‖/‖x‖, below 1 when codes shrink; signals of norm 0 are left out, NaN when all are.</summary>
    public required double NormRatio { get; init; }

    /// <summary>
    /// Relative reconstruction bias γ = Σ‖x̂‖² / Σ⟨x, x̂⟩ (Rajamanoharan et al. 2024): x̂/γ would be the best rescaled reconstruction, so
    /// that γ below 1 means shrinkage and 1 none. NaN when Σ⟨x, x̂⟩ is 0.
    /// </summary>
    public required double RelativeBias { get; init; }

    /// <summary>Measures reconstructions.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="reconstruction">Their reconstructions, [samples, dimension], finite.</param>
    /// <exception cref="ArgumentException">Empty, of different shapes, or with NaN or infinity.</exception>
    public static ReconstructionMetrics Measure(SignalView signals, SignalView reconstruction)
    {
        signals.ThrowIfInvalid(nameof(signals));
        reconstruction.ThrowIfInvalid(nameof(reconstruction), signals.Dimension, "signals");
        if (reconstruction.RowCount != signals.RowCount)
        {
            Diagnostics.Throw.Argument($"reconstruction has shape [{reconstruction.RowCount}, {reconstruction.Dimension}], but signals has [{signals.RowCount}, {signals.Dimension}].", nameof(reconstruction));
        }

        int dimension = signals.Dimension, blockRows = Math.Clamp(65536 / dimension, 1, signals.RowCount);
        var sums = new ReconstructionSums(dimension);
        float[] x = new float[blockRows * dimension], y = new float[blockRows * dimension];
        for (int start = 0; start < signals.RowCount; start += blockRows)
        {
            int rows = Math.Min(blockRows, signals.RowCount - start);
            signals.CopyRows(start, rows, x);
            reconstruction.CopyRows(start, rows, y);
            sums.Add(x.AsSpan(0, rows * dimension), y.AsSpan(0, rows * dimension));
        }

        return sums.Result();
    }
}
