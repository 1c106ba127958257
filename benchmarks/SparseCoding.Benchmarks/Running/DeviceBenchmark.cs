using BenchmarkDotNet.Attributes;

namespace SparseCoding.Benchmarks;

/// <summary>A benchmark that runs on every registered device: a device that is added appears in its results without an edit here.</summary>
[MemoryDiagnoser]
public abstract class DeviceBenchmark
{
    /// <summary>Devices that are registered.</summary>
    public static IEnumerable<string> Devices => BenchmarkDevices.Names;

    /// <summary>Where the work runs.</summary>
    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    private protected RunContext Context => new() { Device = BenchmarkDevices.Get(Device) };

    private protected Backends.Backend CreateBackend() => BenchmarkDevices.Get(Device).CreateBackend(Environment.ProcessorCount);
}
