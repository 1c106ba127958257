using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>As many as the norm of the signal asks for: see <see cref="TopAfaSelection"/>.</summary>
internal sealed class TopAfaPart : SelectionPart
{
    private readonly TopAfaSelection _selection;
    private readonly DeviceMatrix _norms;

    /// <summary>Starts with norms of 1.</summary>
    public TopAfaPart(SaeModel model, TopAfaSelection selection)
        : base(model)
    {
        _selection = selection;
        _norms = Backend.Allocate(1, model.AtomCount);
        Backend.Fill(_norms, 1);
    }

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        if (Model.IsTraining && Model.Decoder.AtomNorms(step) is { } norms)
        {
            Backend.Map(MapOperation.Scale, _norms, norms);
        }

        DeviceMatrix pre = step.Codes.Places("pre"), target = step.Scratch("afa.target", step.Rows, 1);
        Model.Encoder.Apply(step.Input, pre, relu: true);
        RowNorms(step, step.Input, target);
        Backend.KeepToNorm(pre, _norms, target, step.Codes.Values);
    }

    /// <inheritdoc/>
    public override void AddLossGradient(SaeStep step)
    {
        if (_selection.LossWeight == 0)
        {
            return;
        }

        // w(‖f‖ − t)², f = z∘n: ∂/∂z = 2w(‖f‖ − t)/‖f‖ · z n², ∂/∂n = 2w(‖f‖ − t)/‖f‖ · z² n. Codes and mask agree: f is 0 where z is.
        CodeBatch codes = step.Codes;
        (DeviceMatrix scaled, DeviceMatrix miss, DeviceMatrix norm) = Miss(step);
        Backend.Map(MapOperation.Divide, miss, miss, norm, 2 * _selection.LossWeight * step.Mean);
        Backend.Map(MapOperation.Multiply, scaled, scaled, miss);
        DeviceMatrix change = codes.Places("afa.change"), row = step.Scratch("afa.row", 1, Model.AtomCount);
        if (!Model.Decoder.HasUnitNorm)
        {
            Backend.Map(MapOperation.Multiply, change, scaled, codes.Values);
            codes.SumPerAtom(change, row);
            Model.Decoder.AddNormGradient(step, row);
        }

        Backend.Map(MapOperation.Multiply, change, scaled, _norms);
        Backend.Map(MapOperation.Add, codes.Gradient, codes.Gradient, change);
    }

    /// <inheritdoc/>
    public override double LossValue(SaeStep step) =>
        _selection.LossWeight == 0 ? 0 : _selection.LossWeight * step.Total(ReduceOperation.SumSquares, Miss(step).Difference, null, step.Mean);

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (vectors is not null)
        {
            Backend.Write(_norms, 0, vectors[TopAfaSelection.NormsName]);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, float[]> Snapshot()
    {
        var norms = new float[Model.AtomCount];
        var atoms = new float[Model.Decoder.Atoms.Value.Columns];
        for (int i = 0; i < norms.Length; i++)
        {
            // As training would see them in the next step: the norms of the last one are those before the optimiser moved the atoms.
            Backend.Read(Model.Decoder.Atoms.Value, i, atoms);
            norms[i] = Model.Decoder.HasUnitNorm ? 1 : (float)Math.Sqrt(atoms.Sum(v => (double)v * v));
        }

        return new Dictionary<string, float[]> { [TopAfaSelection.NormsName] = norms };
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, d = (UInt128)Model.InputDimension;
        return OperationCost.KeepToNorm(rows, Model.AtomCount) + (12 * size) + ((UInt128)rows * ((2 * d) + 12)) + (8 * (UInt128)Model.AtomCount * (UInt128)Model.OutputDimension) + (8 * (UInt128)Model.AtomCount);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _norms.Dispose();
    }

    /// <summary>norms [rows, 1] of the rows.</summary>
    private void RowNorms(SaeStep step, DeviceMatrix matrix, DeviceMatrix norms)
    {
        // ‖x‖ = ‖x‖²·(1/‖x‖).
        DeviceMatrix inverse = step.Scratch("afa.inverse", step.Rows, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, norms, matrix);
        Backend.Map(MapOperation.InverseSquareRoot, inverse, norms, null, 0);
        Backend.Map(MapOperation.Multiply, norms, norms, inverse);
    }

    /// <summary>z∘n, ‖z∘n‖ − ‖u − b‖ and ‖z∘n‖.</summary>
    private (DeviceMatrix Scaled, DeviceMatrix Difference, DeviceMatrix Norm) Miss(SaeStep step)
    {
        DeviceMatrix scaled = step.Codes.Places("afa.scaled"), norm = step.Scratch("afa.norm", step.Rows, 1), miss = step.Scratch("afa.miss", step.Rows, 1);
        Backend.Map(MapOperation.Multiply, scaled, step.Codes.Values, _norms);
        RowNorms(step, scaled, norm);
        Backend.Map(MapOperation.Add, miss, norm, step.Scratch("afa.target", step.Rows, 1), 1, -1);
        return (scaled, miss, norm);
    }
}
