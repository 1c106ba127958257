namespace SparseCoding;

/// <summary>What a line of a <see cref="TheoremReport"/> is about.</summary>
public enum TheoremItemKind
{
    /// <summary>A hypothesis of the theorem.</summary>
    Hypothesis,

    /// <summary>A property of the dictionary that makes sparse codes unique or easy to find: what makes the optimum of the gap well defined.</summary>
    Recovery,

    /// <summary>A rule for random dictionaries; neither hypothesis nor certificate.</summary>
    Guide,

    /// <summary>A statement of the theorem or of its proof.</summary>
    Conclusion,

    /// <summary>Something measured on signals.</summary>
    Measurement,
}
