using SparseCoding.Tests.Encoders;

namespace SparseCoding.Tests;

/// <summary>The contract of OMP by its batched form.</summary>
public class RemoteOmpContract : OmpSignedContract
{
    protected override ComputeDevice Device { get; } = new ProbedDevice(asRemote: true);
}
