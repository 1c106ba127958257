namespace SparseCoding;

/// <summary>How an amortised encoder starts.</summary>
public enum Initialization
{
    /// <summary>Random atoms of unit norm; the encoder starts as their transpose (for a hidden layer: as <see cref="Independent"/>).</summary>
    Tied,

    /// <summary>Random normal atoms scaled to unit norm; encoder weights and biases uniform in ±1/√(fan-in), as PyTorch starts a linear layer.</summary>
    Independent,

    /// <summary>
    /// Every atom begins near a signal: p · v + (1 − p) · g, scaled to unit norm, with the direction v of a signal less the decoder's bias, a random
    /// direction g and p = <see cref="TrainingOptions.DataPointShare"/>; the encoder starts as their transpose. The blend is Anthropic's (October 2025)
    /// on the unit sphere, so that it does not depend on the scale of the signals. Signals are drawn from the first 131 072, without repetition while
    /// there are enough. A sparse autoencoder with a linear decoder that learns its dictionary only.
    /// </summary>
    DataPoints,

    /// <summary>
    /// The same as saev writes it, in the scale of the signals: encoder rows p · (x − b) + (1 − p) · r with r uniform in ±√(6/dimension) (Kaiming), and atoms
    /// equal to them (of unit norm, where the decoder says so). Meant for signals whose norm is about 1.
    /// </summary>
    ScaledDataPoints,
}
