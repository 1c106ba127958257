using SparseCoding.Backends;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>TopK of a noisy pre-activation, with a divergence in the loss: see <see cref="VariationalTopKSelection"/>. The noise of a step is keyed by (seed, step, piece of the batch), so that a resumed run draws the same.</summary>
internal sealed class VariationalTopKPart : SelectionPart
{
    private readonly VariationalTopKSelection _selection;
    private readonly SelectionRule _rule;
    private readonly Parameter? _weights;
    private readonly Parameter? _bias;
    private DeviceCodes? _codes;

    /// <summary>Allocates the second head where the variance is learned.</summary>
    public VariationalTopKPart(SaeModel model, VariationalTopKSelection selection)
        : base(model)
    {
        _selection = selection;
        _rule = selection.Rule;
        if (model.IsTraining && selection.Deviation is null)
        {
            _weights = new Parameter(Backend, "encoder.log_variance.weight", model.AtomCount, model.InputDimension);
            _bias = new Parameter(Backend, "encoder.log_variance.bias", 1, model.AtomCount);
            Parameters = [_weights, _bias];
        }
        else
        {
            Parameters = [];
        }
    }

    /// <summary>Name of the purpose that the noise is drawn for.</summary>
    public const string NoisePurpose = "sae.variational.noise";

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override CodeBatch AllocateForInference(int rows) => new SparseCodeBatch(Backend, rows, Model.AtomCount, _rule.Capacity(Model.AtomCount), training: false);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        CodeBatch codes = step.Codes;
        DeviceMatrix mean = codes.Places("pre"), noisy = codes.Places("variational.noisy");
        Model.Encoder.Apply(step.Input, mean);
        if (_codes is null || _codes.Rows != step.Rows)
        {
            _codes?.Dispose();
            _codes = Backend.AllocateCodes(step.Rows, Model.AtomCount, _rule.Capacity(Model.AtomCount));
        }

        if (_selection.Deviation == 0)
        {
            Backend.Select(mean, _rule, _codes);
            Backend.Densify(_codes, codes.Values);
            return;
        }

        // σε stays for the backward pass: it is twice what ∂z/∂ln σ² is.
        DeviceMatrix noise = codes.Places("variational.noise");
        Backend.FillNormal(noise, new RandomStream(Model.Training!.Seed, NoisePurpose, (ulong)step.Number | ((ulong)step.Piece << 40)), _selection.Deviation ?? 1);
        if (_weights is not null)
        {
            DeviceMatrix log = codes.Places("variational.log"), deviation = codes.Places("variational.deviation");
            Backend.Product(step.Input, false, _weights.Value, true, log, new ProductEpilogue { Bias = _bias!.Value });
            Backend.Map(MapOperation.Scale, deviation, log, null, 0.5f);
            Backend.Map(MapOperation.Exp, deviation, deviation);
            Backend.Map(MapOperation.Multiply, noise, noise, deviation);
        }

        Backend.Map(MapOperation.Add, noisy, mean, noise);
        Backend.Select(noisy, _rule, _codes);
        Backend.Densify(_codes, codes.Values);
    }

    /// <inheritdoc/>
    public override void Infer(SaeStep step) => Model.Encoder.Select(step.Input, _rule, ((SparseCodeBatch)step.Codes).Codes);

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        CodeBatch codes = step.Codes;
        float weight = Weight(step) * step.Mean;
        if (_weights is not null)
        {
            // ∂/∂ln σ² = ½ g σε + ½ w (σ² − 1).
            DeviceMatrix log = codes.Places("variational.log"), slope = codes.Places("variational.noisy");
            Backend.Map(MapOperation.Multiply, slope, codes.Gradient, codes.Places("variational.noise"), 0.5f);
            Backend.Map(MapOperation.Exp, log, log);
            Backend.Map(MapOperation.Affine, log, log, null, -0.5f * weight, 0.5f * weight);
            Backend.Map(MapOperation.Add, slope, slope, log);
            Backend.Product(slope, true, step.Input, false, _weights.Gradient!, ProductEpilogue.None);
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, _bias!.Gradient!, slope);
        }

        Backend.Map(MapOperation.Add, codes.Gradient, codes.Gradient, codes.Places("pre"), 1, weight);
        base.Backward(step);
    }

    /// <inheritdoc/>
    public override void AddOffsetGradient(SaeStep step, DeviceMatrix gradient)
    {
        if (_weights is not null)
        {
            DeviceMatrix sums = step.Scratch("variational.sums", 1, Model.AtomCount);
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, sums, step.Codes.Places("variational.noisy"));
            Backend.Product(sums, false, _weights.Value, false, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });
        }
    }

    /// <inheritdoc/>
    public override double LossValue(SaeStep step)
    {
        double total = step.Total(ReduceOperation.SumSquares, step.Codes.Places("pre"));
        if (_weights is not null)
        {
            // Once more from the weights: the backward pass has worked in the place of ln σ².
            DeviceMatrix log = step.Codes.Places("variational.log"), variance = step.Codes.Places("variational.deviation");
            Backend.Product(step.Input, false, _weights.Value, true, log, new ProductEpilogue { Bias = _bias!.Value });
            Backend.Map(MapOperation.Exp, variance, log);
            Backend.Map(MapOperation.Add, variance, variance, log, 1, -1);
            total += step.Total(ReduceOperation.Sum, variance) - ((double)step.Rows * Model.AtomCount);
        }

        return 0.5 * Weight(step) * step.Mean * total;
    }

    /// <inheritdoc/>
    public override void Restart(IReadOnlyList<int> atoms)
    {
        if (_weights is null)
        {
            return;
        }

        var zero = new float[Model.InputDimension];
        foreach (int atom in atoms)
        {
            _weights.SetRow(Backend, atom, zero);
        }

        _bias!.SetEntries(Backend, atoms, 0);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, d = (UInt128)Model.InputDimension, n = (UInt128)Model.AtomCount;
        return _weights is null ? 5 * size : (size * (16 + (4 * d))) + (16 * n * d) + (14 * n);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _codes?.Dispose();
    }

    private float Weight(SaeStep step) => _selection.DivergenceWeight * (step.Number < _selection.WarmupSteps ? (float)step.Number / _selection.WarmupSteps : 1);
}
