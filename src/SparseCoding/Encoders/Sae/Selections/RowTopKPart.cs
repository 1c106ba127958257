using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A number of entries for each row: TopK and AbsTopK. The gradient of an entry is that of its pre-activation.</summary>
internal sealed class RowTopKPart(SaeModel model) : SelectionPart(model)
{
    private readonly SelectionRule _rule = model.Options.Selection.Rule;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new SparseCodeBatch(Backend, rows, Model.AtomCount, _rule.Capacity(Model.AtomCount), Model.IsTraining);

    /// <inheritdoc/>
    public override void Forward(SaeStep step) => Model.Encoder.Select(step.Input, _rule, ((SparseCodeBatch)step.Codes).Codes);
}
