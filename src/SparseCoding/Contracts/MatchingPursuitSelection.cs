using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Matching pursuit, unrolled (MP-SAE: Costa et al. 2025; SAELens, overcomplete): r = u − b_d; in each step the atom of the largest positive r·d_j enters with that coefficient and
/// r loses it. Encoder and decoder share unit atoms. The gradient follows the chosen atoms; a step in which nothing is positive changes nothing. An atom may be chosen again
/// and then gains.
/// </summary>
public sealed record MatchingPursuitSelection : Selection
{
    /// <summary>Takes at most that many steps.</summary>
    /// <param name="steps">Steps, at least 1.</param>
    public MatchingPursuitSelection(int steps) => Steps = steps;

    /// <summary>Steps, at least 1: the most active atoms of a code.</summary>
    public int Steps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => 
        (UInt128)(Steps - 1) * (UInt128)rows * (((UInt128)atomCount * ((2 * (UInt128)dimension) + 2)) + (4 * (UInt128)dimension));

    internal override bool IsEncodingBound => true;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override double? MostActive => Steps;

    internal override bool IsTied => true;

    internal override bool NeedsLinearDecoder => true;

    internal override bool LearnsFromCodes => false;

    internal override void Validate(int atomCount)
    {
        if (Steps > atomCount)
        {
            Throw.Argument($"Matching pursuit takes {Steps} steps, but the encoder has only {atomCount} atoms.", nameof(Steps));
        }
    }
}
