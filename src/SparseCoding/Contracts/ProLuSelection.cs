using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>
/// ProLU (Taggart 2024): with m = W(u − b_d) and the encoder's bias b, z = m where m and m + b are both positive, else 0; the bias decides but does not shift. It has no
/// gradient of its own, so that training takes one of two: that of a ReLU, ∂z/∂m = ∂z/∂b = 1 where active; or straight through z = m·H(m + b) with
/// H' ≈ 1 above 0, ∂z/∂m = 1 + m and ∂z/∂b = m where active.
/// </summary>
public sealed record ProLuSelection : Selection
{
    /// <summary>Whether the gradient is the straight-through one.</summary>
    /// <value>Default: false (that of a ReLU).</value>
    public bool StraightThrough { get; init; }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => (UInt128)rows * (UInt128)atomCount;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override bool NeedsBias => true;

    internal override bool NeedsPenalty => true;
}
