using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>
/// Gated (Rajamanoharan et al. 2024): the encoder's π = W(u − b_d) + b decides, z = max(e^r ∘ W(u − b_d) + b_m, 0) where π is positive, with a scale r and a bias b_m of
/// each atom. The penalty acts on max(π, 0), and the loss gains ½‖x − (max(π, 0) D + b_d)‖² with D and b_d taken as constants (as in the paper and dictionary_learning;
/// SAELens lets their gradient through).
/// </summary>
public sealed record GatedSelection : Selection
{
    /// <summary>Name of r in a file.</summary>
    internal const string ScaleName = "encoder.magnitude_scale";

    /// <summary>Name of b_m in a file.</summary>
    internal const string BiasName = "encoder.magnitude_bias";

    internal override UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => 4 * (UInt128)rows * (UInt128)atomCount;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override IReadOnlyList<string> VectorNames => [ScaleName, BiasName];

    internal override bool NeedsLinearDecoder => true;

    internal override bool NeedsPenalty => true;

    internal override bool LearnsFromCodes => false;
}
