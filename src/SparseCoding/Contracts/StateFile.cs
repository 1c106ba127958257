using System.Globalization;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Contracts;

/// <summary>
/// The library's own files: safetensors with a small versioned header in the metadata (format "sparsecoding", version, kind), readable from
/// Python. A file of another format, a newer version or another kind is refused by name.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>Version that this library writes; it reads this one and older ones.</summary>
    public const int Version = 1;

    private readonly SafetensorsFile _file;

    private StateFile(SafetensorsFile file) => _file = file;

    /// <summary>Name of the file.</summary>
    public string FileName => _file.FileName;

    /// <summary>Writes a file atomically.</summary>
    public static void Write(string path, string kind, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<TensorToWrite> tensors)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
        }

        var all = new Dictionary<string, string>(metadata)
        {
            ["format"] = "sparsecoding",
            ["version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["kind"] = kind,
        };
        SafetensorsFile.Write(path, all, tensors);
    }

    /// <summary>Opens a file of the wanted kind.</summary>
    public static StateFile Open(string path, string kind)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            var state = new StateFile(file);
            if (!file.Metadata.TryGetValue("format", out string? format) || format != "sparsecoding")
            {
                Throw.InvalidData($"{path} is a safetensors file, but not one of this library (its metadata has no format 'sparsecoding'). A foreign SAE is read by SaeEncoder.LoadSaeLens.");
            }

            string version = state.Text("version");
            if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > Version)
            {
                Throw.InvalidData($"{path} has format version '{version}'; this library reads versions up to {Version}. Update the package.");
            }

            string found = state.Text("kind");
            if (found != kind)
            {
                Throw.InvalidData($"{path} holds '{found}', but '{kind}' was asked for.");
            }

            return state;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>An entry of the metadata; InvalidDataException when it is missing.</summary>
    public string Text(string key)
    {
        if (!_file.Metadata.TryGetValue(key, out string? text))
        {
            Throw.InvalidData($"{_file.FileName}: the metadata has no entry '{key}'.");
        }

        return text;
    }

    /// <summary>An entry of the metadata; null when it is missing.</summary>
    public string? OptionalText(string key) => _file.Metadata.GetValueOrDefault(key);

    /// <summary>An integer of the metadata.</summary>
    public long Number(string key) =>
        long.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw new InvalidDataException($"{_file.FileName}: metadata entry '{key}' is '{Text(key)}', not an integer.");

    /// <summary>A number of things, between 1 and the largest int; whoever reads it goes on to allocate, so anything else is damage.</summary>
    public int Count(string key)
    {
        long number = Number(key);
        if (number is < 1 or > int.MaxValue)
        {
            Throw.InvalidData($"{_file.FileName}: metadata entry '{key}' is {number}; a number between 1 and {int.MaxValue} is expected.");
        }

        return (int)number;
    }

    /// <summary>A finite positive number.</summary>
    public float Positive(string key)
    {
        if (!float.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out float number) || !(number > 0) || !float.IsFinite(number))
        {
            Throw.InvalidData($"{_file.FileName}: metadata entry '{key}' is '{Text(key)}'; a finite positive number is expected.");
        }

        return number;
    }

    /// <summary>Checks that a tensor is there and has that shape, without reading it: before memory of that size is taken.</summary>
    public void Require(string name, params ReadOnlySpan<long> shape) => Tensor(name, shape);

    /// <summary>Whether a tensor is there.</summary>
    public bool Has(string name) => _file.TryGet(name, out _);

    /// <summary>A float32 tensor of the given shape, all finite.</summary>
    public float[] Floats(string name, params ReadOnlySpan<long> shape)
    {
        StoredTensor tensor = Tensor(name, shape);
        float[] values = tensor.ReadAllSingle();
        int bad = FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.InvalidData($"{_file.FileName}: tensor '{name}' holds {values[bad]} at place {bad}; the file is damaged.");
        }

        return values;
    }

    /// <summary>A float64 tensor of the given shape.</summary>
    public double[] Doubles(string name, params ReadOnlySpan<long> shape) => Tensor(name, shape).ReadAllDouble();

    /// <summary>An int64 tensor of the given shape.</summary>
    public long[] Integers(string name, params ReadOnlySpan<long> shape) => Tensor(name, shape).ReadAllInt64();

    /// <summary>Number of rows of a tensor.</summary>
    public long RowsOf(string name) => _file.Get(name).RowCount;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private StoredTensor Tensor(string name, ReadOnlySpan<long> shape)
    {
        StoredTensor tensor = _file.Get(name);
        if (!tensor.Shape.SequenceEqual(shape))
        {
            Throw.InvalidData($"{_file.FileName}: tensor '{name}' has shape [{string.Join(", ", tensor.Shape.ToArray())}], but [{string.Join(", ", shape.ToArray())}] is expected.");
        }

        return tensor;
    }
}
