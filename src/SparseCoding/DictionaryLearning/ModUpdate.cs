using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// The method of optimal directions (Engan, Aase and Husøy 1999): D + (A + εI)⁻¹(B − AD) with A = ZᵀZ and B = ZᵀX, which is the least-squares
/// dictionary for ε → 0 and leaves atoms without codes where they are; then rows are scaled to norm 1 (and the codes and sums with them).
/// Refused with NonNegativeAtoms: clipping a least-squares solution is no descent.
/// </summary>
public sealed record ModUpdate : DictionaryUpdate
{
    /// <summary>ε as a share of the mean diagonal of A; positive. Where A is singular to rounding it grows tenfold until the system can be solved.</summary>
    /// <value>Default: 1e-6.</value>
    public float Ridge
    {
        get;
        init => field = Throw.Positive(value);
    } = 1e-6f;

    internal override bool UsesStatistics => true;

    internal override string Name => "Mod";

    internal override void Validate(DictionaryLearningOptions options, float penalty)
    {
        base.Validate(options, penalty);
        if (options.NonNegativeAtoms)
        {
            Throw.NotSupported("NonNegativeAtoms with Mod: its least-squares step has no non-negative form. Use BlockCoordinate or ApproximateKSvd.");
        }
    }

    internal override UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows) =>
        (2 * rows * atoms * (atoms + dimension)) + (atoms * atoms * atoms / 3) + (4 * atoms * atoms * dimension);
}
