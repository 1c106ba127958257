namespace SparseCoding;

/// <summary>What the optimum of a measured gap is.</summary>
public enum GapOptimum
{
    /// <summary>The best code of at most K active atoms, found among all supports.</summary>
    Exhaustive,

    /// <summary>The source itself: exact for signals without noise (its error is 0), an upper bound of the optimum with noise.</summary>
    Source,
}
