using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>The soft threshold sign(pre) max(|pre| − θ, 0), or the hard one, pre where |pre| exceeds θ.</summary>
internal sealed class SignedThresholdPass(float threshold, bool soft) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias), values = pre.detach();
        return Masked(soft ? pre - values.sign().mul(S(threshold)) : pre, values.abs().gt(S(threshold)));
    }
}
