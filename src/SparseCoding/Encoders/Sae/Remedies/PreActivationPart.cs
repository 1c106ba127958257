using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>The pre-activation loss at work: see <see cref="PreActivationRemedy"/>. Only the rows of dead latents are gathered.</summary>
internal sealed class PreActivationPart(SaeModel model, PreActivationRemedy options) : RemedyPart(model)
{
    private readonly DeadLatents _dead = new(model, "preact", options.DeadAfter);
    private DeviceMatrix? _gap;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _dead.StateMatrices();

    /// <inheritdoc/>
    public override void AddParameterGradient(SaeStep step)
    {
        _gap = null;
        if (_dead.Count == 0 || options.Weight == 0)
        {
            return;
        }

        int padded = _dead.Padded;
        LinearEncoder encoder = Model.Encoder;
        float mean = options.Weight * step.Mean;
        DeviceMatrix weights = step.Scratch("preact.weights", padded, Model.InputDimension), row = step.Scratch("preact.row", 1, padded);
        DeviceMatrix gradient = step.Scratch("preact.gradient", step.Rows, padded);
        _gap = step.Scratch("preact.gap", step.Rows, padded);
        _dead.GatherRows(encoder.Weights.Value, weights);
        DeviceMatrix? bias = null;
        if (encoder.Bias is not null)
        {
            _dead.GatherRow(encoder.Bias.Value, bias = row);
        }

        // max(θ − pre, 0); the padding has neither weights nor bias nor threshold, so its gap is 0.
        Backend.Product(step.Input, false, weights, true, _gap, new ProductEpilogue { Bias = bias });
        if (Model.Selection.Thresholds is { } thresholds)
        {
            _dead.GatherRow(thresholds, row);
            Backend.Map(MapOperation.Add, _gap, _gap, row, -1, 1);
        }
        else
        {
            Backend.Map(MapOperation.Scale, _gap, _gap, null, -1);
        }

        Backend.Map(MapOperation.Relu, _gap, _gap);
        Backend.Map(MapOperation.Sign, gradient, _gap, null, -mean);
        if (Model.Decoder.AtomNorms(step) is { } norms)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, _gap, null, mean);
            Model.Decoder.AddNormGradient(step, Spread(step, row));
            _dead.GatherRow(norms, row);
            Backend.Map(MapOperation.Multiply, gradient, gradient, row);
            Backend.Map(MapOperation.Multiply, _gap, _gap, row);
        }

        Backend.Product(gradient, true, step.Input, false, weights, ProductEpilogue.None);
        _dead.AddRows(weights, encoder.Weights.Gradient!);
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, gradient);
        if (encoder.GradientSums is { } sums)
        {
            _dead.AddRow(row, sums);
        }

        if (Model.Selection.Thresholds is not null)
        {
            Backend.Map(MapOperation.Scale, row, row, null, -1);
            Model.Selection.AddThresholdGradient(Spread(step, row));
        }
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _dead.AfterStep(step);

    /// <inheritdoc/>
    public override void AfterRestore() => _dead.AfterRestore();

    /// <inheritdoc/>
    public override double Value(SaeStep step) => _gap is null ? 0 : step.Total(ReduceOperation.Sum, _gap, null, options.Weight * step.Mean);

    /// <inheritdoc/>
    public override UInt128 Operations(long rows)
    {
        if (_dead.Count == 0)
        {
            return 0;
        }

        int padded = _dead.Padded, d = Model.InputDimension, m = Model.OutputDimension;
        return OperationCost.Product(rows, padded, d, bias: true)
            + OperationCost.Product(rows, padded, d)
            + (8 * (UInt128)(rows * padded))
            + (2 * (UInt128)((long)padded * d))
            + (4 * (UInt128)((long)Model.AtomCount * m))
            + (14 * (UInt128)Model.AtomCount)
            + (UInt128)padded;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _dead.Dispose();
    }

    /// <summary>A row [1, padded] as a row [1, atoms] with 0 elsewhere.</summary>
    private DeviceMatrix Spread(SaeStep step, DeviceMatrix row)
    {
        DeviceMatrix all = step.Scratch("preact.all", 1, Model.AtomCount);
        Backend.Fill(all, 0);
        _dead.AddRow(row, all);
        return all;
    }
}
