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
    private DeviceMatrix? _countFactor;

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
    public override void AddCountGradient(SaeStep step, float weight, DeviceMatrix? factor = null) => (_countWeight, _countFactor) = (weight, factor);

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        CodeBatch codes = step.Codes;
        DeviceMatrix near = codes.Places("near"), row = step.Scratch("jumprelu.row", 1, Model.AtomCount), gradient = _logThresholds.Gradient!;
        float width = _selection.Bandwidth;
        Kernel(step, near, width);

        // ∂/∂θ = −Σ (θ g + w) rect/ε with the codes' gradient g and the weight w of a penalty on the count; ∂/∂t = θ ∂/∂θ.
        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, gradient, near, codes.Gradient, -1);
        Backend.Map(MapOperation.Multiply, gradient, gradient, _thresholds);
        if (_countWeight != 0)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, near, null, -_countWeight);
            if (_countFactor is not null)
            {
                Backend.Map(MapOperation.Multiply, row, row, _countFactor);
            }

            Backend.Map(MapOperation.Add, gradient, gradient, row);
            (_countWeight, _countFactor) = (0, null);
        }

        Backend.Map(MapOperation.Multiply, gradient, gradient, _thresholds);
        Backend.Map(MapOperation.Mask, codes.Gradient, codes.Gradient, codes.Values);
        base.Backward(step);
    }

    /// <summary>near = K((pre − θ)/ε)/ε.</summary>
    private void Kernel(SaeStep step, DeviceMatrix near, float width)
    {
        DeviceMatrix pre = step.Codes.Places("pre");
        if (_selection.Kernel == StraightThroughKernel.Rectangle)
        {
            Backend.Map(MapOperation.Near, near, pre, _thresholds, 1 / width, width / 2);
            return;
        }

        Backend.Map(MapOperation.Add, near, pre, _thresholds, 1 / width, -1 / width);
        if (_selection.Kernel == StraightThroughKernel.Triangle)
        {
            DeviceMatrix sign = step.Codes.Places("kernel");
            Backend.Map(MapOperation.Sign, sign, near);
            Backend.Map(MapOperation.Multiply, near, near, sign);
        }
        else
        {
            Backend.Map(MapOperation.Multiply, near, near, near);
        }

        switch (_selection.Kernel)
        {
            case StraightThroughKernel.Gaussian:
                Backend.Map(MapOperation.Scale, near, near, null, -0.5f);
                Backend.Map(MapOperation.Exp, near, near);
                Backend.Map(MapOperation.Scale, near, near, null, (float)(1 / (width * Math.Sqrt(2 * Math.PI))));
                return;
            case StraightThroughKernel.Quartic:
                Backend.Map(MapOperation.Affine, near, near, null, 1, -1);
                Backend.Map(MapOperation.Relu, near, near);
                Backend.Map(MapOperation.Multiply, near, near, near, 15f / 16 / width);
                return;
            default:
                // 1 − |u|, or 3/4 (1 − u²), where positive.
                float height = (_selection.Kernel == StraightThroughKernel.Triangle ? 1 : 0.75f) / width;
                Backend.Map(MapOperation.Affine, near, near, null, height, -height);
                Backend.Map(MapOperation.Relu, near, near);
                return;
        }
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
    public override void ShiftThresholds(SaeStep step, float logarithm)
    {
        if (logarithm < 0)
        {
            Backend.Map(MapOperation.Affine, _logThresholds.Value, _logThresholds.Value, null, logarithm, 1);
            return;
        }

        DeviceMatrix used = step.Scratch("jumprelu.row", 1, Model.AtomCount), rise = step.Scratch("jumprelu.rise", 1, Model.AtomCount);
        step.Codes.CountActive(used);
        Backend.Fill(rise, logarithm);
        Backend.Map(MapOperation.Mask, rise, rise, used);
        Backend.Map(MapOperation.Add, _logThresholds.Value, _logThresholds.Value, rise);
    }

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
        return (_selection.Kernel == StraightThroughKernel.Rectangle ? OperationCost.Map(MapOperation.Near, size) : 5 * (UInt128)size)
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
