using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>A JSON object of a foreign file, read strictly: what has another kind than expected is an InvalidDataException that names file and entry.</summary>
internal sealed class ForeignJson
{
    private const int MaximumBytes = 16 << 20;

    private readonly string _path;
    private readonly JsonElement _root;

    private ForeignJson(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>Reads a file and makes something of it; FileNotFoundException when it is missing.</summary>
    public static T Read<T>(string path, Func<ForeignJson, T> make)
    {
        FileByteSource.RequireFile(path);
        long length = new FileInfo(path).Length;
        if (length > MaximumBytes)
        {
            Throw.InvalidData($"{path} has {length} bytes; a configuration has at most {MaximumBytes}.");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Throw.InvalidData($"{path} holds JSON of kind {document.RootElement.ValueKind}, expected an object.");
            }

            return make(new ForeignJson(path, document.RootElement));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // What the reader throws for text that is not valid UTF-8 or UTF-16.
            throw new InvalidDataException($"{path} holds text that is not valid: {exception.Message}", exception);
        }
    }

    /// <summary>Whether an entry is there, null included.</summary>
    public bool Has(string key) => _root.TryGetProperty(key, out _);

    /// <summary>An object inside; null where it is absent, null or something else.</summary>
    public ForeignJson? Child(string key) =>
        _root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? new ForeignJson(_path, value) : null;

    /// <summary>An object inside that must be there.</summary>
    public ForeignJson RequireChild(string key)
    {
        ForeignJson? child = Child(key);
        if (child is null)
        {
            Throw.InvalidData($"{_path} has no object '{key}'; this is another configuration.");
        }

        return child;
    }

    /// <summary>A text; null where it is absent or null.</summary>
    public string? Text(string key)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(key, value.ToString(), "a text");
        }

        return value.GetString();
    }

    /// <summary>True or false; the standard where it is absent or null.</summary>
    public bool Flag(string key, bool standard)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return standard;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(key, value.ToString(), "true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>Whether an entry is true or false.</summary>
    public bool IsFlag(string key) => TryGet(key, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    /// <summary>An integer of at least the minimum; null where it is absent or null.</summary>
    public int? Integer(string key, int minimum = 1)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < minimum)
        {
            Refuse(key, value.ToString(), minimum == 1 ? "a positive integer" : $"an integer of at least {minimum}");
            return null;
        }

        return number;
    }

    /// <summary>The same for an entry that must be there.</summary>
    public int RequireInteger(string key)
    {
        int? value = Integer(key);
        if (value is null)
        {
            Throw.InvalidData($"{_path} has no '{key}'; this is another configuration, or it is not complete.");
        }

        return value.Value;
    }

    /// <summary>A finite number of at least the minimum; null where it is absent or null.</summary>
    public double? Number(string key, double minimum)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(number >= minimum) || !double.IsFinite(number))
        {
            Refuse(key, value.ToString(), $"a finite number of at least {minimum}");
            return null;
        }

        return number;
    }

    /// <summary>Throws for an entry whose value cannot be honoured.</summary>
    [DoesNotReturn]
    public void Refuse(string key, string value, string expected) =>
        Throw.InvalidData($"{_path}: {key} is '{SafetensorsHeader.Shown(value)}', expected {expected}.");

    private bool TryGet(string key, out JsonElement value) => _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
}
