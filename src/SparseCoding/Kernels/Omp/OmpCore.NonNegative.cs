namespace SparseCoding.Kernels;

/// <content>
/// NNOMP: the atom with the largest positive correlation, then exact non-negative least squares on the support, warm-started from the last one, so that the
/// support may shrink. Source: Bruckstein, Elad, Zibulevsky 2008; active set of Nguyen, Idier, Soussen, Djermoune 2019.
/// </content>
internal sealed unsafe partial class OmpCore<T>
{
    private SolverStop SolveNonNegative(
        GramRows<T> gram,
        ReadOnlySpan<T> correlations,
        double squaredNorm,
        int budget,
        in OmpParameters parameters,
        ReadOnlySpan<int> initialSupport)
    {
        NonNegativeLeastSquares<T> solver = _nonNegative ??= new NonNegativeLeastSquares<T>(_workspace);
        int limit = parameters.MaxIterations > 0 ? parameters.MaxIterations : (4 * budget) + 8;
        if (_residuals.Length < limit + 1)
        {
            Array.Resize(ref _residuals, limit + 1);
        }

        solver.Begin(gram, correlations, squaredNorm);
        int atom;
        if (initialSupport.IsEmpty)
        {
            atom = _workspace.Select(nonNegative: true);
        }
        else
        {
            solver.Start(initialSupport[..Math.Min(initialSupport.Length, budget)]);
            _error = solver.Error;
            _residuals[0] = _error;
            atom = solver.Refresh();
        }

        SolverStop stop;
        while (true)
        {
            if (parameters.IsReached(_error))
            {
                stop = SolverStop.Residual;
                break;
            }

            if (solver.Count >= budget)
            {
                stop = SolverStop.MaxActive;
                break;
            }

            if (atom < 0)
            {
                stop = _dependent > 0 ? SolverStop.DependentAtoms : solver.Count == 0 ? SolverStop.ZeroCode : SolverStop.NoImprovement;
                break;
            }

            if (_iterations >= limit)
            {
                stop = SolverStop.MaxIterations;
                break;
            }

            if (!solver.TryAdd(atom))
            {
                _dependent++;
                atom = _workspace.Select(nonNegative: true);
                continue;
            }

            _error = Math.Min(_error, solver.Error);
            _residuals[++_iterations] = _error;
            if (parameters.RecordPath)
            {
                _path!.Add(solver.Support, solver.Values);
            }

            if (solver.Count < budget && !parameters.IsReached(_error))
            {
                atom = solver.Refresh();
            }
        }

        _activeCount = solver.Count;
        solver.Support.CopyTo(_support);
        solver.Values.CopyTo(_code);
        return stop;
    }
}
