using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>z = pre where pre exceeds the atom's own threshold, else 0 (Rajamanoharan et al. 2024). The thresholds are part of the encoder's state.</summary>
public sealed record JumpReluSelection : Selection
{
    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);
}
