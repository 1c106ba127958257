using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Exact K-SVD (Aharon, Elad and Bruckstein 2006): for each atom in turn, with E the signals that use it less what the other atoms give them, atom and
/// coefficients become the largest singular pair of E. With non-negative atoms or codes that problem has no closed form, and 20 alternations from the
/// present pair stand for it (Aharon, Elad and Bruckstein 2005). Needs the codes of all signals at once; refused with an l1 penalty, which a singular pair does not see.
/// </summary>
public sealed record KSvdUpdate : DictionaryUpdate
{
    internal override bool MovesCodes => true;

    internal override string Name => "KSvd";

    internal override void Validate(DictionaryLearningOptions options, float penalty)
    {
        base.Validate(options, penalty);
        if (penalty > 0)
        {
            Throw.NotSupported($"KSvd with an l1 penalty (Lambda = {penalty}): the rank-1 fit minimises the error alone and would raise the objective. Use ApproximateKSvd, which shrinks the coefficients, BlockCoordinate, or a coder that is stopped by MaxActive.");
        }
    }

    internal override UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows) => rows * atoms * ((2 * dimension * dimension) + (8 * dimension));
}
