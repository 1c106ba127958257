using SparseCoding.Encoders;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>Of the positive pre-activations in the order of their size v_j‖d_j‖ the first n, n from 1 such that the norm of the sizes comes nearest to that of the input; the smaller n of a tie, the lower index of a tie.</summary>
internal sealed class TopAfaPass : SaePass
{
    private const string Name = "atom_norms";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, float[] Values)> Vectors(SaeState state) => [(Name, state.Vectors[TopAfaSelection.NormsName])];

    /// <inheritdoc/>
    public override string FileName(string name) => TopAfaSelection.NormsName;

    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias).relu(), values = pre.detach(), sizes = values * module.get_buffer(Name)!;
        (torch.Tensor sorted, torch.Tensor order) = sizes.sort(-1, descending: true, stable: true);
        torch.Tensor norms = (sorted * sorted).cumsum(-1).sqrt(), fixedInput = input.detach(), target = (fixedInput * fixedInput).sum(-1, keepdim: true).sqrt();

        // Entries of size 0 add nothing, so that the smallest n never reaches them.
        torch.Tensor last = FirstLargest((norms - target).abs().neg());
        torch.Tensor ranks = Places(sizes.shape[^1], sizes.device);
        torch.Tensor mask = torch.zeros_like(sizes, torch.ScalarType.Bool).scatter(-1, order, ranks <= last);
        return Masked(pre, mask & values.gt(Zero));
    }
}
