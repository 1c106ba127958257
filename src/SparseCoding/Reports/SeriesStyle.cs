namespace SparseCoding;

/// <summary>How a series of a chart is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through the points.</summary>
    Line,

    /// <summary>A mark at each point.</summary>
    Points,

    /// <summary>A line through the points and a mark at each.</summary>
    LineAndPoints,
}
