using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>The soft threshold sign(pre) max(|pre| − θ, 0), or the hard one, pre where |pre| exceeds θ.</summary>
internal sealed class SignedThresholdPass(float threshold, bool soft) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias), values = pre.detach();
        return Masked(soft ? pre - (values.sign() * threshold) : pre, values.abs() > threshold);
    }
}
