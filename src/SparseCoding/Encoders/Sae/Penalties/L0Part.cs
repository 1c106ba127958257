using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>weight · number of active atoms: see <see cref="L0Penalty"/>.</summary>
internal sealed class L0Part(SaeModel model, Schedule weight, L0Controller? controller = null) : PenaltyPart(model, weight, controller)
{
    /// <inheritdoc/>
    public override void AddGradient(SaeStep step) => Model.Selection.AddCountGradient(step, step.Mean * Weight(step));

    /// <inheritdoc/>
    public override double Value(SaeStep step) => Weight(step) * step.Total(ReduceOperation.CountNonZero, step.Codes.Values, null, step.Mean);
}
