namespace SparseCoding;

/// <summary>How two atoms of a polynomial decoder interact.</summary>
/// <param name="First">The lower index.</param>
/// <param name="Second">The higher index.</param>
/// <param name="Strength"><see cref="PolynomialDecoder.PairStrength"/>, the norm of ∂²x̂/∂z_i∂z_j at z = 0.</param>
/// <param name="CoOccurrences">Number of codes in which both are active.</param>
public readonly record struct AtomInteraction(int First, int Second, double Strength, long CoOccurrences);
