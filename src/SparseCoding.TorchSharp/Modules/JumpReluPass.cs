using SparseCoding.Encoders;
using TorchSharp;

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
        torch.Tensor codes = Masked(pre, (values > fixedThreshold) & (values > 0));
        if (!torch.is_grad_enabled() || !threshold.requires_grad)
        {
            return codes;
        }

        // Adds 0 to the value and the kernel to the gradient.
        torch.Tensor slope = Kernel((values - fixedThreshold) / selection.Bandwidth) * (-fixedThreshold / selection.Bandwidth);
        return codes + (slope * (threshold - fixedThreshold));
    }

    /// <summary>K(u).</summary>
    private torch.Tensor Kernel(torch.Tensor u) => selection.Kernel switch
    {
        StraightThroughKernel.Rectangle => (u.abs() < 0.5).to(u.dtype),
        StraightThroughKernel.Triangle => (1 - u.abs()).relu(),
        StraightThroughKernel.Gaussian => (-0.5 * u * u).exp() / Math.Sqrt(2 * Math.PI),
        StraightThroughKernel.Quartic => (1 - (u * u)).relu().square() * (15.0 / 16),
        _ => (1 - (u * u)).relu() * 0.75,
    };
}
