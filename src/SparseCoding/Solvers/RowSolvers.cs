using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>OMP or OLS of one signal; a warm start gives the first active atoms.</summary>
internal sealed class OmpRowSolver(GramRows<float> gram, OmpParameters parameters) : IRowSolver
{
    private readonly OmpCore<float> _core = new(gram.AtomCount, parameters.MaxActive);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        OmpOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm);
    }
}

/// <summary>The LARS homotopy of one signal; it starts at the zero code by nature.</summary>
internal sealed class LarsRowSolver(GramRows<float> gram, LarsParameters parameters) : IRowSolver
{
    private readonly LarsCore<float> _core = new(gram.AtomCount);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        LassoOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.Gap);
    }
}

/// <summary>Working-set coordinate descent for the Lasso of one signal.</summary>
internal sealed class LassoRowSolver(GramRows<float> gram, LassoParameters parameters) : IRowSolver
{
    private readonly CoordinateDescentCore<float> _core = new(gram.AtomCount);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        LassoOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.Gap);
    }
}

/// <summary>Gradient pursuit of one signal, from a given code or from zero.</summary>
internal sealed class GradientPursuitRowSolver(GramRows<float> gram, PursuitParameters parameters) : IRowSolver
{
    private readonly GradientPursuitCore<float> _core = new(gram.AtomCount, parameters.MaxActive);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        PursuitOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm);
    }
}

/// <summary>Matching pursuit of one signal, from a given code or from zero.</summary>
internal sealed class MatchingPursuitRowSolver(GramRows<float> gram, PursuitParameters parameters) : IRowSolver
{
    private readonly MatchingPursuitCore<float> _core = new(gram.AtomCount, parameters.MaxActive);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        PursuitOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms, warmValues);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm);
    }
}

/// <summary>FISTA for the Lasso of one signal.</summary>
internal sealed class FistaRowSolver(GramRows<float> gram, double spectralBound, LassoParameters parameters) : IRowSolver
{
    private readonly FistaCore<float> _core = new(gram.AtomCount);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        LassoOutcome outcome = _core.Solve(gram, correlations, squaredNorm, spectralBound, parameters, warmAtoms, warmValues);
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.Gap);
    }
}

/// <summary>The largest eigenvalue of one Gram, computed once for all threads.</summary>
internal sealed class SharedSpectralBound
{
    private readonly Lock _lock = new();
    private double _value;

    /// <summary>The bound; computed at the first call.</summary>
    public double Value(GramRows<float> gram)
    {
        lock (_lock)
        {
            return _value > 0 ? _value : _value = Math.Max(SpectralBound.Compute(gram), 1e-30);
        }
    }
}
