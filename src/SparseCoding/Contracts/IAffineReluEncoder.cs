namespace SparseCoding.Contracts;

/// <summary>An encoder whose pre-activations are affine in the signal, xWᵀ + b, followed by a ReLU: what the theorem on the amortisation gap is about.</summary>
internal interface IAffineReluEncoder
{
    /// <summary>Weights [atoms, dimension] and bias [atoms] (zeros without one) of z = ReLU(xWᵀ + b); false when the encoder is of another form.
    /// biasMagnitude [atoms] is the sum of the magnitudes that were added up to the bias: what rounding in the encoder itself scales with.</summary>
    bool TryGetAffineRelu(out float[] weights, out float[] bias, out float[] biasMagnitude);
}
