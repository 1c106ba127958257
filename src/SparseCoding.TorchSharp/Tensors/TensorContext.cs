using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Where work on a tensor is done: where the tensor is.</summary>
internal static class TensorContext
{
    /// <summary>The context with the device of the tensor, where it names none (its device is the CPU) and the tensor lies elsewhere. A tensor on the CPU is worked on by the core's own kernels.</summary>
    public static RunContext Of(torch.Tensor tensor, RunContext? context)
    {
        context ??= RunContext.Default;
        return tensor.device_type == DeviceType.CPU || !ReferenceEquals(context.Device, ComputeDevice.Cpu)
            ? context
            : context with { Device = new TorchDevice(tensor.device.ToString()) };
    }

    /// <summary>The request with such a context.</summary>
    public static EncodeRequest Of(torch.Tensor tensor, EncodeRequest? request) =>
        (request ?? EncodeRequest.Default) with { Context = Of(tensor, request?.Context) };
}
