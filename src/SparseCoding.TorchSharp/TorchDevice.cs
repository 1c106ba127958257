using SparseCoding.Backends;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// A torch device as the place where heavy work runs: every encoder, learner and trainer takes it in <see cref="RunContext.Device"/> and keeps its state there.
/// The application references the native package itself (TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows). The value holds no memory and starts nothing;
/// what is missing is named when work is given to it.
/// </summary>
/// <remarks>
/// Storage is float32. Sums are float64 but on MPS, which has none. Products are IEEE float32 whatever TF32 flags the process has set, unless <see cref="AllowTensorFloat32"/>
/// says otherwise; the flags are put back after each product. Torch's own threads belong to the process (<c>torch.set_num_threads</c>):
/// <see cref="RunContext.Threads"/> holds only for what the host does beside it. The same bits on every run are promised on "cpu" with one setting of torch's threads.
/// </remarks>
public sealed class TorchDevice : ComputeDevice, IEquatable<TorchDevice>
{
    /// <summary>A device by torch's name.</summary>
    /// <param name="device">"cpu", "cuda", "cuda:1" (any index) or "mps".</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    /// <exception cref="ArgumentException">The name is none of these.</exception>
    public TorchDevice(string device = "cpu")
        : base("torch/" + Parse(device, out DeviceType type, out int index))
    {
        (Type, Index) = (type, index);
    }

    /// <summary>Whether products on a CUDA device may round their factors to TensorFloat-32 (10 bits): several times faster, errors of about 1e-3.</summary>
    /// <value>Default: false.</value>
    public bool AllowTensorFloat32 { get; init; }

    internal DeviceType Type { get; }

    internal int Index { get; }

    /// <summary>The device as torch has it.</summary>
    internal torch.Device Device => new(Type, Index);

    /// <inheritdoc/>
    public bool Equals(TorchDevice? other) => other is not null && (Type, Index, AllowTensorFloat32) == (other.Type, other.Index, other.AllowTensorFloat32);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TorchDevice);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Index, AllowTensorFloat32);

    /// <summary>Loads torch where that has not been done and makes sure that the device is there.</summary>
    /// <exception cref="InvalidOperationException">The native library or the device is missing; the message names what to add.</exception>
    internal void EnsureAvailable()
    {
        try
        {
            if (!torch.TryInitializeDeviceType(Type))
            {
                throw new InvalidOperationException($"TorchDevice(\"{Text(Type, Index)}\"): torch finds no such device on this machine.");
            }
        }
        catch (Exception error) when (error is NotSupportedException or DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException)
        {
            string package = Type == DeviceType.CUDA ? "TorchSharp-cuda-linux or TorchSharp-cuda-windows" : "TorchSharp-cpu";
            throw new InvalidOperationException($"TorchDevice(\"{Text(Type, Index)}\"): torch's native library did not load. Reference the package {package} of the same version as TorchSharp.", error);
        }

        if (Type == DeviceType.CUDA && Index >= torch.cuda.device_count())
        {
            throw new InvalidOperationException($"TorchDevice(\"{Text(Type, Index)}\"): this machine has {torch.cuda.device_count()} CUDA devices, counted from 0.");
        }

        if (Type == DeviceType.MPS && !torch.mps_is_available())
        {
            throw new InvalidOperationException("TorchDevice(\"mps\"): Metal is there on Apple silicon only.");
        }
    }

    internal override Backend CreateBackend(int threads)
    {
        EnsureAvailable();
        return new TorchBackend(this, threads);
    }

    private static string Parse(string device, out DeviceType type, out int index)
    {
        ArgumentNullException.ThrowIfNull(device);
        const string Cuda = "cuda:";
        (type, index) = device switch
        {
            "cpu" => (DeviceType.CPU, -1),
            "mps" => (DeviceType.MPS, 0),
            "cuda" => (DeviceType.CUDA, 0),
            _ when device.StartsWith(Cuda, StringComparison.Ordinal)
                && int.TryParse(device.AsSpan(Cuda.Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) => (DeviceType.CUDA, number),
            _ => throw new ArgumentException($"Unknown torch device \"{device}\": use \"cpu\", \"cuda\", \"cuda:<index>\" or \"mps\".", nameof(device)),
        };
        return Text(type, index);
    }

    private static string Text(DeviceType type, int index) => type switch
    {
        DeviceType.CPU => "cpu",
        DeviceType.MPS => "mps",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"cuda:{index}"),
    };
}
