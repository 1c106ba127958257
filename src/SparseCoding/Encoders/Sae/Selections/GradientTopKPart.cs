using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>TopK by a score that knows the gradient of a downstream loss: see <see cref="GradientTopKSelection"/>.</summary>
internal sealed class GradientTopKPart : SelectionPart
{
    private const float Decay = 0.99f;
    private readonly GradientTopKSelection _selection;
    private readonly SelectionRule _rule;
    private readonly BatchStatistic _mean;
    private bool _hasGradients;

    /// <summary>Starts without a mean.</summary>
    public GradientTopKPart(SaeModel model, GradientTopKSelection selection)
        : base(model)
    {
        _selection = selection;
        _rule = selection.Rule;
        _mean = new BatchStatistic(model, "selection.gradient", 1, Decay);
    }

    /// <inheritdoc/>
    public override int EntriesPerRow => Model.IsTraining && _selection.Annealing is { } annealing ? (int)annealing.From : _selection.K;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _mean.StateMatrices();

    /// <inheritdoc/>
    public override bool HasBatchStatistic => _selection is { Normalize: true, Beta: not 0 };

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new SparseCodeBatch(Backend, rows, Model.AtomCount, (_rule with { K = EntriesPerRow }).Capacity(Model.AtomCount), Model.IsTraining);

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
        if (_selection.Beta != 0 && !_hasGradients)
        {
            Throw.InvalidOperation("Gradient-aware TopK trains on batches with SignalBatch.Gradients, which this one does not have: give the gradient of the downstream loss at each signal, or set Beta to 0.");
        }

        Choose(step, _selection.Annealing is null ? _rule : _rule with { K = (int)_selection.Annealing.At(step.Number, _rule.K) });
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step) => Choose(step, _rule);

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _mean.Update();

    /// <inheritdoc/>
    public override void ObserveAverages(SaeStep step)
    {
        Forward(step);
        _mean.UpdateOnAverages();
    }

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (vectors is not null)
        {
            ReadOnlySpan<float> mean = vectors[GradientTopKSelection.MeanName].AsSpan(0, 1);
            Backend.Write(_mean.Current, 0, mean);
            _mean.Start(mean);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        var mean = new float[Model.AtomCount];
        Array.Fill(mean, _mean.Read() is { } running ? running[0] : 0);
        return new Dictionary<string, float[]> { [GradientTopKSelection.MeanName] = mean };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) => 2 + (_selection.Beta == 0 ? 0 : (UInt128)rows * (UInt128)Model.AtomCount * (10 + (2 * (UInt128)Model.OutputDimension)));

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _mean.Dispose();
    }

    private void Choose(SaeStep step, SelectionRule rule)
    {
        DeviceCodes codes = ((SparseCodeBatch)step.Codes).Codes;
        if (_selection.Beta == 0 || !_hasGradients)
        {
            Model.Encoder.Select(step.Input, rule, codes);
            return;
        }

        DeviceMatrix pre = step.Scratch("gradient.pre", step.Rows, Model.AtomCount), score = step.Scratch("gradient.score", step.Rows, Model.AtomCount), sign = step.Scratch("gradient.sign", step.Rows, Model.AtomCount);
        Model.Encoder.Apply(step.Input, pre, relu: true);
        Backend.Product(Gradients(step), false, Model.EncodingAtoms ?? Model.Decoder.Atoms.Value, true, score, ProductEpilogue.None);
        Backend.Map(MapOperation.Sign, sign, score);
        Backend.Map(MapOperation.Multiply, score, score, sign);
        if (_selection.Normalize)
        {
            if (Model.IsTraining)
            {
                Backend.Reduce(ReduceOperation.Sum, ReduceAxis.All, _mean.Current, score, null, (float)(1.0 / score.Length));
            }

            Backend.Map(MapOperation.Divide, score, score, _mean.Current);
        }

        // z(1 + βa) is positive where z is, so that the selection takes no other.
        Backend.Map(MapOperation.Affine, score, score, null, 1, _selection.Beta);
        Backend.Map(MapOperation.Multiply, score, score, pre);
        Backend.Select(score, rule, codes);
        Backend.GatherAtSupport(pre, codes, codes.Values, 1);
    }

    private DeviceMatrix Gradients(SaeStep step) => step.Scratch("gradient.given", step.Rows, Model.InputDimension);
}
