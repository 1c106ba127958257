using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A quota of signals for each atom: see <see cref="FeatureChoiceSelection"/>.</summary>
internal sealed class FeatureChoicePart : SelectionPart
{
    private readonly FeatureChoiceSelection _selection;
    private readonly DeviceMatrix _quotas;
    private readonly BatchStatistic _smallest;
    private readonly DeviceMatrix _thresholds;
    private int _quotaRows;
    private DeviceCodes? _mutual;
    private bool _hasSwitched;

    /// <summary>Starts without thresholds.</summary>
    public FeatureChoicePart(SaeModel model, FeatureChoiceSelection selection)
        : base(model)
    {
        _selection = selection;
        _quotas = Backend.Allocate(1, model.AtomCount);
        _smallest = new BatchStatistic(model, "selection.threshold", model.AtomCount, selection.ThresholdDecay);
        _thresholds = Backend.Allocate(1, model.AtomCount);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _smallest.StateMatrices();

    /// <inheritdoc/>
    public override bool HasBatchStatistic => true;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        if (step.Number <= _selection.MutualChoiceSteps)
        {
            ChooseMutually(step);
            return;
        }

        if (step.Number == _selection.MutualChoiceSteps + 1 && !_hasSwitched)
        {
            // The thresholds so far were those of another choice.
            _hasSwitched = true;
            _smallest.Forget();
        }

        if (_quotaRows != step.Rows)
        {
            Backend.Write(_quotas, 0, _selection.Quotas(Model.AtomCount, step.Rows));
            _quotaRows = step.Rows;
        }

        DeviceMatrix pre = step.Codes.Places("pre");
        Model.Encoder.Apply(step.Input, pre);
        Backend.KeepLargestOfColumns(pre, _quotas, step.Codes.Values, _smallest.Current);
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step)
    {
        Model.Encoder.Apply(step.Input, step.Codes.Values, relu: true);
        Backend.Map(MapOperation.Above, step.Codes.Values, step.Codes.Values, _thresholds);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _smallest.Update();

    /// <inheritdoc/>
    public override void ObserveAverages(SaeStep step)
    {
        Forward(step);
        _smallest.UpdateOnAverages();
    }

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (vectors?.GetValueOrDefault(JumpReluSelection.ThresholdName) is { } thresholds)
        {
            Backend.Write(_thresholds, 0, thresholds);
            _smallest.Start(thresholds);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        return new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = _smallest.Read() ?? new float[Model.AtomCount] };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) =>
        OperationCost.KeepLargestOfColumns(rows, Model.AtomCount) + (_selection.MutualChoiceSteps == 0 ? 0 : OperationCost.KeepLargest(rows * Model.AtomCount)) + (UInt128)Model.AtomCount + 1;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _quotas.Dispose();
        _smallest.Dispose();
        _thresholds.Dispose();
        _mutual?.Dispose();
    }

    /// <summary>The largest entries of the whole batch, and the smallest of them as every atom's threshold: see <see cref="BatchTopKPart"/>.</summary>
    private void ChooseMutually(SaeStep step)
    {
        long total = Math.Max(1, (long)Math.Floor(_selection.K * step.Rows));
        int capacity = (int)Math.Min(Model.AtomCount, Math.Max(16, Math.Ceiling(4 * _selection.K)));
        DeviceMatrix smallest = step.Scratch("choice.smallest", 1, 1);
        while (true)
        {
            if (_mutual is null || _mutual.Rows != step.Rows || _mutual.Capacity < capacity)
            {
                _mutual?.Dispose();
                _mutual = Backend.AllocateCodes(step.Rows, Model.AtomCount, capacity);
            }

            Model.Encoder.Select(step.Input, new SelectionRule(SelectionKind.TopK, _mutual.Capacity), _mutual);
            Backend.KeepLargest(_mutual, total, smallest);
            if (!_mutual.Overflowed)
            {
                break;
            }

            capacity = (int)Math.Min(Model.AtomCount, 2L * _mutual.Capacity);
        }

        Backend.Densify(_mutual, step.Codes.Values);
        Backend.Fill(_smallest.Current, 0);
        Backend.Map(MapOperation.Add, _smallest.Current, _smallest.Current, smallest);
    }
}
