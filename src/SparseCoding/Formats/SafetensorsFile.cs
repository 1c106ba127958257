using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// A safetensors file: named tensors and a text-to-text dictionary. Opening reads and checks the header only; tensors are read by row ranges.
/// FileNotFoundException, InvalidDataException (damaged) and NotSupportedException (8-bit floats, complex) name the file and the tensor.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    /// <summary>Longest header the format allows, in bytes.</summary>
    public const int MaximumHeaderBytes = 100_000_000;

    private readonly FileByteSource _source;
    private readonly Dictionary<string, StoredTensor> _byName;

    private SafetensorsFile(FileByteSource source, List<StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        _source = source;
        Tensors = tensors;
        Metadata = metadata;
        _byName = tensors.ToDictionary(t => t.Name);
    }

    /// <summary>All tensors, in the order of their data.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The __metadata__ of the file; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file, as the caller named it.</summary>
    public string FileName => _source.Name;

    /// <summary>Opens a file, scattered as in <see cref="FileByteSource.Open"/>, and checks its header against its length.</summary>
    public static SafetensorsFile Open(string path, bool scattered = false)
    {
        FileByteSource source = FileByteSource.Open(path, scattered);
        try
        {
            return Open(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up; false when the file has none of that name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>The tensor of that name, or an InvalidDataException that lists the names there are (the first twenty).</summary>
    public StoredTensor Get(string name)
    {
        if (!_byName.TryGetValue(name, out StoredTensor? tensor))
        {
            string present = string.Join(", ", Tensors.Take(20).Select(t => SafetensorsHeader.Shown(t.Name)));
            Throw.InvalidData($"{FileName}: no tensor '{name}'; the file holds {Tensors.Count}: {present}{(Tensors.Count > 20 ? ", ..." : "")}.");
        }

        return tensor;
    }

    /// <summary>Writes tensors and metadata in one call, whole or not at all. See <see cref="SafetensorsWriter"/> for the layout.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, string>? metadata, params IReadOnlyList<TensorToWrite> tensors)
    {
        using var writer = new SafetensorsWriter(path, metadata, [.. tensors.Select(t => t.Spec)]);
        foreach (TensorToWrite tensor in tensors)
        {
            tensor.WriteTo(writer);
        }

        writer.Commit();
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static SafetensorsFile Open(FileByteSource source)
    {
        if (source.Length < 8)
        {
            Throw.InvalidData($"{source.Name}: {source.Length} bytes found, expected at least the 8 of a safetensors header length; copy the file again.");
        }

        Span<byte> start = stackalloc byte[8];
        source.Read(0, start);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        string? other = start.StartsWith("PK"u8) ? "a zip archive (.npz or .pt?)"
            : start.Slice(1, 5).SequenceEqual("NUMPY"u8) ? "an npy file"
            : start[0] == 0x80 && start[1] is > 0 and <= 5 && length > MaximumHeaderBytes ? "a Python pickle, which is never executed"
            : null;
        if (other is not null)
        {
            Throw.InvalidData($"{source.Name}: expected a safetensors file, found {other}; convert it, e.g. with safetensors.torch.save_file.");
        }

        if (length > MaximumHeaderBytes || length > (ulong)source.Length - 8)
        {
            Throw.InvalidData($"{source.Name}: the header length is {length} bytes, expected at most {MaximumHeaderBytes} and at most the "
                + $"{source.Length - 8} that follow; this is no safetensors file, or it is truncated.");
        }

        var json = new byte[length];
        source.Read(8, json);
        if (length == 0 || json[0] != (byte)'{')
        {
            Throw.InvalidData($"{source.Name}: the header does not begin with an opening brace, expected JSON; this is no safetensors file.");
        }

        long dataOffset = 8 + (long)length;
        (List<SafetensorsEntry> entries, Dictionary<string, string> metadata) = SafetensorsHeader.Parse(source.Name, json, source.Length - dataOffset);
        var tensors = new List<StoredTensor>(entries.Count);
        foreach (SafetensorsEntry entry in entries)
        {
            tensors.Add(new PackedTensor(entry.Name, source, dataOffset + entry.Begin, entry.ElementType, entry.Shape));
        }

        return new SafetensorsFile(source, tensors, metadata);
    }
}
