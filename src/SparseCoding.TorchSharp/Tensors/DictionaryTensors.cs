using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Dictionaries from and to torch tensors. A dictionary never changes, so that values are copied both ways.</summary>
public static class DictionaryTensors
{
    /// <summary>A dictionary x̂ = offset + scale · zD from tensors. Float16 and bfloat16 become float32 exactly, float64 is rounded to nearest.</summary>
    /// <param name="atoms">D, [atoms, dimension], finite; of any norm, device and strides. (A torch <c>Linear</c> decoder has [dimension, atoms]: give its transpose, <c>weight.T</c>.)</param>
    /// <param name="offset">[dimension], or null for none.</param>
    /// <param name="scale">Factor on zD, positive.</param>
    /// <exception cref="ArgumentException">Another type or rank; empty; NaN or infinity; an offset of another length.</exception>
    public static AtomDictionary ToDictionary(this torch.Tensor atoms, torch.Tensor? offset = null, float scale = 1)
    {
        TensorCheck.Matrix(atoms, nameof(atoms), "[atoms, dimension]");
        Throw.Positive(scale, nameof(scale));
        float[] values = SignalTensors.Copy(atoms, nameof(atoms));
        int dimension = (int)atoms.shape[1];
        if (offset is null)
        {
            return new AtomDictionary(values, dimension, null, scale);
        }

        TensorCheck.Alive(offset, nameof(offset));
        TensorCheck.Dense(offset, nameof(offset));
        TensorCheck.FloatType(offset, nameof(offset));
        if (offset.ndim != 1 || offset.shape[0] != dimension)
        {
            Throw.Argument($"offset has shape {TensorCheck.Shape(offset)}, but the atoms have dimension {dimension}: [{dimension}] is needed.", nameof(offset));
        }

        using torch.Tensor row = offset.unsqueeze(0);
        return new AtomDictionary(values, dimension, SignalTensors.Copy(row, nameof(offset)), scale);
    }

    /// <summary>The atoms as a tensor of its own, without offset and scale.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="device">Where the tensor goes; null for the CPU.</param>
    /// <param name="type">Its type, one of Float16, BFloat16, Float32, Float64; narrower ones are rounded to nearest.</param>
    /// <returns>D, [atoms, dimension], contiguous; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="ArgumentException">Another type, or a value that is infinite in it.</exception>
    public static torch.Tensor ToTorch(this IDictionary dictionary, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        var values = new float[checked(dictionary.AtomCount * dictionary.OutputDimension)];
        dictionary.CopyAtoms(0, values);
        return SignalTensors.Send(values, [dictionary.AtomCount, dictionary.OutputDimension], device, type, nameof(dictionary));
    }

    /// <summary>The offset as a tensor of its own; zeros where there is none.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="device">Where the tensor goes; null for the CPU.</param>
    /// <param name="type">Its type, one of Float16, BFloat16, Float32, Float64; narrower ones are rounded to nearest.</param>
    /// <returns>[dimension]; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="ArgumentException">Another type, or a value that is infinite in it.</exception>
    public static torch.Tensor OffsetToTorch(this IDictionary dictionary, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        var values = new float[dictionary.OutputDimension];
        dictionary.CopyOffset(values);
        return SignalTensors.Send(values, [values.Length], device, type, nameof(dictionary));
    }
}
