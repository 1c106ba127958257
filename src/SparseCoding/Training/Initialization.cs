namespace SparseCoding;

/// <summary>How an amortised encoder starts.</summary>
public enum Initialization
{
    /// <summary>Random atoms of unit norm; the encoder starts as their transpose (for a hidden layer: as <see cref="Independent"/>).</summary>
    Tied,

    /// <summary>Random normal atoms scaled to unit norm; encoder weights and biases uniform in ±1/√(fan-in), as PyTorch starts a linear layer.</summary>
    Independent,
}
