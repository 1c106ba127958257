using SparseCoding.Encoders;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>max(pre, 0) where it exceeds the atom's threshold: how a BatchTopK or feature-choice encoder encodes. The thresholds are statistics, not parameters.</summary>
internal sealed class ThresholdPass : SaePass
{
    private const string Name = "threshold";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, float[] Values)> Vectors(SaeState state) => [(Name, state.Thresholds ?? new float[state.AtomCount])];

    /// <inheritdoc/>
    public override string FileName(string name) => JumpReluSelection.ThresholdName;

    /// <inheritdoc/>
    public override torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias)
    {
        torch.Tensor pre = Affine(input, weight, bias).relu();
        return Masked(pre, pre.detach() > module.get_buffer(Name)!);
    }
}
