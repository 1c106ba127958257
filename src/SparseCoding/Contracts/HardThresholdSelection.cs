using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// z = pre where |pre| exceeds θ, else 0, signed: with θ = √(2λ) the proximal step of λ‖z‖₀ (arXiv 2510.00404), a JumpReLU with two sides. The threshold is
/// fixed; the weights learn around it.
/// </summary>
public sealed record HardThresholdSelection : Selection
{
    /// <summary>Takes the threshold.</summary>
    /// <param name="threshold">Threshold θ, not negative, in units of the scaled signals.</param>
    public HardThresholdSelection(float threshold) => Threshold = threshold;

    /// <summary>Threshold θ, not negative, in units of the scaled signals.</summary>
    public float Threshold
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => 3 * (UInt128)rows * (UInt128)atomCount;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override bool IsSigned => true;
}
