namespace SparseCoding.Kernels;

/// <summary>What one matching-pursuit or gradient-pursuit run is asked for.</summary>
internal readonly record struct PursuitParameters
{
    /// <summary>The most active atoms, at least 1; more than the workspace has is cut to it.</summary>
    public required int MaxActive { get; init; }

    /// <summary>The most steps; 0 means MaxActive for gradient pursuit and 4 · MaxActive for matching pursuit, which revisits atoms.</summary>
    public int MaxIterations { get; init; }

    /// <summary>Stop as soon as ‖r‖² is at most this; 0 for no such stop.</summary>
    public double SquaredErrorBound { get; init; }

    /// <summary>Codes ≥ 0: only atoms with a positive correlation are selected, and gradient steps are clipped at 0.</summary>
    public bool NonNegative { get; init; }

    /// <summary>Gradient pursuit only: make each direction conjugate to the one before, which comes near to OMP at the same cost.</summary>
    public bool Conjugate { get; init; }

    /// <summary>Gradient pursuit only: make each direction conjugate to all before it, so that as many steps as atoms give the least-squares fit, as OMP does.</summary>
    public bool FullyConjugate { get; init; }

    /// <summary>Whether ‖r‖² is within its bound. Without one never: ‖x‖² minus what is explained is 0 by rounding long before a fit is exact.</summary>
    public bool IsReached(double error) => SquaredErrorBound > 0 && error <= SquaredErrorBound;
}

/// <summary>How one run ended; the code itself is in the core until its next run.</summary>
/// <param name="Stop">Why it stopped.</param>
/// <param name="ActiveCount">Number of nonzero coefficients.</param>
/// <param name="Iterations">Steps taken.</param>
/// <param name="ResidualSquaredNorm">‖r‖² at the end, never negative.</param>
internal readonly record struct PursuitOutcome(SolverStop Stop, int ActiveCount, int Iterations, double ResidualSquaredNorm);
