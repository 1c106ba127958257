using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>ADMM for the Lasso of one signal, with factors that all threads share.</summary>
internal sealed class AdmmRowSolver(GramRows<float> gram, AdmmFactors<float> factors, AdmmParameters parameters) : IRowSolver
{
    private readonly AdmmCore<float> _core = new(factors);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        LassoOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        return RowSolvers.Converged(outcome, parameters.Ridge);
    }
}
