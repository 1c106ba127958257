using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>Ghost gradients at work: see <see cref="GhostGradientRemedy"/>. Only the rows of dead latents are gathered.</summary>
internal sealed class GhostGradientPart(SaeModel model, GhostGradientRemedy options) : RemedyPart(model)
{
    private readonly DeadLatents _dead = new(model, "ghost", options.DeadAfter);
    private bool _isActive;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _dead.StateMatrices();

    /// <inheritdoc/>
    public override void AddParameterGradient(SaeStep step)
    {
        _isActive = _dead.Count > 0 && options.Weight > 0;
        if (!_isActive)
        {
            return;
        }

        int padded = _dead.Padded, rows = step.Rows;
        LinearEncoder encoder = Model.Encoder;
        DecoderPart decoder = Model.Decoder;
        DeviceMatrix weights = step.Scratch("ghost.weights", padded, Model.InputDimension);
        DeviceMatrix atoms = step.Scratch("ghost.atoms", padded, decoder.Atoms.Value.Columns);
        DeviceMatrix acts = step.Scratch("ghost.acts", rows, padded), gradient = step.Scratch("ghost.gradient", rows, padded);
        DeviceMatrix row = step.Scratch("ghost.row", 1, padded);
        _dead.GatherRows(encoder.Weights.Value, weights);
        _dead.GatherRows(decoder.Atoms.Value, atoms);
        DeviceMatrix? bias = null;
        if (encoder.Bias is not null)
        {
            _dead.GatherRow(encoder.Bias.Value, bias = row);
        }

        // exp(pre − max(0, largest pre of the signal)): g is scaled to a norm anyway, and so nothing overflows.
        DeviceMatrix column = step.Scratch("ghost.column", rows, 1), scale = step.Scratch("ghost.scale", rows, 1);
        Backend.Product(step.Input, false, weights, true, acts, new ProductEpilogue { Bias = bias });
        Backend.Map(MapOperation.Relu, gradient, acts);
        Backend.Reduce(ReduceOperation.MaxAbsolute, ReduceAxis.EachRow, column, gradient);
        Backend.Map(MapOperation.Add, acts, acts, column, 1, -1);
        Backend.Map(MapOperation.Exp, acts, acts);

        // s = ‖r‖/(2‖g‖) and s g − r, where r is minus the residual.
        DeviceMatrix error = step.Scratch("ghost.error", rows, Model.OutputDimension);
        Backend.Product(acts, false, atoms, false, error, ProductEpilogue.None);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, scale, step.Residual);
        Backend.Map(MapOperation.InverseSquareRoot, column, scale, null, 0);
        Backend.Map(MapOperation.Multiply, scale, scale, column, 0.5f);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, column, error);
        Backend.Map(MapOperation.InverseSquareRoot, column, column, null, 0);
        Backend.Map(MapOperation.Multiply, scale, scale, column);
        Backend.Map(MapOperation.Multiply, error, error, scale);
        Backend.Map(MapOperation.Add, error, error, step.Residual);

        // ∂loss/∂g = weight · f · s (s g − r) / rows.
        DeviceMatrix factor = step.Scratch("ghost.factor", 1, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.All, factor, step.Residual);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.All, step.Scalar, error);
        Backend.Map(MapOperation.Divide, factor, factor, step.Scalar);
        Backend.Map(MapOperation.Multiply, error, error, scale, options.Weight * step.Mean);
        Backend.Map(MapOperation.Multiply, error, error, factor);

        Backend.Product(error, false, atoms, true, gradient, ProductEpilogue.None);
        Backend.Map(MapOperation.Multiply, gradient, gradient, acts);
        Backend.Product(gradient, true, step.Input, false, weights, ProductEpilogue.None);
        _dead.AddRows(weights, encoder.Weights.Gradient!);
        if (encoder.GradientSums is { } sums)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, gradient);
            _dead.AddRow(row, sums);
        }

        if (!decoder.Atoms.IsFrozen)
        {
            Backend.Product(acts, true, error, false, atoms, ProductEpilogue.None);
            _dead.ClearPadding(atoms);
            _dead.AddRows(atoms, decoder.Atoms.Gradient!);
        }
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _dead.AfterStep(step);

    /// <inheritdoc/>
    public override void AfterRestore() => _dead.AfterRestore();

    /// <summary>By its definition the weighted reconstruction loss.</summary>
    public override double Value(SaeStep step) => _isActive ? 0.5 * options.Weight * step.Total(ReduceOperation.SumSquares, step.Residual, null, step.Mean) : 0;

    /// <inheritdoc/>
    public override UInt128 Operations(long rows)
    {
        if (_dead.Count == 0)
        {
            return 0;
        }

        int padded = _dead.Padded, d = Model.InputDimension, m = Model.OutputDimension;
        return OperationCost.Product(rows, padded, d, bias: true)
            + (3 * OperationCost.Product(rows, padded, m))
            + OperationCost.Product(rows, padded, d)
            + (7 * (UInt128)(rows * padded))
            + (13 * (UInt128)(rows * m))
            + (8 * (UInt128)rows)
            + (3 * (UInt128)((long)padded * (d + m)))
            + (2 * (UInt128)Model.AtomCount)
            + 2;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _dead.Dispose();
    }
}
