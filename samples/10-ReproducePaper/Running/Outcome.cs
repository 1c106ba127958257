namespace SparseCoding.Samples.ReproducePaper;

/// <summary>What a cell measured.</summary>
internal sealed record Outcome
{
    /// <summary>Final figures by name (<see cref="Measures"/>).</summary>
    public required Dictionary<string, double> Values { get; init; }

    /// <summary>Figures on the way; empty where none were taken.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>A matrix to draw, row by row; null for none.</summary>
    public float[][]? Map { get; init; }
}
