using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Orthogonal matching pursuit, unrolled: r = u − b_d; in each step the atom of the largest |r·d_j| joins the support, and the code is the least-squares fit on it (signed), r what it
/// leaves. Encoder and decoder share unit atoms. The gradient follows the chosen atoms through the least squares. An atom that depends on those chosen (its part orthogonal to them is
/// below 1e-4) gets no entry. overcomplete's OMPSAE has non-negative least squares instead.
/// </summary>
public sealed record OrthogonalPursuitSelection : Selection
{
    /// <summary>Takes at most that many atoms.</summary>
    /// <param name="steps">Steps, at least 1.</param>
    public OrthogonalPursuitSelection(int steps) => Steps = steps;

    /// <summary>Steps, at least 1: the most active atoms of a code.</summary>
    public int Steps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) =>
        (UInt128)rows * (UInt128)Steps * (((UInt128)atomCount * ((2 * (UInt128)dimension) + 8)) + ((UInt128)(Steps + 4) * ((8 * (UInt128)dimension) + 8)));

    internal override bool IsEncodingBound => true;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override bool IsSigned => true;

    internal override double? MostActive => Steps;

    internal override bool IsTied => true;

    internal override bool NeedsLinearDecoder => true;

    internal override bool LearnsFromCodes => false;

    internal override void Validate(int atomCount)
    {
        if (Steps > atomCount)
        {
            Throw.Argument($"Orthogonal matching pursuit takes {Steps} steps, but the encoder has only {atomCount} atoms.", nameof(Steps));
        }
    }
}
