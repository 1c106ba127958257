using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>
/// Where heavy work runs. The package itself has the CPU; other packages add devices. A device is a value: it holds no memory and starts
/// nothing until work is given to it.
/// </summary>
public abstract class ComputeDevice
{
    // Only assemblies that know the internal backend contract can add a device.
    private protected ComputeDevice(string name) => Name = name;

    /// <summary>This machine's processor, with the widest vector instructions it has.</summary>
    public static ComputeDevice Cpu { get; } = new CpuDevice();

    /// <summary>Name of the device, "cpu".</summary>
    public string Name { get; }

    /// <summary>A backend of its own for one trainer or one call.</summary>
    internal abstract Backend CreateBackend(int threads);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class CpuDevice() : ComputeDevice("cpu")
    {
        internal override Backend CreateBackend(int threads) => new CpuBackend(threads);
    }
}
