using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>max(pre, 0).</summary>
internal sealed class ReluPass : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias) => Affine(input, weight, bias).relu();
}
