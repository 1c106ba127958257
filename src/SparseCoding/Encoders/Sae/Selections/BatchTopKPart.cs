using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// The largest entries of the whole batch: see <see cref="BatchTopKSelection"/>. Each row first offers its largest few; where a row turns out to keep
/// all that it could offer, the offer is doubled and the selection repeated, so that the result does not depend on the room there was.
/// </summary>
internal sealed class BatchTopKPart : SelectionPart
{
    private readonly BatchTopKSelection _selection;
    private readonly BatchStatistic _smallest;
    private readonly DeviceMatrix _thresholds;
    private int _capacity;

    /// <summary>Starts without a threshold.</summary>
    public BatchTopKPart(SaeModel model)
        : base(model)
    {
        _selection = (BatchTopKSelection)model.Options.Selection;
        _capacity = (int)Math.Min(model.AtomCount, Math.Max(16, Math.Ceiling(4 * _selection.K)));
        _smallest = new BatchStatistic(model, "selection.threshold", 1, _selection.ThresholdDecay);
        _thresholds = Backend.Allocate(1, model.AtomCount);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _smallest.StateMatrices();

    /// <inheritdoc/>
    public override bool HasBatchStatistic => true;

    /// <inheritdoc/>
    public override int EntriesPerRow => (int)Math.Ceiling(Math.Max(_selection.K, _selection.Annealing?.From ?? 0));

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new SparseCodeBatch(Backend, rows, Model.AtomCount, _capacity);

    /// <inheritdoc/>
    public override CodeBatch AllocateForInference(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, training: false);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        // A small last batch at k below 1 would keep nothing, learn nothing and pull the threshold to 0.
        long total = Math.Max(1, (long)Math.Floor((_selection.Annealing?.At(step.Number, _selection.K) ?? _selection.K) * step.Rows));
        while (true)
        {
            DeviceCodes codes = ((SparseCodeBatch)step.Codes).Codes;
            Model.Encoder.Select(step.Input, new SelectionRule(SelectionKind.TopK, codes.Capacity), codes);
            Backend.KeepLargest(codes, total, _smallest.Current);
            if (!codes.Overflowed)
            {
                return;
            }

            _capacity = (int)Math.Min(Model.AtomCount, 2L * codes.Capacity);
            step.Codes.Dispose();
            step.Codes = Allocate(step.Rows);
        }
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
            _smallest.Start(thresholds.AsSpan(0, 1));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        var thresholds = new float[Model.AtomCount];
        Array.Fill(thresholds, _smallest.Read() is { } smallest ? smallest[0] : 0);
        return new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = thresholds };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows) => OperationCost.KeepLargest(rows * _capacity) + 2;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _smallest.Dispose();
        _thresholds.Dispose();
    }
}
