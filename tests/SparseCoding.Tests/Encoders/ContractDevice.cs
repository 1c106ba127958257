namespace SparseCoding.Tests.Encoders;

/// <summary>Where the contracts of encoders run. Another device's test project links the contracts and has a class of this name with its own device.</summary>
internal static class ContractDevice
{
    /// <summary>The processor.</summary>
    public static ComputeDevice Device => ComputeDevice.Cpu;
}
