using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SparseCoding.Samples.CompareEncoders;

/// <summary>The report for machines: what ran, where, with which settings, and every figure unrounded.</summary>
internal sealed class RunReport
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };
    private readonly string _path;
    private readonly JsonObject _root;
    private readonly JsonArray _rows = [];

    /// <summary>A report that only knows its settings and its machine.</summary>
    public RunReport(Arguments arguments)
    {
        _path = arguments.Output;
        _root = new JsonObject
        {
            ["library"] = $"SparseCoding {typeof(IEncoder).Assembly.GetName().Version?.ToString(3)}",
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores",
            ["started"] = DateTime.UtcNow.ToString("s", CultureInfo.InvariantCulture) + "Z",
            ["settings"] = JsonNode.Parse(JsonSerializer.Serialize(arguments, Layout)),
            ["rows"] = _rows,
        };
    }

    /// <summary>Adds a row; the keys are the caller's.</summary>
    public void Add(JsonObject row) => _rows.Add(row);

    /// <summary>Sets a part of the report.</summary>
    public void Set(string name, JsonNode? value) => _root[name] = value;

    /// <summary>Writes the file; to a neighbour first, so that a report that was there stays whole until this one is.</summary>
    public void Write(bool cancelled)
    {
        _root["completed"] = !cancelled;
        string partial = _path + ".partial";
        File.WriteAllText(partial, _root.ToJsonString(Layout));
        File.Move(partial, _path, overwrite: true);
    }

    /// <summary>A number, or null where JSON has none (NaN, infinity).</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>A FLOP count: exact (or a bound), and by the paper's formula where it has one.</summary>
    public static JsonObject Flops(FlopCount count) => new()
    {
        ["exact"] = Number((double)count.Value),
        ["isBound"] = count.IsBound,
        ["asPublished"] = count.AsPublished is { } published ? Number((double)published) : null,
    };
}
