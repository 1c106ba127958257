using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// An <see cref="L0Controller"/> at work. Counts stay on the device; every <see cref="UpdateSteps"/> steps their mean comes to the host, so that no step
/// waits for it on a device whose work runs ahead, and a resumed run reads the same numbers at the same steps.
/// </summary>
internal sealed class ControllerState : IDisposable
{
    /// <summary>Steps between two changes of the weight.</summary>
    public const int UpdateSteps = 8;

    private readonly Backend _backend;
    private readonly L0Controller _options;
    private readonly DeviceMatrix _sum;
    private readonly DeviceMatrix _count;
    private readonly DeviceMatrix _state;
    private readonly float[] _host = new float[5];

    /// <summary>Starts at a factor of 1.</summary>
    public ControllerState(Backend backend, L0Controller options)
    {
        _backend = backend;
        _options = options;
        _sum = backend.Allocate(1, 1);
        _count = backend.Allocate(1, 1);
        _state = backend.Allocate(1, _host.Length);
    }

    /// <summary>What the weight is multiplied by.</summary>
    public float Factor { get; private set; } = 1;

    /// <summary>What the logarithms of all thresholds move by now, where a selection learns thresholds; 0 between two changes of the weight.</summary>
    public float ThresholdShift { get; private set; }

    /// <summary>What a checkpoint keeps: the sum of L0 since the last change; and running mean, its weight, ln(m / target), its change for each step, ln factor.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("penalty.controller.sum", _sum), ("penalty.controller", _state)];

    /// <summary>Takes the codes of a piece of a batch in.</summary>
    public void CountPiece(SaeStep step)
    {
        _backend.Reduce(ReduceOperation.CountNonZero, ReduceAxis.All, _count, step.Codes.Values, null, step.Mean * step.Share);
        _backend.Map(MapOperation.Add, _sum, _sum, _count);
    }

    /// <summary>Moves the weight where its time has come; <paramref name="holds"/> while it still warms up.</summary>
    public void AfterStep(SaeStep step, bool holds)
    {
        ThresholdShift = 0;
        if (step.Number % UpdateSteps != 0)
        {
            return;
        }

        var sum = new float[1];
        _backend.Read(_sum, 0, sum);
        _backend.Fill(_sum, 0);
        _backend.Read(_state, 0, _host);
        Update(sum[0] / UpdateSteps, holds);
        _backend.Write(_state, 0, _host);
    }

    /// <summary>Called when a checkpoint was read.</summary>
    public void AfterRestore()
    {
        _backend.Read(_state, 0, _host);
        Factor = MathF.Exp(_host[4]);
    }

    /// <summary>Operations of a step: one comparison for each place, and the sum.</summary>
    public static UInt128 Operations(long places) => (UInt128)places + 1;

    /// <inheritdoc/>
    public void Dispose()
    {
        _sum.Dispose();
        _count.Dispose();
        _state.Dispose();
    }

    /// <summary>ln(L0/target). An L0 of 0 has no logarithm; e^-3 of the target is as wrong as can be told.</summary>
    private double Error(double l0) => Math.Clamp(Math.Log(Math.Max(l0, 1e-30) / _options.Target), -3, 3);

    private void Update(double l0, bool holds)
    {
        double decay = Math.Pow(_options.Decay, UpdateSteps);
        bool first = _host[1] == 0;
        double sum = (decay * _host[0]) + ((1 - decay) * l0), weight = (decay * _host[1]) + 1 - decay;

        double error = Error(sum / weight);
        double slope = first ? 0 : (decay * _host[3]) + ((1 - decay) * (error - _host[2]) / UpdateSteps);
        double log = _host[4];
        if (!holds)
        {
            double limit = Math.Log(_options.Limit);
            ThresholdShift = (float)(UpdateSteps * _options.ThresholdRate * Error(l0));
            log = Math.Clamp(log + (UpdateSteps * _options.Rate * Math.Tanh(10 * (error + (_options.Lead * slope)))), -limit, limit);
        }

        (_host[0], _host[1], _host[2], _host[3], _host[4]) = ((float)sum, (float)weight, (float)error, (float)slope, (float)log);
        Factor = MathF.Exp(_host[4]);
    }
}
