using SparseCoding.Encoders;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>max(e^r p + b_m, 0) where the gate p + b is positive, with p = W u. The gate decides and has no gradient through the codes.</summary>
internal sealed class GatedPass : SaePass
{
    private const string Scale = "magnitude_scale";
    private const string Bias = "magnitude_bias";

    /// <inheritdoc/>
    public override bool IsLearned => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, float[] Values)> Vectors(SaeState state) =>
        [(Scale, state.Vectors[GatedSelection.ScaleName]), (Bias, state.Vectors[GatedSelection.BiasName])];

    /// <inheritdoc/>
    public override string FileName(string name) => name == Scale ? GatedSelection.ScaleName : GatedSelection.BiasName;

    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor product = Affine(input, weight, null), gate = product.detach();
        if (bias is not null)
        {
            gate = gate.add(bias.detach(), One);
        }

        torch.Tensor magnitude = (product * module.get_parameter(Scale)!.exp()).add(module.get_parameter(Bias)!, One);
        return Masked(magnitude.relu(), gate.gt(Zero));
    }
}
