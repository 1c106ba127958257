using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// (L0/T − 1)² with the mean number L0 of active atoms of the batch and a wanted number T; its gradient reaches the thresholds of a JumpReLU straight through, 2(L0/T − 1)/T times that of
/// <see cref="L0Penalty"/> (dictionary_learning's JumpReLU trainer; Rajamanoharan et al. 2024, appendix). Where a batch comes in pieces, L0 is a piece's. It has its target, so it takes
/// no <see cref="SparsityPenalty.Controller"/>; it pulls towards the target and reaches it as far as its weight outweighs the error of reconstruction.
/// </summary>
public sealed record SquaredL0Penalty : SparsityPenalty
{
    /// <summary>Wanted mean number T of active atoms, positive; need not be whole.</summary>
    public required double Target
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, int.MaxValue);
    }

    internal override void Validate(Selection selection, int atomCount)
    {
        if (selection is not JumpReluSelection)
        {
            Throw.Argument($"SquaredL0Penalty needs thresholds to act on, which {selection} does not have: use Selection.JumpRelu, or another penalty.", nameof(SaeOptions.Penalty));
        }

        if (Controller is not null)
        {
            Throw.Argument($"SquaredL0Penalty wants {Target} active atoms by itself; a controller ({Controller}) would pull at its weight as well. Leave Controller out, or use L0Penalty with it.", nameof(Controller));
        }

        if (Target > atomCount)
        {
            Throw.Argument($"SquaredL0Penalty wants {Target} active atoms, but the encoder has only {atomCount}.", nameof(Target));
        }
    }
}
