using System.Text.Json.Serialization;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>A finished cell as it is stored: every number on every page comes from such rows.</summary>
internal sealed record Row
{
    public required string Figure { get; init; }

    public required string Setting { get; init; }

    public required string Method { get; init; }

    public required int Seed { get; init; }

    /// <summary>The cell's recipe.</summary>
    public required string Recipe { get; init; }

    public required Dictionary<string, double> Values { get; init; }

    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    public float[][]? Map { get; init; }

    /// <summary>Wall-clock seconds on one thread; the machine may have been shared.</summary>
    public double Seconds { get; init; }

    /// <summary>Same as the cell's.</summary>
    [JsonIgnore]
    public string Key => $"{Figure}|{Setting}|{Method}|{Seed}";

    /// <summary>The row of a cell.</summary>
    public static Row Of(Cell cell, Outcome outcome, double seconds) => new()
    {
        Figure = cell.Figure,
        Setting = cell.Setting,
        Method = cell.Method,
        Seed = cell.Seed,
        Recipe = cell.Recipe,
        Values = outcome.Values,
        Curve = outcome.Curve,
        Map = outcome.Map,
        Seconds = Math.Round(seconds, 3),
    };
}
