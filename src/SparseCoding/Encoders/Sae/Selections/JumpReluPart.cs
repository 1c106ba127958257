using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>Thresholds θ = exp(t) that are learned straight through: see <see cref="JumpReluSelection"/>.</summary>
internal sealed class JumpReluPart : SelectionPart
{
    private readonly JumpReluSelection _selection;
    private readonly Parameter _logThresholds;
    private readonly DeviceMatrix _thresholds;
    private float _countWeight;

    /// <summary>Allocates the thresholds.</summary>
    public JumpReluPart(SaeModel model)
        : base(model)
    {
        _selection = (JumpReluSelection)model.Options.Selection;
        _logThresholds = new Parameter(Backend, "encoder.log_threshold", 1, model.AtomCount, frozen: !model.IsTraining);
        _thresholds = Backend.Allocate(1, model.AtomCount);
        Parameters = model.IsTraining ? [_logThresholds] : [];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientFull = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceMatrix pre = step.Codes.Places("pre");
        Model.Encoder.Apply(step.Input, pre);
        Backend.Map(MapOperation.Exp, _thresholds, _logThresholds.Value);
        Backend.Map(MapOperation.Above, step.Codes.Values, pre, _thresholds);
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step)
    {
        // The vector of the file, so that a foreign threshold of 0 or below means what it says after the ReLU.
        Model.Encoder.Apply(step.Input, step.Codes.Values, relu: true);
        Backend.Map(MapOperation.Above, step.Codes.Values, step.Codes.Values, _thresholds);
    }

    /// <inheritdoc/>
    public override void AddCountGradient(SaeStep step, float weight) => _countWeight += weight;

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        CodeBatch codes = step.Codes;
        DeviceMatrix near = codes.Places("near"), row = step.Scratch("jumprelu.row", 1, Model.AtomCount), gradient = _logThresholds.Gradient!;
        float width = _selection.Bandwidth;
        Backend.Map(MapOperation.Near, near, codes.Places("pre"), _thresholds, 1 / width, width / 2);

        // ∂/∂θ = −Σ (θ g + w) rect/ε with the codes' gradient g and the weight w of a penalty on the count; ∂/∂t = θ ∂/∂θ.
        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, gradient, near, codes.Gradient, -1);
        Backend.Map(MapOperation.Multiply, gradient, gradient, _thresholds);
        if (_countWeight != 0)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, near, null, -_countWeight);
            Backend.Map(MapOperation.Add, gradient, gradient, row);
            _countWeight = 0;
        }

        Backend.Map(MapOperation.Multiply, gradient, gradient, _thresholds);
        Backend.Map(MapOperation.Mask, codes.Gradient, codes.Gradient, codes.Values);
        base.Backward(step);
    }

    /// <inheritdoc/>
    public override DeviceMatrix? Thresholds => _thresholds;

    /// <inheritdoc/>
    public override void AddThresholdGradient(DeviceMatrix row)
    {
        Backend.Map(MapOperation.Multiply, row, row, _thresholds);
        Backend.Map(MapOperation.Add, _logThresholds.Gradient!, _logThresholds.Gradient!, row);
    }

    /// <inheritdoc/>
    public override bool CanRestart => true;

    /// <inheritdoc/>
    public override void Restart(IReadOnlyList<int> atoms) => _logThresholds.SetEntries(Backend, atoms, MathF.Log(_selection.InitialThreshold));

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        var thresholds = new float[Model.AtomCount];
        if (vectors is null)
        {
            Array.Fill(thresholds, _selection.InitialThreshold);
        }
        else
        {
            vectors[JumpReluSelection.ThresholdName].CopyTo(thresholds, 0);
        }

        Backend.Write(_thresholds, 0, thresholds);
        if (Model.IsTraining)
        {
            // A threshold of 0 (a ReLU's) has no logarithm; it starts as good as 0.
            Backend.Write(_logThresholds.Value, 0, Array.ConvertAll(thresholds, t => MathF.Log(Math.Max(t, 1e-6f))));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        var thresholds = new float[Model.AtomCount];
        Backend.Map(MapOperation.Exp, _thresholds, _logThresholds.Value);
        Backend.Read(_thresholds, 0, thresholds);
        return new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = thresholds };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        long size = rows * Model.AtomCount, atoms = Model.AtomCount;
        return OperationCost.Map(MapOperation.Near, size)
            + OperationCost.Reduce(ReduceOperation.Dot, size)
            + OperationCost.Reduce(ReduceOperation.Sum, size)
            + OperationCost.Map(MapOperation.Mask, size)
            + (4 * (UInt128)atoms)
            + OperationCost.Optimize(1, Model.AtomCount);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _logThresholds.Dispose();
        _thresholds.Dispose();
        base.Dispose();
    }
}
