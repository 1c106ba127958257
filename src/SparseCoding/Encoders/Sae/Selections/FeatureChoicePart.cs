using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A quota of signals for each atom: see <see cref="FeatureChoiceSelection"/>.</summary>
internal sealed class FeatureChoicePart : SelectionPart
{
    private readonly FeatureChoiceSelection _selection;
    private readonly DeviceMatrix _quotas;
    private readonly DeviceMatrix _smallest;
    private readonly DeviceMatrix _sum;
    private readonly DeviceMatrix _weight;
    private readonly DeviceMatrix _thresholds;
    private int _quotaRows;

    /// <summary>Starts without thresholds.</summary>
    public FeatureChoicePart(SaeModel model, FeatureChoiceSelection selection)
        : base(model)
    {
        _selection = selection;
        _quotas = Backend.Allocate(1, model.AtomCount);
        _smallest = Backend.Allocate(1, model.AtomCount);
        _sum = Backend.Allocate(1, model.AtomCount);
        _weight = Backend.Allocate(1, 1);
        _thresholds = Backend.Allocate(1, model.AtomCount);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("selection.threshold.sum", _sum), ("selection.threshold.weight", _weight)];

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        if (_quotaRows != step.Rows)
        {
            Backend.Write(_quotas, 0, _selection.Quotas(Model.AtomCount, step.Rows));
            _quotaRows = step.Rows;
        }

        DeviceMatrix pre = step.Codes.Places("pre");
        Model.Encoder.Apply(step.Input, pre);
        Backend.KeepLargestOfColumns(pre, _quotas, step.Codes.Values, _smallest);
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step)
    {
        Model.Encoder.Apply(step.Input, step.Codes.Values, relu: true);
        Backend.Map(MapOperation.Above, step.Codes.Values, step.Codes.Values, _thresholds);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step)
    {
        float decay = (float)_selection.ThresholdDecay;
        Backend.Map(MapOperation.Add, _sum, _sum, _smallest, decay, 1 - decay);
        Backend.Map(MapOperation.Affine, _weight, _weight, null, 1 - decay, decay);
    }

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (vectors?.GetValueOrDefault(JumpReluSelection.ThresholdName) is { } thresholds)
        {
            Backend.Write(_thresholds, 0, thresholds);
            Backend.Write(_sum, 0, thresholds);
            Backend.Fill(_weight, 1);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        var weight = new float[1];
        var thresholds = new float[Model.AtomCount];
        Backend.Read(_weight, 0, weight);
        Backend.Read(_sum, 0, thresholds);
        for (int i = 0; i < thresholds.Length; i++)
        {
            thresholds[i] = weight[0] > 0 ? thresholds[i] / weight[0] : 0;
        }

        return new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = thresholds };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) => OperationCost.KeepLargestOfColumns(rows, Model.AtomCount) + (UInt128)Model.AtomCount + 1;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _quotas.Dispose();
        _smallest.Dispose();
        _sum.Dispose();
        _weight.Dispose();
        _thresholds.Dispose();
    }
}
