using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>Name, type and shape of a tensor to be written.</summary>
internal readonly record struct TensorSpec(string Name, ElementType ElementType, long[] Shape);

/// <summary>
/// Writes a safetensors file tensor by tensor, in any order and in blocks, so that nothing has to be in memory whole.
/// Layout as the reference implementation: data by element size, largest first, then by name, so every tensor is aligned to its element;
/// the header is padded with spaces to a multiple of 8. The same tensors and metadata give the same bytes.
/// Nothing appears under the name before <see cref="Commit"/>.
/// </summary>
internal sealed class SafetensorsWriter : IDisposable
{
    private readonly AtomicFile _file;
    private readonly string _path;
    private readonly Dictionary<string, Slot> _slots = [];

    /// <summary>Writes the header for these tensors. ArgumentException for duplicate or reserved names and for impossible shapes.</summary>
    public SafetensorsWriter(string path, IReadOnlyDictionary<string, string>? metadata, params ReadOnlySpan<TensorSpec> tensors)
    {
        _path = path;
        TensorSpec[] ordered = tensors.ToArray();
        Array.Sort(ordered, static (a, b) => a.ElementType.ByteSize() != b.ElementType.ByteSize()
            ? b.ElementType.ByteSize().CompareTo(a.ElementType.ByteSize())
            : string.CompareOrdinal(a.Name, b.Name));
        long end = 0;
        foreach (TensorSpec spec in ordered)
        {
            if (spec.Name == "__metadata__" || !IsWellFormed(spec.Name) || _slots.ContainsKey(spec.Name))
            {
                Throw.Argument($"{path}: the tensor name '{spec.Name}' is reserved, not valid Unicode, or given twice.", nameof(tensors));
            }

            if (spec.Shape.Length > TensorShape.MaximumRank
                || !TensorShape.TryCount(spec.Shape, spec.ElementType.ByteSize(), out long count)
                || count * spec.ElementType.ByteSize() > long.MaxValue / 2 - end)
            {
                Throw.Argument($"{path}: the shape {TensorShape.Format(spec.Shape)} of '{spec.Name}' has a negative axis or too many bytes.", nameof(tensors));
                return;
            }

            long bytes = count * spec.ElementType.ByteSize();
            _slots.Add(spec.Name, new Slot(spec, end, bytes));
            end += bytes;
        }

        byte[] header = BuildHeader(path, metadata, ordered);
        foreach (Slot slot in _slots.Values)
        {
            slot.Begin += header.Length;
        }

        _file = new AtomicFile(path);
        _file.Stream.Write(header);
    }

    /// <summary>
    /// Appends values to a tensor in row-major order; T must be the tensor's own type (float F32, double F64, int I32, long I64, byte U8).
    /// ArgumentException for an unknown name, another type or too many values.
    /// </summary>
    public void Append<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        if (!_slots.TryGetValue(name, out Slot? slot))
        {
            Throw.Argument($"{_path}: the tensor '{name}' was not announced to the writer.", nameof(name));
            return;
        }

        ElementType type = ElementTypes.Of<T>();
        long bytes = (long)values.Length * type.ByteSize();
        if (slot.Spec.ElementType != type || bytes > slot.Bytes - slot.Written)
        {
            Throw.Argument($"{_path}: {values.Length} more values of {type} do not fit '{name}' {slot.Spec.ElementType} "
                + $"{TensorShape.Format(slot.Spec.Shape)}, which has {slot.Written} of {slot.Bytes} bytes.", nameof(values));
        }

        _file.Stream.Position = slot.Begin + slot.Written;
        ElementWriter.Write(_file.Stream, values);
        slot.Written += bytes;
    }

    /// <summary>Puts the file in place. ArgumentException when a tensor is incomplete; then nothing is written.</summary>
    public void Commit()
    {
        foreach (Slot slot in _slots.Values)
        {
            if (slot.Written != slot.Bytes)
            {
                Throw.Argument($"{_path}: the tensor '{slot.Spec.Name}' has {slot.Written} of its {slot.Bytes} bytes; append the rest before the commit.");
            }
        }

        _file.Commit();
    }

    /// <summary>Drops the file unless it has been committed.</summary>
    public void Dispose() => _file.Dispose();

    private byte[] BuildHeader(string path, IReadOnlyDictionary<string, string>? metadata, TensorSpec[] ordered)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (!IsWellFormed(key) || !IsWellFormed(value))
                    {
                        Throw.Argument($"{path}: the metadata of '{key}' is missing or not valid Unicode.", nameof(metadata));
                    }

                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            foreach (TensorSpec spec in ordered)
            {
                Slot slot = _slots[spec.Name];
                writer.WriteStartObject(spec.Name);
                writer.WriteString("dtype", spec.ElementType.SafetensorsName());
                writer.WriteStartArray("shape");
                foreach (long axis in spec.Shape)
                {
                    writer.WriteNumberValue(axis);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(slot.Begin);
                writer.WriteNumberValue(slot.Begin + slot.Bytes);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int padded = (json.WrittenCount + 7) / 8 * 8;
        if (padded > SafetensorsFile.MaximumHeaderBytes)
        {
            Throw.Argument($"{path}: names and metadata need {padded} bytes, but the format allows {SafetensorsFile.MaximumHeaderBytes}.", nameof(metadata));
        }

        var header = new byte[8 + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        header.AsSpan(8).Fill((byte)' ');
        json.WrittenSpan.CopyTo(header.AsSpan(8));
        return header;
    }

    private static bool IsWellFormed(string? text)
    {
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int used) != OperationStatus.Done)
            {
                return false;
            }

            rest = rest[used..];
        }

        return text is not null;
    }

    private sealed class Slot(TensorSpec spec, long begin, long bytes)
    {
        public TensorSpec Spec { get; } = spec;

        public long Begin { get; set; } = begin;

        public long Bytes { get; } = bytes;

        public long Written { get; set; }
    }
}
