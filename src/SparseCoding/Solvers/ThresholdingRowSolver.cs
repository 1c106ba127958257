using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>IHT, HTP, CoSaMP or subspace pursuit of one signal, from a given code or from zero.</summary>
internal sealed class ThresholdingRowSolver(ThresholdingCore<float> core, GramRows<float> gram, ThresholdingParameters parameters) : IRowSolver
{
    // Gradient steps alone reach least squares on their support only where they converge.
    private readonly bool _isGradient = core is IhtCore<float>;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        PursuitOutcome outcome = core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        double level = !_isGradient || outcome.Stop == SolverStop.Converged ? 0 : double.NaN;
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm, level, parameters.NonNegative, IsSquaredResidual: true);
    }
}
