namespace SparseCoding.Kernels;

/// <summary>Which atom a greedy solver takes next.</summary>
internal enum PursuitRule
{
    /// <summary>OMP: the largest correlation with the residual, |c_j| / ‖d_j‖ (c_j / ‖d_j‖ for a non-negative code).</summary>
    Correlation = 0,

    /// <summary>OLS, also called ORMP: the largest fall of the squared error, c_j² / n_j with n_j the squared norm of d_j orthogonal to the active atoms.</summary>
    ErrorReduction,
}

/// <summary>What one OMP or OLS run is asked for.</summary>
internal readonly record struct OmpParameters
{
    /// <summary>The most active atoms, at least 1; more than the workspace or the dictionary has is cut to it.</summary>
    public required int MaxActive { get; init; }

    /// <summary>Stop as soon as ‖r‖² is at most this; 0 for no such stop.</summary>
    public double SquaredErrorBound { get; init; }

    /// <summary>OMP or OLS.</summary>
    public PursuitRule Rule { get; init; }

    /// <summary>Codes ≥ 0 (NNOMP). With <see cref="PursuitRule.Correlation"/> only.</summary>
    public bool NonNegative { get; init; }

    /// <summary>Keep the code after each step; see <see cref="OmpCore{T}.PathLength"/>.</summary>
    public bool RecordPath { get; init; }

    /// <summary>Step limit of the non-negative solver, whose support may shrink; 0 means 4 · MaxActive + 8. The signed one needs none.</summary>
    public int MaxIterations { get; init; }

    /// <summary>Whether ‖r‖² is within its bound. Without one never: ‖x‖² minus what is explained is 0 by rounding long before a fit is exact.</summary>
    public bool IsReached(double error) => SquaredErrorBound > 0 && error <= SquaredErrorBound;
}

/// <summary>How one run ended; the code itself is in the core until its next run.</summary>
/// <param name="Stop">Why it stopped.</param>
/// <param name="ActiveCount">Number of active atoms.</param>
/// <param name="Iterations">Steps taken: atoms added, or for the non-negative solver least-squares problems solved.</param>
/// <param name="ResidualSquaredNorm">‖r‖² at the end, never negative.</param>
/// <param name="DependentAtoms">Selected atoms that were passed over because they depend linearly on the active ones.</param>
internal readonly record struct OmpOutcome(SolverStop Stop, int ActiveCount, int Iterations, double ResidualSquaredNorm, int DependentAtoms);
