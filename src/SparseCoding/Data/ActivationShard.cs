using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Data;

/// <summary>One file of activations as its header describes it; holds no handle.</summary>
internal sealed class ActivationShard
{
    private readonly long[] _shape;
    private readonly ElementType _elementType;
    private readonly RawActivationLayout? _raw;

    private ActivationShard(string path, StoredTensor tensor, string? tensorName, RawActivationLayout? raw, long firstRow)
    {
        _raw = raw;
        Path = path;
        TensorName = tensorName;
        FirstRow = firstRow;
        _shape = tensor.Shape.ToArray();
        _elementType = tensor.ElementType;
        Dimension = (int)_shape[^1];
        Positions = _shape.Length == 3 ? _shape[1] : 0;
        RowCount = tensor.ElementCount / Dimension;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Name of the tensor in a safetensors file; null for npy.</summary>
    public string? TensorName { get; }

    /// <summary>Number of the shard's first row in the whole source.</summary>
    public long FirstRow { get; }

    /// <summary>Rows: the product of all axes but the last.</summary>
    public long RowCount { get; }

    /// <summary>Dimension of a row: the last axis.</summary>
    public int Dimension { get; }

    /// <summary>Rows of one context where the array has rank 3; 0 for rank 2.</summary>
    public long Positions { get; }

    /// <summary>2 for [samples, dimension], 3 for [contexts, positions, dimension].</summary>
    public int Rank => _shape.Length;

    /// <summary>"F16 [166400, 128]" for messages.</summary>
    public string ShapeText => $"{_elementType} {TensorShape.Format(_shape)}";

    /// <summary>Reads the header and checks that the array can be rows of signals.</summary>
    public static ActivationShard Describe(string path, string? tensorName, RawActivationLayout? raw, long firstRow)
    {
        using OpenTensor open = OpenFile(path, tensorName, raw, scattered: false);
        StoredTensor tensor = open.Tensor;
        string what = $"{path}{(open.Name is null ? "" : $" ({open.Name})")} holds {tensor.ElementType} {TensorShape.Format(tensor.Shape)}";
        if (tensor.Shape.Length is not (2 or 3))
        {
            Throw.InvalidData($"{what}, but activations have rank 2, [samples, dimension], or 3, [contexts, positions, dimension]; reshape the array before saving it.");
        }

        if (tensor.ElementType.IsInteger())
        {
            Throw.InvalidData($"{what}, but activations are floating point (f2, f4, f8 or bf16); this may be a file of tokens or labels. Convert it, e.g. with .astype('float32').");
        }

        if (tensor.Shape[^1] is < 1 or > int.MaxValue / 8)
        {
            Throw.InvalidData($"{what}; the dimension (last axis) must lie between 1 and {int.MaxValue / 8}.");
        }

        if (tensor.Shape.Length == 3 && !tensor.HasRawRows)
        {
            Throw.InvalidData($"{what} in Fortran order; an array of rank 3 is read in row-major order only: save numpy.ascontiguousarray(array).");
        }

        return new ActivationShard(path, tensor, open.Name, raw, firstRow);
    }

    /// <summary>Opens the file for reading, scattered or in order; InvalidDataException when it is no longer what was described.</summary>
    public OpenTensor Open(bool scattered)
    {
        OpenTensor open = OpenFile(Path, TensorName, _raw, scattered);
        if (!open.Tensor.Shape.SequenceEqual(_shape) || open.Tensor.ElementType != _elementType)
        {
            open.Dispose();
            Throw.InvalidData($"{Path} held {ShapeText} when the source was opened, but now holds {open.Tensor.ElementType} {TensorShape.Format(open.Tensor.Shape)}; open the source again.");
        }

        return open;
    }

    private static OpenTensor OpenFile(string path, string? tensorName, RawActivationLayout? raw, bool scattered)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            NpyFile npy = NpyFile.Open(path, scattered);
            return new OpenTensor(npy, npy.Tensor, null);
        }

        if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            FileByteSource.RequireFile(path);
            if (raw is null)
            {
                Throw.InvalidData($"{path}: activations are read from .npy and .safetensors files; for raw rows say what they are with ActivationFileOptions.Raw, others convert, e.g. with numpy.save.");
            }

            RawFile rows = RawFile.Open(path, TypeOf(raw.ElementType), raw.Dimension, raw.HeaderBytes, scattered);
            return new OpenTensor(rows, rows.Tensor, null);
        }

        SafetensorsFile file = SafetensorsFile.Open(path, scattered);
        try
        {
            StoredTensor tensor = tensorName is null ? OnlyTensor(file) : file.Get(tensorName);
            return new OpenTensor(file, tensor, tensor.Name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ElementType TypeOf(RawElementType type) => type switch
    {
        RawElementType.Float32 => ElementType.F32,
        RawElementType.Float16 => ElementType.F16,
        RawElementType.BFloat16 => ElementType.BF16,
        _ => throw new NotSupportedException($"RawActivationLayout.ElementType is {type}, which is no type that is known."),
    };

    /// <summary>The only tensor of rank 2, or else the only one of rank 3: anything else would be a guess.</summary>
    private static StoredTensor OnlyTensor(SafetensorsFile file)
    {
        for (int rank = 2; rank <= 3; rank++)
        {
            StoredTensor[] found = [.. file.Tensors.Where(t => t.Shape.Length == rank).Take(21)];
            if (found.Length == 1)
            {
                return found[0];
            }

            if (found.Length > 1)
            {
                Throw.InvalidData($"{file.FileName} holds several tensors of rank {rank}: {Names(found)}; say which one with ActivationFileOptions.TensorName.");
            }
        }

        Throw.InvalidData($"{file.FileName} holds no tensor of rank 2 or 3; it holds {(file.Tensors.Count == 0 ? "none at all" : Names([.. file.Tensors.Take(21)]))}.");
        return null;
    }

    private static string Names(StoredTensor[] tensors) =>
        string.Join(", ", tensors.Take(20).Select(t => $"{SafetensorsHeader.Shown(t.Name)} {TensorShape.Format(t.Shape)}")) + (tensors.Length > 20 ? ", ..." : "");
}

/// <summary>A tensor of an open file; closing is the owner's.</summary>
internal sealed class OpenTensor(IDisposable file, StoredTensor tensor, string? name) : IDisposable
{
    /// <summary>The tensor, readable until disposed.</summary>
    public StoredTensor Tensor { get; } = tensor;

    /// <summary>Its name in a safetensors file; null for npy.</summary>
    public string? Name { get; } = name;

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
