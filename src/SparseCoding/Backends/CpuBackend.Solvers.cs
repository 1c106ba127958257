using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <content>Whole solvers: the cores of the kernels, row by row on all threads, over correlations where they lie.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override bool SolveOmp(BatchProblem problem, OmpParameters parameters, BatchSolution solution, CancellationToken cancellationToken) =>
        SolveRows(problem, () => new OmpRowSolver(problem.Gram, parameters), solution, cancellationToken);

    /// <inheritdoc/>
    public override bool SolveLars(BatchProblem problem, LarsParameters parameters, BatchSolution solution, CancellationToken cancellationToken) =>
        SolveRows(problem, () => new LarsRowSolver(problem.Gram, parameters), solution, cancellationToken);

    /// <inheritdoc/>
    public override bool SolveCoordinateDescent(BatchProblem problem, LassoParameters parameters, BatchSolution solution, CancellationToken cancellationToken) =>
        SolveRows(problem, () => new LassoRowSolver(problem.Gram, parameters), solution, cancellationToken);

    /// <inheritdoc/>
    public override bool SolveFista(BatchProblem problem, LassoParameters parameters, double spectralBound, BatchSolution solution, CancellationToken cancellationToken) =>
        SolveRows(problem, () => new FistaRowSolver(problem.Gram, spectralBound, parameters), solution, cancellationToken);

    private bool SolveRows(BatchProblem problem, Func<IRowSolver> create, BatchSolution solution, CancellationToken cancellationToken)
    {
        HostRows.ReadAndSolve(this, problem, create, solution, threads, cancellationToken);
        return true;
    }
}
