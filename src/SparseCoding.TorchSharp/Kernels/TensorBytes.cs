using System.Runtime.InteropServices;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>The only place of this package that reinterprets memory: numbers of the host as bytes, and the bytes of a tensor as numbers.</summary>
internal static class TensorBytes
{
    /// <summary>The bytes of numbers, in place.</summary>
    public static ReadOnlySpan<byte> Of<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values);

    /// <summary>The memory of a contiguous tensor on the CPU, of that type and below 2 GiB, in place. Valid as long as the tensor is: the caller keeps it from being disposed or collected.</summary>
    public static Span<T> As<T>(torch.Tensor tensor)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);
}
