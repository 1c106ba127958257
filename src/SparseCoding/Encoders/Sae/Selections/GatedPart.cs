using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A gate π and a magnitude with shared directions: see <see cref="GatedSelection"/>. With p = W·input = π − b, the codes are max(e^r p + b_m, 0) where π is positive, so that their
/// gradient g reaches p as e^r g, r as e^r p g and b_m as g; the gate's gradient h, from the penalty and its own reconstruction, reaches p and b.
/// </summary>
internal sealed class GatedPart : SelectionPart
{
    private readonly Parameter _scale;
    private readonly Parameter _bias;
    private readonly DeviceMatrix _factor;

    /// <summary>Allocates r and b_m, both 0: the gate and the magnitude then agree.</summary>
    public GatedPart(SaeModel model)
        : base(model)
    {
        _scale = new Parameter(Backend, GatedSelection.ScaleName, 1, model.AtomCount, frozen: !model.IsTraining);
        _bias = new Parameter(Backend, GatedSelection.BiasName, 1, model.AtomCount, frozen: !model.IsTraining);
        _factor = Backend.Allocate(1, model.AtomCount);
        Parameters = [_scale, _bias];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceMatrix product = step.Codes.Places("gated.product"), values = step.Codes.Values, gate;
        if (Model.IsTraining)
        {
            if (step.Penalized == step.Codes)
            {
                step.Penalized = new DenseCodeBatch(Backend, step.Rows, Model.AtomCount) { IsGradientMasked = true };
            }

            gate = step.Penalized.Values;
        }
        else
        {
            gate = step.Codes.Places("gated.gate");
        }

        Backend.Product(step.Input, false, Model.Encoder.Weights.Value, true, product, ProductEpilogue.None);
        if (Model.Encoder.Bias is { } bias)
        {
            Backend.Map(MapOperation.Add, gate, product, bias.Value);
            Backend.Map(MapOperation.Relu, gate, gate);
        }
        else
        {
            Backend.Map(MapOperation.Relu, gate, product);
        }

        if (Model.IsTraining)
        {
            Backend.Map(MapOperation.Exp, _factor, _scale.Value);
        }

        Backend.Map(MapOperation.Multiply, values, product, _factor);
        Backend.Map(MapOperation.Add, values, values, _bias.Value);
        Backend.Map(MapOperation.Relu, values, values);
        Backend.Map(MapOperation.Mask, values, values, gate);
    }

    /// <inheritdoc/>
    public override void AddLossGradient(SaeStep step)
    {
        DeviceMatrix residual = Reconstruct(step);
        step.Penalized.ReceiveGradient(residual, Model.Decoder.Atoms.Value, step.Mean);
    }

    /// <inheritdoc/>
    public override double LossValue(SaeStep step) => 0.5 * step.Total(ReduceOperation.SumSquares, Reconstruct(step), null, step.Mean);

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        CodeBatch codes = step.Codes, gate = step.Penalized;
        LinearEncoder encoder = Model.Encoder;
        DeviceMatrix gradient = codes.Gradient, extra = step.Scratch("gated.extra", 1, Model.AtomCount);
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, _bias.Gradient!, gradient);
        Backend.Map(MapOperation.Multiply, gradient, gradient, _factor);
        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, _scale.Gradient!, gradient, codes.Places("gated.product"));

        // The decoder's bias is in p alone: it wants the sums of both gradients, the encoder's only those of the gate.
        codes.SumPerAtom(gradient, extra);
        if (encoder.GradientSums is { } sums)
        {
            gate.SumPerAtom(gate.Gradient, sums);
        }

        Backend.Map(MapOperation.Add, gradient, gradient, gate.Gradient);
        codes.GradientTransposedTimes(step.Input, encoder.Weights.Gradient!);
    }

    /// <inheritdoc/>
    public override void AddOffsetGradient(SaeStep step, DeviceMatrix gradient) =>
        Backend.Product(step.Scratch("gated.extra", 1, Model.AtomCount), false, Model.Encoder.Weights.Value, false, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });

    /// <inheritdoc/>
    public override void Restart(IReadOnlyList<int> atoms)
    {
        _scale.SetEntries(Backend, atoms, 0);
        _bias.SetEntries(Backend, atoms, 0);
    }

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (vectors is not null)
        {
            Backend.Write(_scale.Value, 0, vectors[GatedSelection.ScaleName]);
            Backend.Write(_bias.Value, 0, vectors[GatedSelection.BiasName]);
            Backend.Map(MapOperation.Exp, _factor, _scale.Value);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        float[] scale = new float[Model.AtomCount], bias = new float[Model.AtomCount];
        Backend.Read(_scale.Value, 0, scale);
        Backend.Read(_bias.Value, 0, bias);
        return new Dictionary<string, float[]> { [GatedSelection.ScaleName] = scale, [GatedSelection.BiasName] = bias };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, m = (UInt128)Model.OutputDimension, d = (UInt128)Model.InputDimension;
        return (size * (20 + (4 * m))) + (3 * (UInt128)rows * m) + ((UInt128)Model.AtomCount * ((2 * 14) + (3 * d)));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _factor.Dispose();
    }

    /// <summary>max(π, 0) D + b_d − target.</summary>
    private DeviceMatrix Reconstruct(SaeStep step)
    {
        DeviceMatrix residual = step.Scratch("gated.residual", step.Rows, Model.OutputDimension);
        step.Penalized.Decode(Model.Decoder.Atoms.Value, Model.Decoder.Offset?.Value, step.Target, residual);
        return residual;
    }
}
