using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <summary>
/// The backend contract in torch operations: matrices live on the device, every intermediate goes with the scope of the operation that made it, and nothing but the Read methods
/// returns to the host. What a matrix has lost by the end is released with the backend. Sums are float64 where the device has it.
/// </summary>
internal sealed partial class TorchBackend : Backend
{
    /// <summary>Bytes that a span over a tensor may cover: it counts in 31 bits.</summary>
    private const long SpanBytes = 1 << 30;

    private readonly TorchDevice _torchDevice;
    private readonly Device _device;
    private readonly List<WeakReference<IDisposable>> _allocated = [];

    /// <summary>Whether the device's memory is the host's, so that a flag can be looked at without a transfer.</summary>
    private readonly bool _isHost;

    /// <summary>Type of sums.</summary>
    private readonly ScalarType _wide;

    private int _prune = 256;

    /// <summary>Starts on a device that is there.</summary>
    /// <param name="device">The device.</param>
    /// <param name="threads">Threads of what the host does beside torch.</param>
    /// <param name="asRemote">Takes the ways of a device whose memory the host does not see, whatever it is; for tests.</param>
    public TorchBackend(TorchDevice device, int threads, bool asRemote = false)
    {
        (_torchDevice, _device, Threads) = (device, device.Device, threads);
        _isHost = device.Type == DeviceType.CPU && !asRemote;
        _wide = device.Type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
    }

    /// <inheritdoc/>
    public override string Name => _torchDevice.Name + (_torchDevice.AllowTensorFloat32 ? "/tf32" : string.Empty);

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <summary>Type in which sums are held.</summary>
    internal ScalarType SumType => _wide;

    /// <summary>How often something was read to the host: a matrix, indices, a scalar or a flag.</summary>
    public long HostReads { get; private set; }

    /// <summary>How often something was written from the host.</summary>
    public long HostWrites { get; private set; }

    /// <summary>The same for all backends of the process, since some live inside a call.</summary>
    public static long AllHostReads => Volatile.Read(ref s_hostReads);

    private static long s_hostReads;

    /// <inheritdoc/>
    public override DeviceMatrix Allocate(long rows, int columns) =>
        Track(new TorchMatrix(zeros([rows, columns], dtype: ScalarType.Float32, device: _device, requires_grad: false).DetachFromDisposeScope(), owns: true));

    /// <inheritdoc/>
    public override DeviceIndices AllocateIndices(int length) =>
        Track(new TorchIndices(zeros([length], dtype: ScalarType.Int64, device: _device, requires_grad: false).DetachFromDisposeScope()));

    /// <inheritdoc/>
    public override DeviceMatrix View(DeviceMatrix source, long firstRow, long rows) => ((TorchMatrix)source).View(firstRow, rows);

    /// <inheritdoc/>
    public override void Write(DeviceMatrix target, long firstRow, ReadOnlySpan<float> values) => WriteBytes(target, firstRow, TensorBytes.Of(values), ScalarType.Float32);

    /// <inheritdoc/>
    public override void WriteStored(DeviceMatrix target, long firstRow, ReadOnlySpan<byte> values, StoredFormat format) => WriteBytes(target, firstRow, values, format switch
    {
        StoredFormat.Float16 => ScalarType.Float16,
        StoredFormat.BFloat16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    });

    /// <inheritdoc/>
    public override void Write(DeviceIndices target, ReadOnlySpan<int> values)
    {
        if (values.Length == 0)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        HostWrites++;
        Tensor host = empty([values.Length], dtype: ScalarType.Int32, device: CPU);
        TensorBytes.Of(values).CopyTo(host.bytes);
        Of(target).narrow(0, 0, values.Length).copy_(host);
    }

