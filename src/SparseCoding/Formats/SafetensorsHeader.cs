using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>One tensor of a safetensors header: bytes [Begin, End) count from the end of the header.</summary>
internal readonly record struct SafetensorsEntry(string Name, ElementType ElementType, long[] Shape, long Begin, long End);

/// <summary>
/// Parser of the JSON header of a safetensors file: { "__metadata__": { text: text }, "name": { "dtype", "shape", "data_offsets" } }.
/// Token by token, so depth is fixed and memory is bounded by the header's own bytes. Refused: a duplicate name, an unknown field, a number that
/// is not a non-negative integer below 2⁶³, a byte count that is not the shape's, ranges that overlap or leave holes, and bytes that no tensor has
/// (the format's specification: huggingface/safetensors, README and Metadata::validate).
/// </summary>
internal ref struct SafetensorsHeader
{
    private readonly string _file;
    private Utf8JsonReader _reader;

    private SafetensorsHeader(string file, ReadOnlySpan<byte> json)
    {
        _file = file;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
    }

    /// <summary>Parses and checks everything against the bytes that follow the header. Entries come back in the order of their data.</summary>
    public static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(string file, ReadOnlySpan<byte> json, long dataBytes)
    {
        try
        {
            return new SafetensorsHeader(file, json).ReadAll(dataBytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException is what the reader throws for text that is not valid UTF-8 or UTF-16.
            throw new InvalidDataException($"{file}: the safetensors header is not valid JSON ({e.Message}); the file is damaged: copy it again.", e);
        }
    }

    private (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) ReadAll(long dataBytes)
    {
        var entries = new List<SafetensorsEntry>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        Expect(JsonTokenType.StartObject, "the header", "an object");
        while (NextName() is { } name)
        {
            if (!names.Add(name))
            {
                Throw.InvalidData($"{_file}: the name '{Shown(name)}' occurs twice in the safetensors header, expected distinct names; write the file again.");
            }

            if (name == "__metadata__")
            {
                ReadMetadata(metadata);
            }
            else
            {
                entries.Add(ReadEntry(name));
            }
        }

        // Only white space may follow.
        if (_reader.Read())
        {
            Throw.InvalidData($"{_file}: more JSON follows the safetensors header object, expected padding only.");
        }

        RequireTiling(entries, dataBytes);
        return (entries, metadata);
    }

    private void ReadMetadata(Dictionary<string, string> metadata)
    {
        Expect(JsonTokenType.StartObject, "__metadata__", "an object of texts");
        while (NextName() is { } key)
        {
            Expect(JsonTokenType.String, $"__metadata__ '{Shown(key)}'", "a text");
            if (!metadata.TryAdd(key, _reader.GetString()!))
            {
                Throw.InvalidData($"{_file}: the key '{Shown(key)}' occurs twice in __metadata__, expected distinct keys.");
            }
        }
    }

    private SafetensorsEntry ReadEntry(string name)
    {
        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(JsonTokenType.StartObject, $"tensor '{Shown(name)}'", "an object with dtype, shape and data_offsets");
        while (NextName() is { } field)
        {
            switch (field)
            {
                case "dtype" when dtype is null:
                    Expect(JsonTokenType.String, $"dtype of '{Shown(name)}'", "a text");
                    dtype = _reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(name, field, TensorShape.MaximumRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(name, field, 2);
                    break;
                default:
                    Throw.InvalidData($"{_file}: tensor '{Shown(name)}' has the field '{Shown(field)}', unknown or for the second time; "
                        + "expected dtype, shape and data_offsets, each once.");
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is not { Count: 2 })
        {
            Throw.InvalidData($"{_file}: tensor '{Shown(name)}' lacks dtype, shape or two data_offsets; write the file again.");
        }

        long[] axes = [.. shape];
        ElementType type = ReadType(name, dtype);
        if (!TensorShape.TryCount(axes, type.ByteSize(), out long count))
        {
            Throw.InvalidData($"{_file}: the shape {TensorShape.Format(axes)} of '{Shown(name)}' overflows 63 bits of bytes.");
        }

        if (offsets[1] < offsets[0] || offsets[1] - offsets[0] != count * type.ByteSize())
        {
            Throw.InvalidData($"{_file}: tensor '{Shown(name)}' {dtype} {TensorShape.Format(axes)} needs {count * type.ByteSize()} bytes, "
                + $"but its data_offsets are [{offsets[0]}, {offsets[1]}].");
        }

        return new SafetensorsEntry(name, type, axes, offsets[0], offsets[1]);
    }

    private readonly ElementType ReadType(string name, string dtype)
    {
        if (ElementTypes.TryFromSafetensors(dtype, out ElementType type))
        {
            return type;
        }

        string message = $"{_file}: tensor '{Shown(name)}' has dtype '{Shown(dtype)}', expected one of F16 BF16 F32 F64 I8 I16 I32 I64 U8 U16 U32 U64 BOOL";
        if (dtype.StartsWith("F8_", StringComparison.Ordinal) || dtype.StartsWith("F6_", StringComparison.Ordinal) || dtype is "F4" or "C64")
        {
            Throw.NotSupported(message + "; convert it before saving, e.g. tensor.to(torch.float32).");
        }

        Throw.InvalidData(message + "; the file is damaged or from a newer format.");
        return default;
    }

    private List<long> ReadIntegers(string name, string field, int most)
    {
        Expect(JsonTokenType.StartArray, $"{field} of '{Shown(name)}'", "a list of integers");
        var values = new List<long>();
        while (Next() != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long value) || value < 0)
            {
                Throw.InvalidData($"{_file}: {field} of '{Shown(name)}' holds something else than a non-negative integer below 2^63.");
                return values;
            }

            if (values.Count == most)
            {
                Throw.InvalidData($"{_file}: {field} of '{Shown(name)}' has more than {most} numbers.");
            }

            values.Add(value);
        }

        return values;
    }

    /// <summary>The ranges must follow each other from 0 to the end of the file: then no two overlap and no byte is hidden.</summary>
    private readonly void RequireTiling(List<SafetensorsEntry> entries, long dataBytes)
    {
        entries.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin)
            : a.End != b.End ? a.End.CompareTo(b.End)
            : string.CompareOrdinal(a.Name, b.Name));
        long at = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Begin != at)
            {
                Throw.InvalidData($"{_file}: tensor '{Shown(entry.Name)}' begins at byte {entry.Begin} of the data, expected {at}: "
                    + (entry.Begin < at ? "it overlaps the tensor before it." : "the bytes between belong to no tensor."));
            }

            at = entry.End;
        }

        if (at != dataBytes)
        {
            Throw.InvalidData(at > dataBytes
                ? $"{_file}: truncated: the header describes {at} bytes of data, found {dataBytes}; copy the file again."
                : $"{_file}: the header describes {at} bytes of data, found {dataBytes}: the last {dataBytes - at} belong to no tensor.");
        }
    }

    private JsonTokenType Next()
    {
        if (!_reader.Read())
        {
            Throw.InvalidData($"{_file}: the safetensors header ends early, expected a complete JSON object; copy the file again.");
        }

        return _reader.TokenType;
    }

    private string? NextName() => Next() == JsonTokenType.EndObject ? null : _reader.GetString();

    private void Expect(JsonTokenType token, string where, string expected)
    {
        JsonTokenType found = Next();
        if (found != token)
        {
            Throw.InvalidData($"{_file}: {where} is {found} in the safetensors header, expected {expected}.");
        }
    }

    /// <summary>A name from a file may be megabytes long or hold control characters: messages show the start of it.</summary>
    internal static string Shown(string name)
    {
        var shown = new StringBuilder();
        foreach (char c in name.AsSpan(0, Math.Min(80, name.Length)))
        {
            shown.Append(char.IsControl(c) ? '?' : c);
        }

        return name.Length > 80 ? shown.Append("...").ToString() : shown.ToString();
    }
}
