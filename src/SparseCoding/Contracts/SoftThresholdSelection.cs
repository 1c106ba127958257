using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// z = sign(pre) max(|pre| − θ, 0), signed: the proximal step of θ‖z‖₁ ("ProxSAE" family, arXiv 2510.00404). The threshold is fixed; the weights learn around it.
/// </summary>
public sealed record SoftThresholdSelection : Selection
{
    /// <summary>Takes the threshold.</summary>
    /// <param name="threshold">Threshold θ, not negative, in units of the scaled signals.</param>
    public SoftThresholdSelection(float threshold) => Threshold = threshold;

    /// <summary>Threshold θ, not negative, in units of the scaled signals.</summary>
    public float Threshold
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => (UInt128)rows * (UInt128)atomCount;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override bool IsSigned => true;
}
