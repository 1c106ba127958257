using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Approximate K-SVD (Rubinstein, Zibulevsky and Elad 2008): for each atom in turn, with E the signals that use it less what the other atoms give them and z its
/// coefficients, d = zE/‖zE‖, then z = S_λ(E dᵀ): the best coefficients on the support, shrunk by the coder's l1 penalty λ. Each of the two never raises the objective.
/// Non-negative atoms and codes are clipped at 0, which is exact too. Needs the codes of all signals at once.
/// </summary>
public sealed record ApproximateKSvdUpdate : DictionaryUpdate
{
    /// <summary>Power steps for each atom, at least 1.</summary>
    /// <value>Default: 1.</value>
    public int Passes
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1;

    internal override bool MovesCodes => true;

    internal override string Name => "ApproximateKSvd";

    internal override UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows) => rows * atoms * dimension * ((4 * (UInt128)Passes) + 4);
}
