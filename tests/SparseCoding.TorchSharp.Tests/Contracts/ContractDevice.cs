using SparseCoding.Torch;

namespace SparseCoding.Tests.Encoders;

/// <summary>Where the linked contracts of encoders run: torch's CPU, or the device that the environment names.</summary>
internal static class ContractDevice
{
    /// <summary>The variable that names another torch device, "cuda" say.</summary>
    public const string Variable = "SPARSECODING_TORCH_DEVICE";

    /// <summary>The device.</summary>
    public static ComputeDevice Device { get; } = new TorchDevice(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? name : "cpu");
}
