namespace SparseCoding.Encoders;

/// <summary>z = max(pre, 0), on every place.</summary>
internal sealed class ReluPart(SaeModel model) : SelectionPart(model)
{
    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step) => Model.Encoder.Apply(step.Input, step.Codes.Values, relu: true);
}
