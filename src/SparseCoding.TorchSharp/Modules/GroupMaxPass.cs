using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>The first largest of each group, where it is positive; group g of n atoms has those from ⌊g·n/k⌋ to before ⌊(g + 1)·n/k⌋.</summary>
internal sealed class GroupMaxPass(int groups) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias), sizes = pre.detach();
        long atoms = sizes.shape[^1];
        torch.Tensor mask = torch.zeros_like(sizes, torch.ScalarType.Bool);
        for (int group = 0; group < groups; group++)
        {
            long first = group * atoms / groups, count = ((group + 1) * atoms / groups) - first;
            torch.Tensor place = FirstLargest(sizes.narrow(-1, first, count)).add(S(first), One);
            mask.scatter_(-1, place, torch.ones_like(place, torch.ScalarType.Bool));
        }

        return Masked(pre, mask & sizes.gt(Zero));
    }
}
