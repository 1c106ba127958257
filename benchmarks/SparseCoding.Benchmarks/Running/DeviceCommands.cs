using BenchmarkDotNet.Running;
using SparseCoding.Backends;
using SparseCoding.Contracts;

namespace SparseCoding.Benchmarks;

/// <summary>Shows the devices and what runs on them, and proves that one more device needs no edit of a benchmark.</summary>
internal static class DeviceCommands
{
    /// <summary>Lists devices and all cases. Argument: a filter on class.method.</summary>
    public static int List(string[] arguments)
    {
        Console.WriteLine($"Devices: {string.Join(", ", BenchmarkDevices.Names)}");
        foreach (Type type in BenchmarkConfig.Classes)
        {
            foreach (BenchmarkCase one in BenchmarkConfig.Cases(type, BenchmarkConfig.Full()).BenchmarksCases)
            {
                string name = $"{type.Name}.{one.Descriptor.WorkloadMethod.Name}";
                if (arguments.Length == 0 || name.Contains(arguments[0], StringComparison.OrdinalIgnoreCase))
                {
                    Console.WriteLine($"{name}  {BenchmarkConfig.Parameters(one)}");
                }
            }
        }

        return 0;
    }

    /// <summary>
    /// Finds a second device in an assembly (this one, as <c>--devices</c> does with another) and compares the cases before and after: every class that
    /// runs on devices must have as many cases on the new device as on the processor. 1 if one has not.
    /// </summary>
    public static int Check(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ComputeDevice second = BenchmarkDevices.FindIn(typeof(DeviceCommands).Assembly).Single(device => device.Name == SecondCpu.DeviceName);
        Dictionary<Type, int> before = CountOn("cpu");
        BenchmarkDevices.Register(second);
        Dictionary<Type, int> after = CountOn(second.Name);
        int wrong = 0;
        foreach (Type type in BenchmarkConfig.Classes)
        {
            bool onDevices = typeof(DeviceBenchmark).IsAssignableFrom(type) || type.GetProperty(nameof(DeviceBenchmark.Device)) is not null;
            bool good = !onDevices || (before[type] > 0 && after[type] == before[type]);
            wrong += good ? 0 : 1;
            Console.WriteLine($"{type.Name,-32} {(onDevices ? $"cpu {before[type],3}, {second.Name} {after[type],3} cases" : "no device"),-32} {(good ? "ok" : "MISSING")}");
        }

        using Backend backend = BenchmarkDevices.Get(second.Name).CreateBackend(1);
        Console.WriteLine($"{backend.Name} answers. {(wrong == 0 ? "A new device appears in every benchmark that has devices." : $"{wrong} classes miss it.")}");
        return wrong == 0 ? 0 : 1;
    }

    private static Dictionary<Type, int> CountOn(string device) => BenchmarkConfig.Classes.ToDictionary(type => type, type =>
        BenchmarkConfig.Cases(type, BenchmarkConfig.Full()).BenchmarksCases.Count(one => one.Parameters.Items.Any(item => item.Name == nameof(DeviceBenchmark.Device) && Equals(item.Value, device))));

    /// <summary>The processor under another name.</summary>
    private sealed class SecondCpu() : ExternalDevice(DeviceName)
    {
        public const string DeviceName = "cpu-again";

        internal override Backend CreateBackend(int threads) => new CpuBackend(threads);
    }
}
