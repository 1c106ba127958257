using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Top-AFA (arXiv 2503.24277): the positive pre-activations in the order of z_j‖d_j‖; the first n are kept, n from 1 such that √(Σ z_j²‖d_j‖²) comes nearest to ‖u − b_d‖. With
/// atoms near orthogonal a code has the norm of what it stands for, so that no k is needed. The AFA loss, weight · (‖z ∘ ‖d‖‖ − ‖u − b_d‖)², takes the norm of the signal as a
/// constant.
/// </summary>
public sealed record TopAfaSelection : Selection
{
    /// <summary>Name of the norms of the atoms in a file.</summary>
    internal const string NormsName = "encoder.norms";

    /// <summary>Weight of the AFA loss, not negative.</summary>
    /// <value>Default: 0 (top-afa-sae).</value>
    public float LossWeight
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => OperationCost.KeepToNorm(rows, atomCount) + ((UInt128)rows * ((2 * (UInt128)dimension) + 3));

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override IReadOnlyList<string> VectorNames => [NormsName];

    internal override bool NeedsLinearDecoder => true;

    internal override bool LearnsFromCodes => false;
}
