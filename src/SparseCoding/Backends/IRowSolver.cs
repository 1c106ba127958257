using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <summary>How the solver of one signal ended.</summary>
/// <param name="Stop">Why.</param>
/// <param name="Iterations">Atoms added, segments, sweeps or steps.</param>
/// <param name="Accuracy">Squared residual or duality gap.</param>
/// <param name="Level">What the code solves exactly on its support, and is refined for: 0 for least squares, λ for the Lasso; NaN where it solves neither.</param>
/// <param name="KeepSigns">Whether refinement may change no sign: non-negative codes and the Lasso.</param>
/// <param name="IsSquaredResidual">Whether the accuracy is ‖x − zD‖², so that refinement says it anew.</param>
internal readonly record struct RowOutcome(SolverStop Stop, int Iterations, double Accuracy, double Level = double.NaN, bool KeepSigns = true, bool IsSquaredResidual = false);

/// <summary>Solves one signal at a time from its correlations with all atoms; one instance belongs to one thread.</summary>
internal interface IRowSolver
{
    /// <summary>Atoms of the last code with their coefficients, in any order.</summary>
    ReadOnlySpan<int> Support { get; }

    /// <summary>Coefficients of <see cref="Support"/>, in the solver's own memory until the next signal.</summary>
    ReadOnlySpan<float> Coefficients { get; }

    /// <summary>Solves a signal.</summary>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="warmAtoms">Atoms to start from; empty for a cold start.</param>
    /// <param name="warmValues">Their coefficients.</param>
    RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues);
}
