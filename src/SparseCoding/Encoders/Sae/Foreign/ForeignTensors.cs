using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>
/// Tensors of a foreign file by name, with an account of what was expected: first every tensor is announced with its shape, then
/// <see cref="RefuseOthers"/>, and only then weights are read, as float32, with NaN and infinity refused by name. InvalidDataException names file and tensor.
/// </summary>
internal sealed class ForeignTensors : IDisposable
{
    // 64 rows fill whole cache lines of a transposed matrix; the block that holds them has at most 32 MiB.
    private const int Tile = 64;
    private const int TransposeElements = 1 << 23;

    private readonly IDisposable _file;
    private readonly Func<string, StoredTensor> _open;
    private readonly List<string> _names;
    private readonly Dictionary<string, StoredTensor> _expected = [];
    private readonly PickleDictionary? _values;

    private ForeignTensors(string fileName, IDisposable file, IEnumerable<string> names, Func<string, StoredTensor> open, PickleDictionary? values = null)
    {
        FileName = fileName;
        _file = file;
        _names = [.. names];
        _open = open;
        _values = values;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>What the file should be, for messages: "a gated SAE of SAELens".</summary>
    public string Kind { get; set; } = "an SAE";

    /// <summary>Opens a safetensors file.</summary>
    public static ForeignTensors OpenSafetensors(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        return new ForeignTensors(path, file, file.Tensors.Select(tensor => tensor.Name), file.Get);
    }

    /// <summary>Opens an npz file.</summary>
    public static ForeignTensors OpenNpz(string path)
    {
        NpzFile file = NpzFile.Open(path);
        return new ForeignTensors(path, file, file.Names, file.Get);
    }

    /// <summary>Opens a state dict of torch.save; entries that are no tensors are reached by <see cref="Value"/>.</summary>
    public static ForeignTensors OpenPyTorch(string path)
    {
        PyTorchFile file = PyTorchFile.Open(path);
        try
        {
            if (file.Root is not PickleDictionary dictionary || dictionary.Items.Any(item => item.Key is not string))
            {
                Throw.InvalidData($"{path}: the file does not hold a dictionary of names, expected a state dict: torch.save(model.state_dict(), path).");
                return null;
            }

            return new ForeignTensors(path, file, dictionary.Items.Select(item => (string)item.Key), Open, dictionary);

            StoredTensor Open(string name)
            {
                if (!dictionary.TryGet(name, out PickleTensor? tensor))
                {
                    Throw.InvalidData($"{path}: '{SafetensorsHeader.Shown(name)}' is no tensor.");
                }

                return file.Tensor(name, tensor);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has an entry of that name.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Rows and columns of a matrix that must be there.</summary>
    public (int Rows, int Columns) MatrixShape(string name)
    {
        StoredTensor tensor = Find(name, null);
        if (tensor.Shape.Length != 2 || tensor.Shape.ContainsAnyExceptInRange(1, int.MaxValue))
        {
            Throw.InvalidData($"{FileName}: tensor '{name}' has shape {TensorShape.Format(tensor.Shape)}, expected a matrix.");
        }

        return ((int)tensor.Shape[0], (int)tensor.Shape[1]);
    }

    /// <summary>Announces a tensor of floating-point numbers of this shape; it must be there.</summary>
    public void Expect(string name, params long[] shape)
    {
        StoredTensor tensor = Find(name, shape);
        if (!tensor.Shape.SequenceEqual(shape))
        {
            Throw.InvalidData($"{FileName}: tensor '{name}' has shape {TensorShape.Format(tensor.Shape)}, but {Kind} needs {TensorShape.Format(shape)}.");
        }

        if (tensor.ElementType.IsInteger())
        {
            Throw.InvalidData($"{FileName}: tensor '{name}' holds {tensor.ElementType}, expected floating point.");
        }

        if (tensor.ElementCount > Array.MaxLength)
        {
            Throw.NotSupported($"{FileName}: tensor '{name}' has {tensor.ElementCount} elements, more than one array holds.");
        }

        _expected[name] = tensor;
    }

    /// <summary>Announces an entry that may be there and is not read: counters of a training run.</summary>
    public void Pass(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Has(name))
            {
                _expected[name] = null!;
            }
        }
    }

    /// <summary>An integer of rank 0 (or one element); it must be there.</summary>
    public long Integer(string name)
    {
        StoredTensor tensor = Find(name, []);
        if (tensor.ElementCount != 1 || !tensor.ElementType.IsInteger())
        {
            Throw.InvalidData($"{FileName}: '{name}' is {tensor}, expected one integer.");
        }

        _expected[name] = tensor;
        return tensor.ReadAllInt64()[0];
    }

    /// <summary>A number of rank 0 (or one element); it must be there and be finite.</summary>
    public float Scalar(string name)
    {
        StoredTensor tensor = Find(name, []);
        if (tensor.ElementCount != 1 || tensor.ElementType.IsInteger() || !float.IsFinite(tensor.ReadAllSingle()[0]))
        {
            Throw.InvalidData($"{FileName}: '{name}' is {tensor}, expected one finite number.");
        }

        _expected[name] = tensor;
        return tensor.ReadAllSingle()[0];
    }

    /// <summary>An entry that is no tensor, such as a text; null where it is absent or a tensor.</summary>
    public object? Value(string name)
    {
        object? value = null;
        if (_values?.TryGet(name, out value) == true && value is not PickleTensor)
        {
            _expected[name] = null!;
            return value;
        }

        return null;
    }

    /// <summary>Refuses an entry that nobody announced: it says that the file is something else.</summary>
    public void RefuseOthers()
    {
        if (_names.Find(name => !_expected.ContainsKey(name)) is { } other)
        {
            Throw.InvalidData($"{FileName}: '{SafetensorsHeader.Shown(other)}' is not part of {Kind}; the architecture or the file is another one.");
        }
    }

    /// <summary>An announced tensor, row-major.</summary>
    public float[] Read(string name)
    {
        StoredTensor tensor = _expected[name];
        float[] values = tensor.ReadAllSingle();
        RequireFinite(tensor, values, 0);
        return values;
    }

    /// <summary>An announced matrix [rows, columns] as [columns, rows], a block of rows at a time so that it is in memory once.</summary>
    public float[] ReadTransposed(string name)
    {
        StoredTensor tensor = _expected[name];
        int rows = (int)tensor.Shape[0], columns = (int)tensor.Shape[1];
        var result = new float[tensor.ElementCount];

        int blockRows = Math.Clamp(TransposeElements / columns, 1, Math.Min(rows, Tile));
        var block = new float[blockRows * (long)columns];
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first), firstRow = first;
            Span<float> part = block.AsSpan(0, count * columns);
            tensor.ReadRows(first, count, part);
            RequireFinite(tensor, part, (long)first * columns);
            ParallelBlocks.Run(ParallelBlocks.Count(columns, Tile), part.Length > 1 << 18 ? Environment.ProcessorCount : 1, tile =>
                TransposeTile(block.AsSpan(0, count * columns), columns, tile * Tile, result.AsSpan(firstRow), rows, count));
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Columns [firstColumn, firstColumn + 64) of a block [count, columns] into rows of a matrix of the given row length.</summary>
    private static void TransposeTile(ReadOnlySpan<float> block, int columns, int firstColumn, Span<float> result, int rowLength, int count)
    {
        // Both matrices have rows at distances of a power of two, which fall into the same few places of the cache: a small tile with an odd distance between.
        Span<float> tile = stackalloc float[Tile * (Tile + 1)];
        int width = Math.Min(Tile, columns - firstColumn);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> row = block.Slice((i * columns) + firstColumn, width);
            for (int c = 0; c < row.Length; c++)
            {
                tile[(c * (Tile + 1)) + i] = row[c];
            }
        }

        for (int c = 0; c < width; c++)
        {
            tile.Slice(c * (Tile + 1), count).CopyTo(result[((firstColumn + c) * rowLength)..]);
        }
    }

    private StoredTensor Find(string name, long[]? shape)
    {
        if (!Has(name))
        {
            string wanted = shape is null ? "" : $" {TensorShape.Format(shape)}";
            Throw.InvalidData($"{FileName}: {Kind} needs the tensor '{name}'{wanted}, which is missing; the file holds "
                + $"{string.Join(", ", _names.Take(20).Select(SafetensorsHeader.Shown))}.");
        }

        return _expected.GetValueOrDefault(name) ?? _open(name);
    }

    private static void RequireFinite(StoredTensor tensor, ReadOnlySpan<float> values, long firstElement)
    {
        int bad = FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.InvalidData($"{tensor.FileName}: tensor '{tensor.Name}' holds {values[bad]} as float32 at element {firstElement + bad}; the file is damaged or the training diverged.");
        }
    }
}
