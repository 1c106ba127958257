using SparseCoding.Encoders;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>max(pre, 0) where it exceeds the atom's threshold θ, which is a parameter with the straight-through gradient ∂z/∂θ = −(θ/ε)K((pre − θ)/ε).</summary>
internal sealed class JumpReluPass(JumpReluSelection selection) : SaePass
{
    private const string Name = "threshold";

    /// <inheritdoc/>
    public override bool IsLearned => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, float[] Values)> Vectors(SaeState state) => [(Name, state.Thresholds!)];

    /// <inheritdoc/>
    public override string FileName(string name) => JumpReluSelection.ThresholdName;

    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias), threshold = module.get_parameter(Name)!, fixedThreshold = threshold.detach(), values = pre.detach();
        torch.Tensor codes = Masked(pre, (values > fixedThreshold) & values.gt(Zero));
        if (!torch.is_grad_enabled() || !threshold.requires_grad)
        {
            return codes;
        }

        // Adds 0 to the value and the kernel to the gradient.
        torch.Tensor slope = Kernel((values - fixedThreshold).div(S(selection.Bandwidth))) * fixedThreshold.div(S(-selection.Bandwidth));
        return codes.add(slope * (threshold - fixedThreshold), One);
    }

    /// <summary>K(u).</summary>
    private torch.Tensor Kernel(torch.Tensor u) => selection.Kernel switch
    {
        StraightThroughKernel.Rectangle => u.abs().lt(S(0.5)).to(u.dtype),
        StraightThroughKernel.Triangle => OneMinus(u.abs()).relu(),
        StraightThroughKernel.Gaussian => (u * u).mul(S(-0.5)).exp().mul(S(1 / Math.Sqrt(2 * Math.PI))),
        StraightThroughKernel.Quartic => OneMinus(u * u).relu().pow(S(2)).mul(S(15.0 / 16)),
        _ => OneMinus(u * u).relu().mul(S(0.75)),
    };

    private static torch.Tensor OneMinus(torch.Tensor values) => values.neg().add(One, One);
}
