using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <summary>OMP or OLS of one signal; a warm start gives the first active atoms.</summary>
internal sealed class OmpRowSolver(GramRows<float> gram, OmpParameters parameters) : IRowSolver
{
    // Coefficients of atoms that are this near to orthogonal are right to a few units in the last place of ‖x‖, and ‖x‖² − Σρ² keeps its digits if this share of it is left:
    // refinement would cost more than the solve and change nothing that float32 holds.
    private const double HarmlessExcess = 2, HarmlessShare = 0.25, SafeShare = 0.05;

    private readonly OmpCore<float> _core = new(gram.AtomCount, parameters.MaxActive);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Support => _core.Support;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Coefficients => _core.Coefficients;

    /// <inheritdoc/>
    public RowOutcome Solve(ReadOnlySpan<float> correlations, double squaredNorm, ReadOnlySpan<int> warmAtoms, ReadOnlySpan<float> warmValues)
    {
        OmpOutcome outcome = _core.Solve(gram, correlations, squaredNorm, parameters, warmAtoms);
        bool exact = !parameters.NonNegative && _core.Amplification - outcome.ActiveCount <= HarmlessExcess + (HarmlessShare * outcome.ActiveCount) && outcome.ResidualSquaredNorm >= SafeShare * squaredNorm;
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.ResidualSquaredNorm, exact ? double.NaN : 0, parameters.NonNegative, IsSquaredResidual: true);
    }
}

/// <summary>The LARS homotopy of one signal; it starts at the zero code by nature. On a Gram with a ridge the code must not be refined, which would leave the ridge out.</summary>
internal sealed class LarsRowSolver(GramRows<float> gram, LarsParameters parameters, bool refine = true) : IRowSolver
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
        return new RowOutcome(outcome.Stop, outcome.Iterations, outcome.Gap, refine ? outcome.Lambda : double.NaN);
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
        return RowSolvers.Converged(outcome, parameters.Ridge, parameters.GapTolerance);
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
        return RowSolvers.Converged(outcome, parameters.Ridge);
    }
}

/// <summary>What the row solvers share.</summary>
internal static class RowSolvers
{
    // A relative duality gap; float32 rounding is about 1e-7.
    private const double LooseTolerance = 1e-5;

    /// <summary>
    /// An outcome whose code is refined only if the solver got there: the support of a run that was cut off says nothing yet. With a ridge it is not refined at all, because the
    /// refinement solves the Lasso's conditions. Nor is it where the tolerance asked for leaves far more than rounding.
    /// </summary>
    public static RowOutcome Converged(in LassoOutcome outcome, double ridge = 0, double tolerance = 0) =>
        new(outcome.Stop, outcome.Iterations, outcome.Gap, outcome.Stop == SolverStop.Converged && ridge == 0 && tolerance < LooseTolerance ? outcome.Lambda : double.NaN);
}
