using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Stochastic gradient on the atoms (Olshausen and Field 1996), with Adam: the gradient of the mean ½‖x − zD‖² of the batch, without its part along
/// the atom, then norm 1 again (non-negative atoms are clipped first). Needs the smallest memory of all: no atoms x atoms matrix.
/// </summary>
public sealed record GradientUpdate : DictionaryUpdate
{
    /// <summary>Learning rate, or a schedule over the alternations; pushed batches beyond the run keep its final value.</summary>
    /// <value>Default: 0.02, decaying linearly to 0 over the last half.</value>
    public Schedule LearningRate
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "LearningRate must not be null.");
    } = new() { Value = 0.02f, DecayShare = 0.5 };

    /// <summary>Steps after each coding, at least 1.</summary>
    /// <value>Default: 1.</value>
    public int Steps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1;

    /// <summary>Constants of Adam.</summary>
    /// <value>Default: β 0.9 and 0.999, ε 1e-8.</value>
    public AdamOptions Adam
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Adam must not be null.");
    } = new();

    internal override string Name => "Gradient";

    internal override UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows) => (UInt128)Steps * ((4 * rows * atoms * dimension) + (20 * atoms * dimension));
}
