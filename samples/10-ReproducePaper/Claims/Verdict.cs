namespace SparseCoding.Samples.ReproducePaper;

/// <summary>How ours compares with what was published.</summary>
internal enum Verdict
{
    /// <summary>Not run yet.</summary>
    NotRun,

    /// <summary>A number: as published, within the tolerance or the spread.</summary>
    Agrees,

    /// <summary>A number: greater than published.</summary>
    Higher,

    /// <summary>A number: smaller than published.</summary>
    Lower,

    /// <summary>A statement: holds for all of Student's 95 % interval over runs.</summary>
    Holds,

    /// <summary>A statement: holds on average, but its interval does not exclude the opposite (or there is one run only).</summary>
    HoldsOnAverage,

    /// <summary>A statement: does not hold.</summary>
    Fails,
}
