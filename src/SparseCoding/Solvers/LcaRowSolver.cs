using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>LCA of one signal; reports the duality gap, or with hard thresholds, where there is none, the squared residual.</summary>
internal sealed class LcaRowSolver(GramRows<float> gram, double normalizedBound, LcaParameters parameters) : IRowSolver
{
    private readonly LcaCore<float> _core = new(gram.AtomCount);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        LassoOutcome outcome = _core.Solve(gram, correlations, squaredNorm, normalizedBound, parameters, warmAtoms, warmValues);
        return parameters.Hard
            ? new RowOutcome(outcome.Stop, outcome.Iterations, outcome.SquaredError, outcome.Stop == SolverStop.Converged ? 0 : double.NaN, IsSquaredResidual: true)
            : RowSolvers.Converged(outcome);
    }
}
