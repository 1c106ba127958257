using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>TopK by a score that knows the gradient of a downstream loss: see <see cref="GradientTopKSelection"/>.</summary>
internal sealed class GradientTopKPart(SaeModel model, GradientTopKSelection selection) : SelectionPart(model)
{
    private readonly SelectionRule _rule = selection.Rule;
    private bool _hasGradients;

    /// <inheritdoc/>
    public override int EntriesPerRow => selection.K;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new SparseCodeBatch(Backend, rows, Model.AtomCount, _rule.Capacity(Model.AtomCount), Model.IsTraining);

    /// <inheritdoc/>
    public override void Load(SaeStep step, SignalBatch batch)
    {
        _hasGradients = batch.Gradients is not null;
        if (_hasGradients)
        {
            Backend.Write(Gradients(step), 0, batch.Gradients.AsSpan(0, step.Rows * Model.InputDimension));
        }
    }

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceCodes codes = ((SparseCodeBatch)step.Codes).Codes;
        if (selection.Beta == 0)
        {
            Model.Encoder.Select(step.Input, _rule, codes);
            return;
        }

        if (!_hasGradients)
        {
            Throw.InvalidOperation("Gradient-aware TopK trains on batches with SignalBatch.Gradients, which this one does not have: give the gradient of the downstream loss at each signal, or set Beta to 0.");
        }

        DeviceMatrix pre = step.Scratch("gradient.pre", step.Rows, Model.AtomCount), score = step.Scratch("gradient.score", step.Rows, Model.AtomCount), sign = step.Scratch("gradient.sign", step.Rows, Model.AtomCount);
        Model.Encoder.Apply(step.Input, pre, relu: true);
        Backend.Product(Gradients(step), false, Model.Decoder.Atoms.Value, true, score, ProductEpilogue.None);
        Backend.Map(MapOperation.Sign, sign, score);
        Backend.Map(MapOperation.Multiply, score, score, sign);
        if (selection.Normalize)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.All, step.Scalar, score, null, (float)(1.0 / score.Length));
            Backend.Map(MapOperation.Divide, score, score, step.Scalar);
        }

        // z(1 + βa) is positive where z is, so that the selection takes no other.
        Backend.Map(MapOperation.Affine, score, score, null, 1, selection.Beta);
        Backend.Map(MapOperation.Multiply, score, score, pre);
        Backend.Select(score, _rule, codes);
        Backend.GatherAtSupport(pre, codes, codes.Values, 1);
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step) => Model.Encoder.Select(step.Input, _rule, ((SparseCodeBatch)step.Codes).Codes);

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) => selection.Beta == 0 ? 0 : (UInt128)rows * (UInt128)Model.AtomCount * (10 + (2 * (UInt128)Model.OutputDimension));

    private DeviceMatrix Gradients(SaeStep step) => step.Scratch("gradient.given", step.Rows, Model.InputDimension);
}
