using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>IHT, HTP, CoSaMP or subspace pursuit of one signal, from a given code or from zero.</summary>
internal sealed class ThresholdingRowSolver(ThresholdingCore<float> core, GramRows<float> gram, ThresholdingParameters parameters) : IRowSolver
{
    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        PursuitOutcome outcome = core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm);
    }
}
