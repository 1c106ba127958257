using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Signals from and to torch tensors. Float16 and bfloat16 become float32 exactly, float64 is rounded to nearest; any other type, a rank that is not 2, a sparse tensor or
/// one on the meta device is refused by name. Tensors that these methods return belong to the caller, or to the dispose scope that is open.
/// </summary>
public static class SignalTensors
{
    /// <summary>
    /// Signals that lie in the memory of the tensor: nothing is copied, and a change of the tensor is a change of the view. The tensor must outlive the view: keep it in a
    /// variable that is disposed after the last use (<c>using</c>), not in a temporary that the collector may take.
    /// </summary>
    /// <param name="signals">[samples, dimension], float32, on the CPU, contiguous, at most 2 GiB.</param>
    /// <returns>A view; its values are checked by the method that it is given to.</returns>
    /// <exception cref="ArgumentException">Another type, rank, device or layout: <see cref="ToSignals"/> copies and converts.</exception>
    public static SignalView AsSignals(this torch.Tensor signals)
    {
        TensorCheck.Matrix(signals, nameof(signals), allowEmpty: true);
        if (!TensorMemory.IsShareable(signals))
        {
            Throw.Argument($"signals is {TensorCheck.Describe(signals)}{(signals.is_contiguous() ? "" : ", not contiguous")}; a view needs contiguous Float32 of at most 2 GiB on the CPU: use ToSignals(), which copies.", nameof(signals));
        }

        return SignalView.FromRows(TensorMemory.Floats(signals), (int)signals.shape[1]);
    }

    /// <summary>A copy of the signals in managed memory.</summary>
    /// <param name="signals">[samples, dimension], of any device and strides.</param>
    /// <returns>[samples, dimension].</returns>
    /// <exception cref="ArgumentException">Another type or rank; empty; NaN, infinity, or a float64 beyond the range of float32.</exception>
    public static Tensor<float> ToSignals(this torch.Tensor signals)
    {
        TensorCheck.Matrix(signals, nameof(signals));
        float[] values = Copy(signals, nameof(signals));
        return Tensor.Create(values, [(nint)signals.shape[0], (nint)signals.shape[1]]);
    }

    /// <summary>
    /// The tensor as a source to learn from, without a copy: rows are read (and converted) as they are asked for. The source holds a reference of its own to the tensor's
    /// memory, so that the tensor itself may be disposed; writing to it changes the data of a run.
    /// </summary>
    /// <param name="signals">[samples, dimension], of any device and strides; finite, which is checked now.</param>
    /// <returns>A source that owns its reference: dispose it after training.</returns>
    /// <exception cref="ArgumentException">Another type or rank; empty; NaN or infinity.</exception>
    public static TorchActivationSource AsSource(this torch.Tensor signals) => new(signals);

    /// <summary>Signals, or a reconstruction, as a torch tensor of its own: the values are copied.</summary>
    /// <param name="signals">[samples, dimension], or any other shape.</param>
    /// <param name="device">Where the tensor goes; null for the CPU.</param>
    /// <param name="type">Its type, one of Float16, BFloat16, Float32, Float64; narrower ones are rounded to nearest.</param>
    /// <returns>A contiguous tensor of the same shape.</returns>
    /// <exception cref="ArgumentException">Another type, or a value that is infinite in it.</exception>
    public static torch.Tensor ToTorch(this Tensor<float> signals, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(signals);
        var values = new float[checked((int)signals.FlattenedLength)];
        signals.FlattenTo(values);
        var shape = new long[signals.Rank];
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = signals.Lengths[i];
        }

        return Send(values, shape, device, type, nameof(signals));
    }

    /// <summary>Signals as a torch tensor of its own: the values are copied. To share an array's memory instead, see <see cref="AsTorch"/>.</summary>
    /// <param name="signals">[samples, dimension].</param>
    /// <param name="device">Where the tensor goes; null for the CPU.</param>
    /// <param name="type">Its type, one of Float16, BFloat16, Float32, Float64; narrower ones are rounded to nearest.</param>
    /// <returns>A contiguous tensor [samples, dimension].</returns>
    /// <exception cref="ArgumentException">Another type, or a value that is infinite in it.</exception>
    public static torch.Tensor ToTorch(this SignalView signals, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        var values = new float[checked((long)signals.RowCount * signals.Dimension)];
        signals.CopyRows(0, signals.RowCount, values);
        return Send(values, [signals.RowCount, signals.Dimension], device, type, nameof(signals));
    }

    /// <summary>
    /// A tensor over an array of yours: nothing is copied, and writing to one is writing to the other (torch.from_array does the same). The array is pinned, and kept alive,
    /// until the last torch tensor over it is disposed.
    /// </summary>
    /// <param name="values">Rows one after the other, [samples · dimension].</param>
    /// <param name="dimension">Dimension of a signal; must divide the number of values.</param>
    /// <returns>[samples, dimension], float32, on the CPU.</returns>
    /// <exception cref="ArgumentException">The values are not whole rows, or there are none.</exception>
    public static torch.Tensor AsTorch(this float[] values, int dimension)
    {
        ArgumentNullException.ThrowIfNull(values);
        Throw.AtLeast(dimension, 1, nameof(dimension));
        if (values.Length == 0 || values.Length % dimension != 0)
        {
            Throw.Argument($"{values.Length} values are not whole rows of dimension {dimension}.", nameof(values));
        }

        using torch.Tensor flat = torch.from_array(values);
        return flat.view(values.Length / dimension, dimension);
    }

    /// <summary>Checked values of a matrix that was looked at by <see cref="TensorCheck.Matrix"/>.</summary>
    internal static float[] Copy(torch.Tensor matrix, string parameter)
    {
        long columns = matrix.shape[1];
        if (matrix.numel() > Array.MaxLength)
        {
            Throw.Argument($"{parameter} has shape {TensorCheck.Shape(matrix)}, more than the {Array.MaxLength} values that managed memory holds in one piece: use AsSource().", parameter);
        }

        var values = new float[matrix.numel()];
        TensorMemory.CopyTo(matrix, values);
        int bad = Contracts.FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.Argument($"{parameter} holds {values[bad]} (as float32) at row {bad / columns}, column {bad % columns}; remove or impute such rows first.", parameter);
        }

        return values;
    }

    /// <summary>Values, which are not copied, as a tensor where they are wanted.</summary>
    internal static torch.Tensor Send(float[] values, long[] shape, torch.Device? device, torch.ScalarType type, string parameter)
    {
        if (!TensorCheck.IsFloat(type))
        {
            Throw.Argument($"type is {type}; Float16, BFloat16, Float32 and Float64 can be asked for.", nameof(type));
        }

        if (type == torch.ScalarType.Float64 && device?.type == DeviceType.MPS)
        {
            Throw.Argument("type is Float64, which MPS does not have; ask for Float32.", nameof(type));
        }

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor given = values.Length == 0 ? torch.empty(shape, torch.ScalarType.Float32) : torch.from_array(values).view(shape);
        torch.Tensor sent = given.to(type, device ?? torch.CPU);
        if (type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 && values.Length > 0 && !sent.isfinite().all().item<bool>())
        {
            Throw.Argument($"{parameter} holds values that are not finite in {type}; scale them down, or use Float32.", parameter);
        }

        return sent.MoveToOuterDisposeScope();
    }
}
