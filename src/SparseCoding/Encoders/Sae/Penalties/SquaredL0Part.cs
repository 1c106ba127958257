using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>weight · (L0/T − 1)² of the batch: see <see cref="SquaredL0Penalty"/>. The count stays on the device.</summary>
internal sealed class SquaredL0Part(SaeModel model, SquaredL0Penalty options) : PenaltyPart(model, options.Weight)
{
    /// <inheritdoc/>
    public override void AddGradient(SaeStep step)
    {
        // ∂/∂(number of active places) = 2 w (L0/T − 1)/(T rows).
        float weight = Weight(step), target = (float)options.Target;
        DeviceMatrix excess = Excess(step);
        Model.Backend.Map(MapOperation.Scale, excess, excess, null, 2 * weight * step.Mean / target);
        Model.Selection.AddCountGradient(step, 1, excess);
    }

    /// <inheritdoc/>
    public override double Value(SaeStep step)
    {
        double excess = (step.Total(ReduceOperation.CountNonZero, step.Codes.Values, null, step.Mean) / options.Target) - 1;
        return Weight(step) * excess * excess;
    }

    /// <inheritdoc/>
    public override UInt128 Operations(long rows) => (UInt128)(rows * Model.AtomCount) + (UInt128)Model.AtomCount + 4;

    /// <summary>L0/T − 1 as [1, 1].</summary>
    private DeviceMatrix Excess(SaeStep step)
    {
        DeviceMatrix excess = step.Scratch("l0.excess", 1, 1);
        Model.Backend.Reduce(ReduceOperation.CountNonZero, ReduceAxis.All, excess, step.Codes.Values, null, step.Mean / (float)options.Target);
        Model.Backend.Map(MapOperation.Affine, excess, excess, null, -1, 1);
        return excess;
    }
}
