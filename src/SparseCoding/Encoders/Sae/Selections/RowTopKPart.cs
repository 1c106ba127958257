using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A number of entries for each row: TopK, AbsTopK and GroupMax. The gradient of an entry is that of its pre-activation.</summary>
internal sealed class RowTopKPart : SelectionPart
{
    private readonly SelectionRule _rule;
    private readonly CountAnnealing? _annealing;
    private readonly int _most;

    /// <summary>Takes the rule of the options.</summary>
    public RowTopKPart(SaeModel model)
        : base(model)
    {
        _rule = model.Options.Selection.Rule;
        _annealing = model.Options.Selection switch { TopKSelection top => top.Annealing, AbsTopKSelection top => top.Annealing, _ => null };
        _most = model.IsTraining && _annealing is { } annealing ? (int)annealing.From : _rule.K;
    }

    /// <inheritdoc/>
    public override int EntriesPerRow => _most;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) =>
        new SparseCodeBatch(Backend, rows, Model.AtomCount, (_rule with { K = _most }).Capacity(Model.AtomCount), Model.IsTraining);

    /// <inheritdoc/>
    public override void Forward(SaeStep step) =>
        Model.Encoder.Select(step.Input, _annealing is null ? _rule : _rule with { K = (int)_annealing.At(step.Number, _rule.K) }, ((SparseCodeBatch)step.Codes).Codes);

    /// <inheritdoc/>
    public override void Infer(SaeStep step) => Model.Encoder.Select(step.Input, _rule, ((SparseCodeBatch)step.Codes).Codes);
}