    /// <inheritdoc/>
    public override void Read(DeviceMatrix source, long firstRow, Span<float> target)
    {
        if (target.Length == 0)
        {
            return;
        }

        CountRead();
        long step = Math.Max(1, SpanBytes / sizeof(float) / source.Columns), rows = target.Length / source.Columns;
        for (long row = 0; row < rows; row += step)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(step, rows - row);
            Tensor host = Of(source).narrow(0, firstRow + row, count).cpu().contiguous();
            TensorBytes.As<float>(host).CopyTo(target[checked((int)(row * source.Columns))..]);
        }
    }

    /// <inheritdoc/>
    public override void Read(DeviceIndices source, Span<int> target)
    {
        if (target.Length == 0)
        {
            return;
        }

        CountRead();
        using DisposeScope scope = NewDisposeScope();
        Tensor host = Of(source).narrow(0, 0, target.Length).to(ScalarType.Int32).cpu();
        TensorBytes.As<int>(host).CopyTo(target);
    }

    /// <summary>The value itself: a caller may use one matrix for several sums, so that the value of the call before would be another sum's. Waits for the device.</summary>
    public override double ReadLagged(DeviceMatrix scalar)
    {
        CountRead();
        using DisposeScope scope = NewDisposeScope();
        return TensorBytes.As<float>(Of(scalar).cpu())[0];
    }

    /// <inheritdoc/>
    public override void Gather(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor index = Of(rows);
        Of(target).copy_(Of(source).index_select(0, index.shape[0] == target.Rows ? index : index.narrow(0, 0, target.Rows)));
    }

    /// <inheritdoc/>
    public override void Fill(DeviceMatrix target, float value)
    {
        using DisposeScope scope = NewDisposeScope();
        Of(target).fill_(S(value));
    }

    /// <summary>A tensor of the caller's as a matrix over the same memory; it stays the caller's.</summary>
    public static TorchMatrix Wrap(Tensor tensor) => new(tensor, owns: false);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        foreach (WeakReference<IDisposable> reference in _allocated)
        {
            if (reference.TryGetTarget(out IDisposable? item))
            {
                item.Dispose();
            }
        }

        _allocated.Clear();
        foreach (Tensor constant in _constants.Values)
        {
            constant.Dispose();
        }

        _constants.Clear();
    }

    private static Tensor Of(DeviceMatrix matrix) => Keep(((TorchMatrix)matrix).Tensor);

    private static Tensor Of(DeviceIndices indices) => Keep(((TorchIndices)indices).Tensor);

    private static bool IsTrue(Tensor flag)
    {
        using DisposeScope scope = NewDisposeScope();
        return flag.cpu().bytes[0] != 0;
    }

    private void CountRead()
    {
        HostReads++;
        Interlocked.Increment(ref s_hostReads);
    }

    /// <summary>A flag on the host: where the memory is the host's nothing is transferred, elsewhere it counts.</summary>
    private bool Look(Tensor flag)
    {
        if (!_isHost)
        {
            CountRead();
        }

        return IsTrue(flag);
    }

    private void WriteBytes(DeviceMatrix target, long firstRow, ReadOnlySpan<byte> values, ScalarType type)
    {
        if (values.Length == 0)
        {
            return;
        }

        HostWrites++;
        int size = type == ScalarType.Float32 ? sizeof(float) : sizeof(ushort);
        long step = Math.Max(1, SpanBytes / size / target.Columns), rows = values.Length / size / target.Columns;
        bool direct = type == ScalarType.Float32 && _device.type == DeviceType.CPU;
        for (long row = 0; row < rows; row += step)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(step, rows - row);
            ReadOnlySpan<byte> part = values.Slice(checked((int)(row * target.Columns * size)), checked((int)(count * target.Columns * size)));
            Tensor to = Of(target).narrow(0, firstRow + row, count);
            if (direct)
            {
                part.CopyTo(to.bytes);
                continue;
            }

            Tensor host = empty([count, target.Columns], dtype: type, device: CPU);
            part.CopyTo(host.bytes);
            to.copy_(host);
        }
    }

    /// <summary>Remembers what was allocated, without keeping it alive.</summary>
    private T Track<T>(T item)
        where T : class, IDisposable
    {
        if (_allocated.Count >= _prune)
        {
            _allocated.RemoveAll(reference => !reference.TryGetTarget(out _));
            _prune = Math.Max(256, 2 * _allocated.Count);
        }

        _allocated.Add(new WeakReference<IDisposable>(item));
        return item;
    }
}
