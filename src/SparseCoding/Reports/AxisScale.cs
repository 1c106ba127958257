namespace SparseCoding;

/// <summary>How an axis of a chart maps numbers to lengths.</summary>
public enum AxisScale
{
    /// <summary>Equal differences, equal lengths.</summary>
    Linear,

    /// <summary>Equal ratios, equal lengths; numbers that are not positive have no place on it and are counted below the chart.</summary>
    Logarithmic,
}
