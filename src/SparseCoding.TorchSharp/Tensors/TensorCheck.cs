using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Checks tensors before torch sees them: a shape that torch itself finds wrong can end the process. Every error names argument, shape, type or device, and the remedy.</summary>
internal static class TensorCheck
{
    /// <summary>Elements that are looked at together when values are checked.</summary>
    private const long BlockElements = 1L << 24;

    /// <summary>"[3, 4] Float32 on cpu".</summary>
    public static string Describe(torch.Tensor tensor) => $"{Shape(tensor)} {tensor.dtype} on {tensor.device}";

    /// <summary>"[3, 4]".</summary>
    public static string Shape(torch.Tensor tensor) => "[" + string.Join(", ", tensor.shape) + "]";

    /// <summary>Not null, not disposed.</summary>
    public static void Alive(torch.Tensor tensor, string parameter)
    {
        ArgumentNullException.ThrowIfNull(tensor, parameter);
        ObjectDisposedException.ThrowIf(tensor.IsInvalid, tensor);
    }

    /// <summary>One of float16, bfloat16, float32, float64.</summary>
    public static void FloatType(torch.Tensor tensor, string parameter)
    {
        if (!IsFloat(tensor.dtype))
        {
            Throw.Argument($"{parameter} has type {tensor.dtype}; Float16, BFloat16, Float32 and Float64 can be used: convert it with {parameter}.to(torch.float32).", parameter);
        }
    }

    /// <summary>Whether a type is one of the four.</summary>
    public static bool IsFloat(torch.ScalarType type) =>
        type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    /// <summary>A dense matrix [samples, dimension] of a floating type, with memory behind it and at least one column.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="parameter">Name of the argument.</param>
    /// <param name="shape">What its axes are, for the message.</param>
    /// <param name="columns">How many columns it must have; null for any.</param>
    /// <param name="of">What has that many columns.</param>
    /// <param name="allowEmpty">Whether no row at all is fine.</param>
    public static void Matrix(torch.Tensor tensor, string parameter, string shape = "[samples, dimension]", long? columns = null, string of = "the encoder", bool allowEmpty = false)
    {
        Alive(tensor, parameter);
        Dense(tensor, parameter);
        FloatType(tensor, parameter);
        if (tensor.ndim != 2)
        {
            Throw.Argument($"{parameter} must have rank 2, {shape}, but its shape is {Shape(tensor)}: reshape it, for example {parameter}.reshape(-1, {(tensor.ndim > 0 ? tensor.shape[^1] : 1)}).", parameter);
        }

        if (tensor.shape[1] == 0 || (tensor.shape[0] == 0 && !allowEmpty))
        {
            Throw.Argument($"{parameter} is empty: its shape is {Shape(tensor)}.", parameter);
        }

        if (columns is { } wanted && tensor.shape[1] != wanted)
        {
            Throw.Argument($"{parameter} has shape {Shape(tensor)}, but {of} works on {shape} with {wanted} columns.", parameter);
        }

        if (tensor.shape[0] > int.MaxValue || tensor.shape[1] > int.MaxValue)
        {
            Throw.Argument($"{parameter} has shape {Shape(tensor)}; at most {int.MaxValue} rows and columns can be used.", parameter);
        }
    }

    /// <summary>Strided, and not on the meta device, which has no values.</summary>
    public static void Dense(torch.Tensor tensor, string parameter)
    {
        if (tensor.is_sparse || CsrScript.IsCompressed(tensor))
        {
            Throw.Argument($"{parameter} is a sparse tensor; signals and atoms are dense: use {parameter}.to_dense().", parameter);
        }

        if (tensor.device_type == DeviceType.META)
        {
            Throw.Argument($"{parameter} is on the meta device, where tensors have no values.", parameter);
        }
    }

    /// <summary>No NaN, no infinity; one scalar comes to the host for each block of rows. Names row and column of the first.</summary>
    public static void Finite(torch.Tensor matrix, string parameter)
    {
        using var noGradient = torch.no_grad();
        long rows = matrix.shape[0], columns = matrix.shape[1], step = Math.Max(1, BlockElements / columns);
        for (long first = 0; first < rows; first += step)
        {
            using var scope = torch.NewDisposeScope();
            torch.Tensor finite = matrix.narrow(0, first, Math.Min(step, rows - first)).isfinite();
            if (finite.all().item<bool>())
            {
                continue;
            }

            torch.Tensor place = finite.logical_not().nonzero()[0].cpu();
            long row = first + place[0].item<long>(), column = place[1].item<long>();
            Throw.Argument($"{parameter} holds {matrix[row, column].cpu().to(torch.ScalarType.Float64).item<double>()} at row {row}, column {column}; remove or impute such rows first.", parameter);
        }
    }

    /// <summary>The tensor lies on the device that is asked for.</summary>
    public static void SameDevice(torch.Tensor tensor, torch.Tensor other, string parameter, string otherParameter)
    {
        if (tensor.device_type != other.device_type || tensor.device_index != other.device_index)
        {
            Throw.Argument($"{parameter} is on {tensor.device}, but {otherParameter} on {other.device}: move one of them, for example {parameter}.to({otherParameter}.device).", parameter);
        }
    }
}
