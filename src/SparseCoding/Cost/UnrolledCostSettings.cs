namespace SparseCoding.Cost;

/// <summary>What decides the operations of an unrolled encoder besides the number of signals.</summary>
internal sealed record UnrolledCostSettings
{
    /// <summary>Dimension M of the signals.</summary>
    public required int Dimension { get; init; }

    /// <summary>Number N of atoms.</summary>
    public required int AtomCount { get; init; }

    /// <summary>For each layer the entries that it does not shrink.</summary>
    public required int[] Kept { get; init; }

    /// <summary>A matrix [atoms, atoms] on the code in place of the residual.</summary>
    public bool Free { get; init; }

    /// <summary>Weights that are not learned and a step that is.</summary>
    public bool Analytic { get; init; }

    /// <summary>All layers share their weights.</summary>
    public bool Tied { get; init; }

    /// <summary>Thresholds [atoms] in place of one.</summary>
    public bool ThresholdPerAtom { get; init; }

    /// <summary>One-sided shrinkage.</summary>
    public bool NonNegative { get; init; }

    /// <summary>An offset is subtracted from the signal.</summary>
    public bool Offset { get; init; }

    /// <summary>The signal is scaled.</summary>
    public bool Scaled { get; init; }
}
