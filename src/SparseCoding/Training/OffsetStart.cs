namespace SparseCoding;

/// <summary>Where the decoder's bias starts, which is also subtracted from a signal before it is encoded.</summary>
public enum OffsetStart
{
    /// <summary>The mean of the first 131 072 signals (sparsify; the mean-centring of Simon et al. 2026, arXiv 2605.31518).</summary>
    Mean,

    /// <summary>Their geometric median, argmin Σ‖x − b‖, by Weiszfeld's iteration on at most 32 768 of them (Gao et al. 2024, dictionary_learning): outliers pull it less.</summary>
    GeometricMedian,

    /// <summary>0 (SAELens). A warning says so where the signals' mean is large against their deviation.</summary>
    Zero,
}
