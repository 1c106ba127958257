namespace SparseCoding.Benchmarks;

/// <summary>
/// The devices that benchmarks run on: the processor, and what another project adds before it starts the switcher (same process: BenchmarkDotNet
/// builds a process of its own otherwise, which does not know them; such a project uses the in-process toolchain).
/// </summary>
internal static class BenchmarkDevices
{
    private static readonly List<ComputeDevice> s_all = [ComputeDevice.Cpu];

    /// <summary>Names of all devices, for <c>[ParamsSource]</c>.</summary>
    public static IEnumerable<string> Names => s_all.Select(device => device.Name);

    /// <summary>Adds a device; a name that is there already is refused, because results would not tell them apart.</summary>
    public static void Register(ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (s_all.Exists(known => known.Name == device.Name))
        {
            throw new ArgumentException($"A device with the name '{device.Name}' is registered already.", nameof(device));
        }

        s_all.Add(device);
    }

    /// <summary>The device of a name.</summary>
    public static ComputeDevice Get(string name) =>
        s_all.Find(device => device.Name == name) ?? throw new ArgumentException($"No device '{name}' is registered; there are {string.Join(", ", Names)}.", nameof(name));
}
