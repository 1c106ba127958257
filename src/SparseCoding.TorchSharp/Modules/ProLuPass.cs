using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>m = W u where m and m + b are positive. It has no gradient of its own: that of a ReLU (1 for m and b), or straight through (1 + m for m, m for b).</summary>
internal sealed class ProLuPass(bool straightThrough) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, null), values = pre.detach();
        if (bias is null)
        {
            return pre.relu();
        }

        torch.Tensor active = values.gt(Zero) & values.add(bias.detach(), One).gt(Zero), shift = bias - bias.detach();
        return Masked(straightThrough ? pre.add(values * (pre - values), One).add(values * shift, One) : pre.add(shift, One), active);
    }
}
