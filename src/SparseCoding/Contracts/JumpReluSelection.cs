using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// z = pre where pre exceeds the atom's own threshold θ, else 0 (Rajamanoharan et al. 2024). The thresholds are part of the encoder's state and are
/// learned as θ = exp(t). With a kernel K, by default the rectangle K(u) = 1 for |u| below ½, the straight-through gradients are
/// ∂z/∂θ = −(θ/ε) K((pre − θ)/ε) and, for a penalty on the number of active atoms, ∂[z active]/∂θ = −(1/ε) K((pre − θ)/ε).
/// </summary>
public sealed record JumpReluSelection : Selection
{
    /// <summary>Name of the thresholds in a file.</summary>
    internal const string ThresholdName = "encoder.threshold";

    /// <summary>Threshold of every atom at the start of training, positive, in units of the scaled signals.</summary>
    /// <value>Default: 0.01 (SAELens).</value>
    public float InitialThreshold
    {
        get;
        init => field = Throw.Positive(value);
    } = 0.01f;

    /// <summary>Width ε of the kernel, positive, in units of the scaled signals.</summary>
    /// <value>Default: 0.05 (SAELens).</value>
    public float Bandwidth
    {
        get;
        init => field = Throw.Positive(value);
    } = 0.05f;

    /// <summary>The kernel K of the straight-through gradients.</summary>
    /// <value>Default: <see cref="StraightThroughKernel.Rectangle"/> (Rajamanoharan et al. 2024).</value>
    public StraightThroughKernel Kernel
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Kernel is not one of the kernels.");
    }

    internal override bool NeedsPenalty => true;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override IReadOnlyList<string> VectorNames => [ThresholdName];
}
