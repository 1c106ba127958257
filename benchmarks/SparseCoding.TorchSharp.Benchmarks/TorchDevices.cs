namespace SparseCoding.Torch.Benchmarks;

/// <summary>The torch devices of this machine, for <c>--devices</c> of the benchmarks: each becomes a value of their parameter.</summary>
public static class TorchDevices
{
    /// <summary>Torch's CPU.</summary>
    public static ComputeDevice Cpu { get; } = new TorchDevice("cpu");

    /// <summary>The first CUDA device, null where there is none.</summary>
    public static ComputeDevice? Cuda { get; } = Find("cuda");

    private static TorchDevice? Find(string name)
    {
        var device = new TorchDevice(name);
        try
        {
            device.EnsureAvailable();
            return device;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
