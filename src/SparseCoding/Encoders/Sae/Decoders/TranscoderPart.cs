using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>û = zD + b (+ u Sᵀ) against the targets: see <see cref="TranscoderDecoderOptions"/>.</summary>
internal sealed class TranscoderPart : LinearDecoderPart
{
    private readonly Parameter? _skip;

    /// <summary>Allocates; S starts at 0.</summary>
    public TranscoderPart(SaeModel model, TranscoderDecoderOptions options, NetworkSpec spec)
        : base(model, options.UnitNorm, spec)
    {
        _skip = options.Skip ? new Parameter(Backend, "decoder.skip", model.OutputDimension, model.InputDimension) : null;
        Parameters = _skip is null ? base.Parameters : [.. base.Parameters, _skip];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Never: atoms and encoder rows lie in different spaces, even where these have one dimension.</summary>
    public override bool TieEncoder(DeviceMatrix weights) => false;

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        base.Forward(step);
        if (_skip is not null)
        {
            Backend.Product(step.Signals, false, _skip.Value, true, step.Residual, new ProductEpilogue { Beta = 1 });
        }
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        base.Backward(step);
        if (_skip is not null)
        {
            Backend.Product(step.Residual, true, step.Signals, false, _skip.Gradient!, new ProductEpilogue { Alpha = step.Mean });
        }
    }

    /// <inheritdoc/>
    public override IDecoder Snapshot(SignalUnits input, SignalUnits output)
    {
        float[]? offset = Offset is null ? null : Read(Offset.Value);
        AtomDictionary atoms = output.Dictionary(Read(Atoms.Value), Model.OutputDimension, offset);
        if (_skip is null)
        {
            return new TranscoderDecoder(atoms, Model.InputDimension, null);
        }

        // ŷ = μ + σ ⊙ (… + ((x − m)/(s d)) Sᵀ): S'_ij = σ_i S_ij/(s d_j), and −S' m joins the offset.
        float[] skip = Read(_skip.Value);
        int width = Model.InputDimension;
        var shift = new double[Model.OutputDimension];
        for (int i = 0; i < skip.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, width);
            double factor = (double)output.Scale * (output.Rows?.Deviation[row] ?? 1) / ((double)input.Scale * (input.Rows?.Deviation[column] ?? 1));
            skip[i] = (float)(skip[i] * factor);
            shift[row] += skip[i] * (double)(input.Rows?.Mean[column] ?? 0);
        }

        if (input.Rows is not null)
        {
            var moved = new float[shift.Length];
            atoms.CopyOffset(moved);
            atoms = new AtomDictionary(atoms.AtomArray, Model.OutputDimension, [.. moved.Select((value, i) => (float)(value - shift[i]))], atoms.Scale);
        }

        return new TranscoderDecoder(atoms, width, skip);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        // Counted beside the linear decoder of the signals' dimension, which the plain step has: a bound.
        int outputs = Model.OutputDimension, inputs = Model.InputDimension, atoms = Model.AtomCount;
        UInt128 linear = OperationCost.Product(rows, outputs, atoms, beta: true, bias: true)
            + OperationCost.Product(rows, atoms, outputs, bias: true, mask: true)
            + OperationCost.Product(atoms, outputs, rows)
            + OperationCost.Optimize(atoms, outputs, project: true, normalize: true)
            + OperationCost.Reduce(ReduceOperation.Sum, rows * outputs)
            + OperationCost.Optimize(1, outputs);
        return _skip is null ? linear : linear + OperationCost.Product(rows, outputs, inputs, beta: true) + OperationCost.Product(outputs, inputs, rows) + OperationCost.Optimize(outputs, inputs);
    }
}
