using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>The memory of torch tensors as spans, and copies between the two.</summary>
internal static class TensorMemory
{
    /// <summary>Whether a dense tensor's memory can be read in place: on the CPU, float32, row by row without gaps, and at most 2 GiB, the longest span of bytes.</summary>
    public static bool IsShareable(torch.Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype == torch.ScalarType.Float32 && tensor.is_contiguous() && tensor.numel() <= int.MaxValue / sizeof(float);

    /// <summary>The values of a tensor that is shareable, in place. Valid as long as the tensor is: the caller keeps it from being disposed or collected.</summary>
    public static Span<float> Floats(torch.Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            return [];
        }

        return TensorBytes.As<float>(tensor);
    }

    /// <summary>Copies a dense tensor of any floating type and device, in the order of its indices: float16 and bfloat16 exactly, float64 rounded to nearest. Its handles are gone afterwards.</summary>
    public static void CopyTo(torch.Tensor tensor, Span<float> target)
    {
        if (tensor.numel() != target.Length)
        {
            Throw.Argument($"The tensor has {tensor.numel()} values, the target room for {target.Length}.", nameof(target));
        }

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        if (target.Length <= int.MaxValue / sizeof(float))
        {
            torch.Tensor source = tensor.detach().to(torch.ScalarType.Float32).cpu().contiguous();
            Floats(source).CopyTo(target);
            GC.KeepAlive(source);
            return;
        }

        // Spans of bytes end at 2 GiB: by parts.
        torch.Tensor flat = tensor.detach().reshape(-1);
        const int Part = 1 << 28;
        for (int first = 0; first < target.Length; first += Part)
        {
            int count = Math.Min(Part, target.Length - first);
            CopyTo(flat.narrow(0, first, count), target.Slice(first, count));
        }
    }

}
