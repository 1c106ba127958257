using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Block coordinate descent (Mairal, Bach, Ponce and Sapiro 2010, algorithm 2): for each atom k in turn d_k becomes the unit vector along
/// d_k + (B_k − A_k D)/A_kk with A = ZᵀZ and B = ZᵀX, which minimises the error over unit vectors for the given codes. Blocks of atoms share one matrix product.
/// </summary>
public sealed record BlockCoordinateUpdate : DictionaryUpdate
{
    /// <summary>Sweeps over all atoms after each coding, at least 1.</summary>
    /// <value>Default: 5.</value>
    public int Sweeps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 5;

    internal override bool UsesStatistics => true;

    internal override string Name => "BlockCoordinate";

    internal override UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows) =>
        (2 * rows * atoms * (atoms + dimension)) + ((UInt128)Sweeps * ((2 * atoms * atoms * dimension) + (4 * atoms * dimension)));
}
