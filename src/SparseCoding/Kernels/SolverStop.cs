namespace SparseCoding.Kernels;

/// <summary>Why the solver of one signal stopped. Contracts maps it, name by name, to the public <c>StopReason</c>.</summary>
internal enum SolverStop
{
    /// <summary>Not solved: the row was never reached.</summary>
    None = 0,

    /// <summary>The signal is zero, or no atom correlates with it: the zero code is the answer.</summary>
    ZeroCode,

    /// <summary>The budget of active atoms is used up.</summary>
    MaxActive,

    /// <summary>The residual norm, or the squared error, reached its bound.</summary>
    Residual,

    /// <summary>The penalty reached lambda: the Lasso's end on the path.</summary>
    Penalty,

    /// <summary>The duality gap or optimality residual fell below its tolerance.</summary>
    Converged,

    /// <summary>The l1 budget of the code is used up.</summary>
    L1Budget,

    /// <summary>No atom left, or no next code, improves the fit (all correlations are zero, or none is positive for a non-negative code).</summary>
    NoImprovement,

    /// <summary>Every atom that would improve the fit depends linearly on the active ones.</summary>
    DependentAtoms,

    /// <summary>The iteration limit ended the solver before its other criteria.</summary>
    MaxIterations,
}
