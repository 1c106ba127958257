using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Matching pursuit, unrolled: in each step the atom of the largest positive r·d enters with that coefficient, and r loses it. The gradient follows the chosen atoms.</summary>
internal sealed class MatchingPursuitPass(int steps) : SaePass
{
    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor residual = input.reshape(-1, input.shape[^1]);
        torch.Tensor codes = torch.zeros([residual.shape[0], weight.shape[0]], input.dtype, input.device);
        for (int step = 0; step < steps; step++)
        {
            torch.Tensor products = residual.matmul(weight.t()), place = FirstLargest(products.detach());
            torch.Tensor worth = products.gather(-1, place).relu();
            codes = codes.scatter_add(-1, place, worth);
            if (step + 1 < steps)
            {
                residual -= worth * weight.index_select(0, place.squeeze(-1));
            }
        }

        long[] shape = input.shape;
        shape[^1] = weight.shape[0];
        return codes.reshape(shape);
    }
}
