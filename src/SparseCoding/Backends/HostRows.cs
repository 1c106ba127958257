using System.Collections.Concurrent;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <summary>Solves the rows of a problem one by one on the host's threads, from correlations in host memory. A row's code depends on that row alone.</summary>
internal static class HostRows
{
    private const int RowsPerTask = BatchSolution.RowsPerChunk;

    /// <summary>Solves all rows.</summary>
    /// <param name="problem">The problem; its correlations are not read.</param>
    /// <param name="correlations">Its correlations on the host, [rows, atoms].</param>
    /// <param name="create">Makes a solver for one thread.</param>
    /// <param name="solution">Receives every row.</param>
    /// <param name="threads">The most threads to use.</param>
    /// <param name="cancellationToken">Looked at for every few rows.</param>
    public static void Solve(BatchProblem problem, Memory<float> correlations, Func<IRowSolver> create, BatchSolution solution, int threads, CancellationToken cancellationToken)
    {
        int atoms = problem.Gram.AtomCount;
        var solvers = new ConcurrentBag<IRowSolver>();
        ParallelBlocks.Run(ParallelBlocks.Count(problem.Rows, RowsPerTask), (long)problem.Rows * atoms < 1 << 14 ? 1 : threads, task =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!solvers.TryTake(out IRowSolver? solver))
            {
                solver = create();
            }

            int end = Math.Min(problem.Rows, (task + 1) * RowsPerTask);
            for (int row = task * RowsPerTask; row < end; row++)
            {
                RowOutcome outcome = solver.Solve(correlations.Span.Slice(row * atoms, atoms), problem.SquaredNorms[row], problem.WarmAtoms(row), problem.WarmValues(row));
                solution.Set(row, solver.Support, solver.Coefficients, outcome);
            }

            solvers.Add(solver);
        });
    }

    /// <summary>The same from correlations on the host, read from the device where they lie elsewhere.</summary>
    public static void ReadAndSolve(Backend backend, BatchProblem problem, Func<IRowSolver> create, BatchSolution solution, int threads, CancellationToken cancellationToken)
    {
        if (problem.Correlations is CpuMatrix onHost)
        {
            Solve(problem, onHost.Memory, create, solution, threads, cancellationToken);
            return;
        }

        var correlations = new float[problem.Rows * problem.Gram.AtomCount];
        backend.Read(problem.Correlations, 0, correlations);
        Solve(problem, correlations, create, solution, threads, cancellationToken);
    }
}
