using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// The latents that have been silent for longer than a window, as a list on the device, so that work on them costs what their number asks for. The
/// list is made anew every <see cref="RefreshSteps"/> steps, the only time that statistics come to the host; a checkpoint keeps it. Its length is
/// padded to a power of two with rows of zeros, which no selection takes, so that there are few shapes. With a <see cref="LatentUsage"/> the list also
/// has latents that fire less than they should.
/// </summary>
internal sealed class DeadLatents : IDisposable
{
    /// <summary>Steps between two lists.</summary>
    public const int RefreshSteps = 16;

    private readonly SaeModel _model;
    private readonly long _window;
    private readonly string _name;
    private readonly DeviceMatrix _mask;
    private readonly float[] _host;
    private readonly LatentUsage? _usage;
    private DeviceCodes? _list;
    private DeviceMatrix? _isReal;
    private DeviceMatrix? _row;

    /// <summary>Nothing is dead yet.</summary>
    public DeadLatents(SaeModel model, string name, long window, LatentUsage? usage = null)
    {
        _model = model;
        _name = name;
        _window = window;
        _usage = usage;
        _mask = model.Backend.Allocate(1, model.AtomCount);
        _host = new float[model.AtomCount];
    }

    /// <summary>Number of dead latents in the list.</summary>
    public int Count { get; private set; }

    /// <summary>Length of the list with its padding.</summary>
    public int Padded => _list?.Capacity ?? 0;

    /// <summary>1 where a latent is in the list, [1, atoms].</summary>
    public DeviceMatrix Mask => _mask;

    /// <summary>The list: atoms in ascending order, then padding with atom 0; [padded].</summary>
    public DeviceIndices Indices => _list!.Indices;

    /// <summary>Operations of a step whether something is dead or not.</summary>
    public UInt128 Operations => _usage is null ? 0 : (UInt128)_model.AtomCount;

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [(_name + ".dead", _mask), .. _usage?.StateMatrices() ?? []];

    /// <summary>Makes the list anew where its time has come.</summary>
    public void AfterStep(SaeStep step)
    {
        _usage?.Update();
        if (step.Number % RefreshSteps != 0)
        {
            return;
        }

        Backend backend = _model.Backend;
        backend.Read(_model.Latents!.Silent, 0, _host);
        for (int i = 0; i < _host.Length; i++)
        {
            _host[i] = _host[i] >= _window ? 1 : 0;
        }

        _usage?.AddUnderused(_host);
        backend.Write(_mask, 0, _host);
        Build();
    }

    /// <summary>Makes the list from the mask of a checkpoint.</summary>
    public void AfterRestore()
    {
        _model.Backend.Read(_mask, 0, _host);
        Build();
    }

    /// <summary>target [padded, m] = the dead rows of source [atoms, m], padding 0.</summary>
    public void GatherRows(DeviceMatrix source, DeviceMatrix target)
    {
        _model.Backend.Gather(source, Indices, target);
        _model.Backend.Map(MapOperation.Multiply, target, target, _isReal);
    }

    /// <summary>Sets the padding's rows of a matrix [padded, m] to 0.</summary>
    public void ClearPadding(DeviceMatrix rows) => _model.Backend.Map(MapOperation.Multiply, rows, rows, _isReal);

    /// <summary>target [1, padded] = the dead entries of row [1, atoms], padding 0.</summary>
    public void GatherRow(DeviceMatrix row, DeviceMatrix target) => _model.Backend.GatherAtSupport(row, _list!, target, 1);

    /// <summary>target [atoms, m] += source [padded, m] at the dead rows; the padding's rows must be 0.</summary>
    public void AddRows(DeviceMatrix source, DeviceMatrix target) => _model.Backend.ScatterAdd(source, Indices, target);

    /// <summary>target [1, atoms] += source [1, padded] at the dead entries.</summary>
    public void AddRow(DeviceMatrix source, DeviceMatrix target)
    {
        _row ??= _model.Backend.Allocate(1, _model.AtomCount);
        _model.Backend.Densify(_list!.WithValues(source), _row);
        _model.Backend.Map(MapOperation.Add, target, target, _row);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mask.Dispose();
        _usage?.Dispose();
        _list?.Dispose();
        _isReal?.Dispose();
        _row?.Dispose();
    }

    private void Build()
    {
        Backend backend = _model.Backend;
        Count = _host.Count(value => value != 0);
        if (Count == 0)
        {
            return;
        }

        int padded = Math.Max(16, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Count));
        if (_list is null || _list.Capacity != padded)
        {
            _list?.Dispose();
            _isReal?.Dispose();
            _list = backend.AllocateCodes(1, _model.AtomCount, padded);
            _isReal = backend.Allocate(padded, 1);
        }

        var indices = new int[padded];
        var real = new float[padded];
        int at = 0;
        for (int i = 0; i < _host.Length; i++)
        {
            if (_host[i] != 0)
            {
                indices[at] = i;
                real[at++] = 1;
            }
        }

        backend.Write(_list.Indices, indices);
        backend.Write(_list.Counts, [Count]);
        backend.Write(_isReal!, 0, real);
    }
}
