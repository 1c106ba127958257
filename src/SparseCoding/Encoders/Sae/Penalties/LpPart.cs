using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>φ(a) = (a + ε)^p − ε^p with a power that may fall: see <see cref="LpPenalty"/>. (a + ε)^p is exp(p ln(a + ε)).</summary>
internal sealed class LpPart : ScaledPenaltyPart
{
    private readonly LpPenalty _options;
    private readonly DeviceMatrix? _sums;
    private readonly DeviceMatrix? _factor;
    private readonly float[] _host = new float[1];
    private float _scale = 1;

    /// <summary>Starts at the first power and a factor of 1.</summary>
    public LpPart(SaeModel model, LpPenalty options)
        : base(model, options.Weight, options.Controller, scaled: false)
    {
        _options = options;
        if (options.FinalPower is not null)
        {
            _sums = model.Backend.Allocate(2, 1);
            _factor = model.Backend.Allocate(1, 1);
            model.Backend.Fill(_factor, 1);
        }
    }

    /// <inheritdoc/>
    protected override int OperationsPerPlace => 4 + (_sums is null ? 0 : 8);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() =>
        _sums is null ? base.StateMatrices() : [.. base.StateMatrices(), ("penalty.power.sums", _sums), ("penalty.power.factor", _factor!)];

    /// <summary>Number of changes of the power before a step.</summary>
    private int ChangesAt(long step)
    {
        int changes = 0;
        while (changes < _options.Changes && step >= ChangeStep(changes + 1))
        {
            changes++;
        }

        return changes;
    }

    /// <summary>The first step of the i-th change, i from 1.</summary>
    private long ChangeStep(int i) =>
        _options.AnnealFrom + (long)Math.Round((double)i * Math.Max(0, Model.TotalSteps - _options.AnnealFrom) / (_options.Changes + 1)) + 1;

    private float Power(int changes) =>
        _options.FinalPower is { } final ? _options.Power + ((final - _options.Power) * changes / _options.Changes) : _options.Power;

    /// <summary>Both sums just before a change.</summary>
    public override void CountPiece(SaeStep step)
    {
        base.CountPiece(step);
        int changes = ChangesAt(step.Number);
        if (_sums is null || changes == _options.Changes || ChangeStep(changes + 1) is var change && (step.Number < change - _options.Queue || step.Number >= change))
        {
            return;
        }

        Backend backend = Model.Backend;
        DeviceMatrix values = step.Penalized.Places("penalty.slope"), total = step.Scalar;
        for (int i = 0; i < 2; i++)
        {
            DeviceMatrix row = backend.View(_sums, i, 1);
            Raise(Magnitude(step.Penalized), values, Power(changes + i));
            backend.Reduce(ReduceOperation.Sum, ReduceAxis.All, total, values, null, step.Mean * step.Share);
            backend.Map(MapOperation.Add, row, row, total);
        }
    }

    /// <summary>The new factor at a change.</summary>
    public override void AfterStep(SaeStep step)
    {
        base.AfterStep(step);
        int changes = ChangesAt(step.Number);
        if (_sums is null || changes == _options.Changes || step.Number != ChangeStep(changes + 1) - 1)
        {
            return;
        }

        Backend backend = Model.Backend;
        var sums = new float[2];
        backend.Read(_sums, 0, sums);
        backend.Fill(_sums, 0);
        if (sums[0] > 0 && sums[1] > 0)
        {
            backend.Map(MapOperation.Scale, _factor!, _factor!, null, sums[0] / sums[1]);
        }

        ReadFactor();
    }

    /// <inheritdoc/>
    public override void AfterRestore()
    {
        base.AfterRestore();
        ReadFactor();
    }

    /// <inheritdoc/>
    protected override void Slope(SaeStep step, DeviceMatrix a, DeviceMatrix result, float alpha)
    {
        float power = Power(ChangesAt(step.Number));
        Model.Backend.Map(MapOperation.Affine, result, a, null, _options.Offset);
        Model.Backend.Map(MapOperation.Log, result, result);
        Model.Backend.Map(MapOperation.Scale, result, result, null, power - 1);
        Model.Backend.Map(MapOperation.Exp, result, result);
        Model.Backend.Map(MapOperation.Scale, result, result, null, alpha * power * _scale);
    }

    /// <inheritdoc/>
    protected override void Shape(SaeStep step, DeviceMatrix a, DeviceMatrix result)
    {
        Raise(a, result, Power(ChangesAt(step.Number)));
        Model.Backend.Map(MapOperation.Scale, result, result, null, _scale);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _sums?.Dispose();
        _factor?.Dispose();
    }

    /// <summary>result = (a + ε)^power − ε^power, 0 where a is 0.</summary>
    private void Raise(DeviceMatrix a, DeviceMatrix result, float power)
    {
        Backend backend = Model.Backend;
        backend.Map(MapOperation.Affine, result, a, null, _options.Offset);
        backend.Map(MapOperation.Log, result, result);
        backend.Map(MapOperation.Scale, result, result, null, power);
        backend.Map(MapOperation.Exp, result, result);
        backend.Map(MapOperation.Affine, result, result, null, -(float)Math.Pow(_options.Offset, power));
        backend.Map(MapOperation.Mask, result, result, a);
    }

    private void ReadFactor()
    {
        if (_factor is not null)
        {
            Model.Backend.Read(_factor, 0, _host);
            _scale = _host[0];
        }
    }
}
