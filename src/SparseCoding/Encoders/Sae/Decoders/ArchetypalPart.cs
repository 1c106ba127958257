using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A linear decoder whose atoms are made of others: D = e^m (W C + Λ), see <see cref="ArchetypalDecoderOptions"/>. The atoms have a gradient G like any other's, which
/// goes on as ∂Λ = e^m G, ∂W = ∂Λ Cᵀ, ∂m = ⟨G, D⟩.
/// </summary>
internal sealed class ArchetypalPart : LinearDecoderPart
{
    private readonly float _relaxation;
    private readonly float[]? _initialPoints;
    private readonly DeviceMatrix _points;
    private readonly DeviceMatrix _factor;
    private readonly Parameter _weights;
    private readonly Parameter _slack;
    private readonly Parameter _multiplier;

    /// <summary>Allocates; the points come from the specification, or from a checkpoint afterwards.</summary>
    public ArchetypalPart(SaeModel model, ArchetypalDecoderOptions options, NetworkSpec spec)
        : base(model, unitNorm: false, spec)
    {
        _relaxation = options.Relaxation;
        int points = options.PointCount(model.AtomCount), dimension = model.OutputDimension;
        _initialPoints = spec.Points;
        _points = Backend.Allocate(points, dimension);
        _factor = Backend.Allocate(1, 1);
        _weights = new Parameter(Backend, "decoder.weights", model.AtomCount, points);
        _slack = new Parameter(Backend, "decoder.slack", model.AtomCount, dimension);
        _multiplier = new Parameter(Backend, "decoder.multiplier", 1, 1);
        Parameters = Offset is null ? [_weights, _slack, _multiplier] : [_weights, _slack, _multiplier, Offset];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("decoder.atoms", Atoms.Value), ("decoder.points", _points)];

    /// <inheritdoc/>
    public override void Initialize(long seed)
    {
        base.Initialize(seed);
        int atoms = Model.AtomCount, points = (int)_points.Rows;
        var weights = new float[(long)atoms * points];
        for (int atom = 0; atom < atoms; atom++)
        {
            if (points >= atoms)
            {
                weights[((long)atom * points) + ((long)atom * points / atoms)] = 1;
                continue;
            }

            // Two atoms at the same place would never part: those beyond the points start half-way to another one.
            (int lap, int point) = Math.DivRem(atom, points);
            weights[((long)atom * points) + point] += lap == 0 ? 1 : 0.5f;
            weights[((long)atom * points) + ((point + lap) % points)] += lap == 0 ? 0 : 0.5f;
        }

        Backend.Write(_weights.Value, 0, weights);
        if (_initialPoints is not null)
        {
            Backend.Write(_points, 0, _initialPoints);
        }

        Compose();
    }

    /// <inheritdoc/>
    public override bool TieEncoder(DeviceMatrix weights)
    {
        TieToFreeNorms(weights, Atoms.Value);
        return true;
    }

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        Compose();
        base.Forward(step);
    }

    /// <inheritdoc/>
    public override void CompleteGradient(SaeStep step)
    {
        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.All, _multiplier.Gradient!, Atoms.Gradient!, Atoms.Value);
        Backend.Map(MapOperation.Multiply, _slack.Gradient!, Atoms.Gradient!, _factor);
        Backend.Product(_slack.Gradient!, false, _points, true, _weights.Gradient!, ProductEpilogue.None);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step)
    {
        DeviceMatrix column = step.Scratch("archetypal.column", Model.AtomCount, 1), scale = step.Scratch("archetypal.scale", Model.AtomCount, 1);
        Backend.Map(MapOperation.Relu, _weights.Value, _weights.Value);
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachRow, column, _weights.Value);
        Backend.Map(MapOperation.Divide, _weights.Value, _weights.Value, column);

        // min(1, δ/‖Λ‖) = 1 − relu(1 − δ/‖Λ‖); a row of norm 0 has 1/‖Λ‖ = 0 and stays 0.
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, column, _slack.Value);
        Backend.Map(MapOperation.InverseSquareRoot, scale, column, null, 0);
        Backend.Map(MapOperation.Affine, scale, scale, null, 1, -_relaxation);
        Backend.Map(MapOperation.Relu, scale, scale);
        Backend.Map(MapOperation.Affine, scale, scale, null, 1, -1);
        Backend.Map(MapOperation.Multiply, _slack.Value, _slack.Value, scale);
    }

    /// <inheritdoc/>
    public override IDecoder Snapshot(SignalUnits input, SignalUnits output)
    {
        Compose();
        return base.Snapshot(input, output);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        long atoms = Model.AtomCount, points = _points.Rows, dimension = Model.OutputDimension;
        return (2 * OperationCost.Product(atoms, dimension, points))
            + OperationCost.Optimize(atoms, points)
            + OperationCost.Optimize(atoms, dimension)
            + OperationCost.Optimize(1, 1)
            + (8 * (UInt128)(atoms * dimension))
            + (4 * (UInt128)(atoms * points))
            + (8 * (UInt128)atoms)
            + 8;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Atoms.Dispose();
        _points.Dispose();
        _factor.Dispose();
    }

    /// <summary>D = e^m (W C + Λ).</summary>
    private void Compose()
    {
        Backend.Product(_weights.Value, false, _points, false, Atoms.Value, ProductEpilogue.None);
        Backend.Map(MapOperation.Add, Atoms.Value, Atoms.Value, _slack.Value);
        Backend.Map(MapOperation.Exp, _factor, _multiplier.Value);
        Backend.Map(MapOperation.Multiply, Atoms.Value, Atoms.Value, _factor);
    }
}
