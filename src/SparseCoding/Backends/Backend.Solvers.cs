using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <content>
/// Optional whole solvers. False means that the backend has none, and nothing was written: <c>Solvers/</c> then runs its own default, which is FISTA in matrix form by primitives, and
/// for the others the rows on the host. A device that overrides one fills every row of the solution.
/// </content>
internal abstract partial class Backend
{
    /// <summary>Orthogonal matching pursuit or orthogonal least squares of every row.</summary>
    public virtual bool SolveOmp(BatchProblem problem, OmpParameters parameters, BatchSolution solution, CancellationToken cancellationToken) => false;

    /// <summary>The homotopy of LARS and the Lasso of every row; it starts at the zero code by nature.</summary>
    public virtual bool SolveLars(BatchProblem problem, LarsParameters parameters, BatchSolution solution, CancellationToken cancellationToken) => false;

    /// <summary>Coordinate descent for the Lasso of every row.</summary>
    public virtual bool SolveCoordinateDescent(BatchProblem problem, LassoParameters parameters, BatchSolution solution, CancellationToken cancellationToken) => false;

    /// <summary>FISTA for the Lasso of every row, each with its own momentum and stop; <paramref name="spectralBound"/> is about the largest eigenvalue of the Gram, or above.</summary>
    public virtual bool SolveFista(BatchProblem problem, LassoParameters parameters, double spectralBound, BatchSolution solution, CancellationToken cancellationToken) => false;
}
