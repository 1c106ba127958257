using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>A linear decoder whose atoms count with the sum of the norms of their views: see <see cref="CrosscoderDecoderOptions"/>.</summary>
internal sealed class CrosscoderPart : LinearDecoderPart
{
    private readonly int _views;
    private readonly DeviceMatrix _indicator;

    /// <summary>Allocates; the views must add up to the dimension.</summary>
    public CrosscoderPart(SaeModel model, CrosscoderDecoderOptions options, NetworkSpec spec)
        : base(model, unitNorm: false, spec)
    {
        _views = options.ViewDimensions.Count;
        int dimension = model.OutputDimension;

        // 1 where a column belongs to a view, [views, dimension]: sums over views are products with it.
        var indicator = new float[_views * dimension];
        for (int view = 0, at = 0; view < _views; at += options.ViewDimensions[view++])
        {
            indicator.AsSpan((view * dimension) + at, options.ViewDimensions[view]).Fill(1);
        }

        _indicator = Backend.Allocate(_views, dimension);
        Backend.Write(_indicator, 0, indicator);
    }

    /// <inheritdoc/>
    public override DeviceMatrix AtomNorms(SaeStep step)
    {
        int atoms = Model.AtomCount;
        DeviceMatrix all = step.Scratch("views.work", atoms, Atoms.Value.Columns), norms = step.Scratch("views.norms", atoms, _views);
        DeviceMatrix inverse = step.Scratch("views.inverse", atoms, _views), sums = step.Scratch("views.sums", atoms, 1), row = step.Scratch("norms", 1, atoms);
        Backend.Map(MapOperation.Multiply, all, Atoms.Value, Atoms.Value);
        Backend.Product(all, false, _indicator, true, norms, ProductEpilogue.None);
        Backend.Map(MapOperation.InverseSquareRoot, inverse, norms, null, 0);
        Backend.Map(MapOperation.Multiply, norms, norms, inverse);
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachRow, sums, norms);
        Backend.Product(One(step), false, sums, true, row, ProductEpilogue.None);
        return row;
    }

    /// <inheritdoc/>
    public override void AddNormGradient(SaeStep step, DeviceMatrix normGradient)
    {
        // ∂Σ_m‖w_m‖/∂w_m = w_m/‖w_m‖; AtomNorms of this step has left 1/‖w_m‖.
        int atoms = Model.AtomCount;
        DeviceMatrix all = step.Scratch("views.work", atoms, Atoms.Value.Columns), column = step.Scratch("views.sums", atoms, 1);
        Backend.Product(step.Scratch("views.inverse", atoms, _views), false, _indicator, false, all, ProductEpilogue.None);
        Backend.Map(MapOperation.Multiply, all, all, Atoms.Value);
        Backend.Product(normGradient, true, One(step), false, column, ProductEpilogue.None);
        Backend.Map(MapOperation.Multiply, all, all, column);
        Backend.Map(MapOperation.Add, Atoms.Gradient!, Atoms.Gradient!, all);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        long size = (long)Model.AtomCount * Model.OutputDimension, views = (long)Model.AtomCount * _views;
        return (4 * (UInt128)size) + (2 * OperationCost.Product(Model.AtomCount, _views, Model.OutputDimension)) + (8 * (UInt128)views) + (8 * (UInt128)Model.AtomCount);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _indicator.Dispose();
    }
}
