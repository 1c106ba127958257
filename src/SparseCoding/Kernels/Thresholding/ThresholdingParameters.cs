namespace SparseCoding.Kernels;

/// <summary>What one run of IHT, HTP, CoSaMP or subspace pursuit is asked for.</summary>
internal readonly record struct ThresholdingParameters
{
    /// <summary>The stops that callers get if they set nothing.</summary>
    public ThresholdingParameters()
    {
    }

    /// <summary>K, the most active atoms, at least 1; more than the core has room for is cut to it.</summary>
    public required int MaxActive { get; init; }

    /// <summary>The most iterations, at least 1.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Stop as soon as ‖r‖² is at most this; 0 for no such stop.</summary>
    public double SquaredErrorBound { get; init; }

    /// <summary>Codes ≥ 0: only positive entries survive a threshold, and least squares are non-negative ones.</summary>
    public bool NonNegative { get; init; }

    /// <summary>IHT: stop when an iteration moves the code by at most this share of its norm.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>IHT: choose each step from the signal (NIHT) instead of 1/L.</summary>
    public bool Normalized { get; init; } = true;

    /// <summary>IHT that is not normalised: L, about the largest eigenvalue of the Gram of the atoms scaled to norm 1; its step is 1/L.</summary>
    public double SpectralBound { get; init; } = 1;

    /// <summary>HTP: the first step to try, for atoms scaled to norm 1.</summary>
    public double Step { get; init; } = 1;

    /// <summary>CoSaMP and subspace pursuit: the most atoms of a merged least-squares problem; the dimension of the signals, beyond which every problem fits exactly. 0 for no limit.</summary>
    public int MaxCandidates { get; init; }
}
