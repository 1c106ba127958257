namespace SparseCoding;

/// <summary>Why an encoder stopped at a signal. A numeric outcome is reported here, never thrown.</summary>
public enum StopReason
{
    /// <summary>The row was not solved.</summary>
    None = 0,

    /// <summary>The signal is zero, or no atom correlates with it: the zero code is the answer.</summary>
    ZeroCode,

    /// <summary>The budget of active atoms is used up.</summary>
    MaxActive,

    /// <summary>The residual reached its bound.</summary>
    Residual,

    /// <summary>The path reached the wanted penalty lambda.</summary>
    Penalty,

    /// <summary>The duality gap, or the optimality residual, fell below its tolerance.</summary>
    Converged,

    /// <summary>The l1 budget of the code is used up.</summary>
    L1Budget,

    /// <summary>No atom left improves the fit; of the thresholding pursuits, which could go round in a cycle: the next code would not be better than this one.</summary>
    NoImprovement,

    /// <summary>Every atom that would improve the fit depends linearly on the active ones.</summary>
    DependentAtoms,

    /// <summary>The iteration limit came first: the code is usable but not converged.</summary>
    MaxIterations,

    /// <summary>One pass, nothing to stop: an amortised encoder or a baseline.</summary>
    OnePass,
}
