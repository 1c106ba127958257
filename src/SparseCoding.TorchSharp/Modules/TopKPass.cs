using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>The k largest positive pre-activations of each row, or the k of largest magnitude with their signs.</summary>
internal sealed class TopKPass(int k, bool signed) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias), sizes = pre.detach();
        return Masked(pre, Largest(signed ? sizes.abs() : sizes, k));
    }
}
