using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What an evaluation measures, and how.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Magnitude that an entry must exceed to count as active in L0, densities and supports; not negative. The paper looks at 1e-3, 1e-4, 1e-5 and 0.</summary>
    /// <value>Default: 0.</value>
    public float ActiveThreshold
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Share of the signals above which an atom counts as dense, 0 to 1.</summary>
    /// <value>Default: .5.</value>
    public double DenseLimit
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 0.5;

    /// <summary>Signals that are encoded at a time, at least 1. It changes memory and speed, no figure but the times.</summary>
    /// <value>Default: 4096.</value>
    public int BlockRows
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 4096;

    /// <summary>Whether every signal's stop reason is counted; the encoding is then the detailed one, which may be slower.</summary>
    /// <value>Default: false.</value>
    public bool CountStopReasons { get; init; }

    /// <summary>Whether the report's text and JSON hold chance levels, which cost several more matchings.</summary>
    /// <value>Default: true.</value>
    public bool Chance { get; init; } = true;
}
