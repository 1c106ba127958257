using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// Brings signals (or a transcoder's targets) on a device to the units of the network: each row by itself, or each coordinate by its mean and divisor,
/// then one factor for all. What the data have determined is state of a checkpoint.
/// </summary>
internal sealed class SignalScaler : IDisposable
{
    private readonly Backend _backend;
    private readonly string _name;
    private readonly int _dimension;
    private readonly InputNormalization _byRow;
    private readonly float _scale;
    private readonly DeviceMatrix? _mean;
    private readonly DeviceMatrix? _deviation;

    /// <summary>Allocates; <paramref name="hasRows"/> where there is a mean and divisor of each coordinate, whose values a checkpoint may bring later.</summary>
    public SignalScaler(Backend backend, string name, int dimension, InputNormalization mode, float scale, bool hasRows, UnitRows? rows)
    {
        _backend = backend;
        _name = name;
        _dimension = dimension;
        _byRow = RowNormalizer.IsByRow(mode) ? mode : InputNormalization.None;
        _scale = scale;
        if (hasRows)
        {
            _mean = backend.Allocate(1, dimension);
            _deviation = backend.Allocate(1, dimension);
            backend.Fill(_deviation, 1);
            if (rows is not null)
            {
                backend.Write(_mean, 0, rows.Mean);
                backend.Write(_deviation, 0, rows.Deviation);
            }
        }
    }

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _mean is null ? [] : [(_name + ".mean", _mean), (_name + ".deviation", _deviation!)];

    /// <summary>The units of a batch, in place.</summary>
    public void Apply(SaeStep step, DeviceMatrix signals)
    {
        if (_byRow != InputNormalization.None)
        {
            RowNormalizer.Apply(_byRow, step, signals);
        }

        if (_mean is not null)
        {
            _backend.Map(MapOperation.Add, signals, signals, _mean, 1, -1);
            _backend.Map(MapOperation.Divide, signals, signals, _deviation);
        }

        if (_scale != 1)
        {
            _backend.Map(MapOperation.Scale, signals, signals, null, 1 / _scale);
        }
    }

    /// <summary>The units on the host.</summary>
    public SignalUnits Snapshot()
    {
        UnitRows? rows = null;
        if (_mean is not null)
        {
            rows = new UnitRows(new float[_dimension], new float[_dimension]);
            _backend.Read(_mean, 0, rows.Mean);
            _backend.Read(_deviation!, 0, rows.Deviation);
        }

        return new SignalUnits(_scale, rows);
    }

    /// <summary>Operations beyond the one factor, which <see cref="Cost.NetworkCost"/> counts.</summary>
    public UInt128 Operations(long rows) => RowNormalizer.Operations(_byRow, rows, _dimension) + (_mean is null ? 0 : 2 * (UInt128)rows * (UInt128)_dimension);

    /// <inheritdoc/>
    public void Dispose()
    {
        _mean?.Dispose();
        _deviation?.Dispose();
    }
}
