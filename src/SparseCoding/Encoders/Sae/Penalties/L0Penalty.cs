using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Number of active atoms of a signal, whose gradient reaches the thresholds of a JumpReLU straight through (Rajamanoharan et al. 2024). Only for a
/// selection with thresholds.
/// </summary>
public sealed record L0Penalty : SparsityPenalty
{
    internal override void Validate(Selection selection, int atomCount)
    {
        base.Validate(selection, atomCount);
        if (selection is not JumpReluSelection)
        {
            Throw.Argument($"L0Penalty needs thresholds to act on, which {selection} does not have: use Selection.JumpRelu, or another penalty.", nameof(SaeOptions.Penalty));
        }
    }
}
