namespace SparseCoding;

/// <summary>What an encoder that is trained on known codes minimises.</summary>
public enum CodeLoss
{
    /// <summary>−(1/N) Σ over atoms of the cosine, across the batch, between true and given values (equation of the known-codes experiment; the scale of the codes stays free).</summary>
    Cosine,

    /// <summary>½‖z − ẑ‖², averaged over the batch.</summary>
    SquaredError,
}
