using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A fixed threshold on |pre|, soft or hard: see <see cref="SoftThresholdSelection"/> and <see cref="HardThresholdSelection"/>. The gradient of an entry is that of its pre-activation.</summary>
internal sealed class SignedThresholdPart(SaeModel model, float threshold, bool soft) : SelectionPart(model)
{
    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceMatrix values = step.Codes.Values;
        Model.Encoder.Apply(step.Input, values);
        if (soft)
        {
            Backend.Map(MapOperation.SoftThreshold, values, values, null, threshold);
            return;
        }

        // |pre| where it exceeds θ, then pre at its support.
        DeviceMatrix size = step.Codes.Places("threshold.size"), bound = step.Scratch("threshold.bound", 1, 1);
        Backend.Fill(bound, threshold);
        Backend.Map(MapOperation.Sign, size, values);
        Backend.Map(MapOperation.Multiply, size, size, values);
        Backend.Map(MapOperation.Above, size, size, bound);
        Backend.Map(MapOperation.Mask, values, values, size);
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        Backend.Map(MapOperation.Mask, step.Codes.Gradient, step.Codes.Gradient, step.Codes.Values);
        base.Backward(step);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) => 6 * (UInt128)rows * (UInt128)Model.AtomCount;
}
