using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>What one non-negative least-squares run is asked for.</summary>
internal readonly record struct NnlsParameters
{
    /// <summary>Limit of the steps (atoms added); 0 means 3 · atoms, the usual limit for Lawson and Hanson's method.</summary>
    public int MaxIterations { get; init; }

    /// <summary>Stop as soon as ‖r‖² is at most this; 0 for no such stop.</summary>
    public double SquaredErrorBound { get; init; }

    /// <summary>Whether ‖r‖² is within its bound. Without one never: ‖x‖² minus what is explained is 0 by rounding long before a fit is exact.</summary>
    public bool IsReached(double error) => SquaredErrorBound > 0 && error <= SquaredErrorBound;
}

/// <summary>How one run ended; the code itself is in the core until its next run.</summary>
/// <param name="Stop"><see cref="SolverStop.Converged"/> at the optimum; <see cref="SolverStop.MaxActive"/> where the workspace is full.</param>
/// <param name="ActiveCount">Number of positive coefficients.</param>
/// <param name="Iterations">Atoms added, returning ones included.</param>
/// <param name="ResidualSquaredNorm">‖r‖².</param>
/// <param name="KktViolation">max(0, max_j c_j / (‖d_j‖ ‖x‖), max over active |c_i| / (‖d_i‖ ‖x‖)): 0 up to rounding exactly at the optimum.</param>
internal readonly record struct NnlsOutcome(SolverStop Stop, int ActiveCount, int Iterations, double ResidualSquaredNorm, double KktViolation);

/// <summary>
/// Non-negative least squares, min ½‖x − zD‖² with z ≥ 0, by the active-set method of Lawson and Hanson (1974) on a Gram; exact up to rounding.
/// One instance per thread; a run allocates nothing. Cost per step N k + O(k²), k the number of active atoms.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class NnlsCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PursuitWorkspace<T> _workspace;
    private readonly NonNegativeLeastSquares<T> _solver;
    private readonly T[] _coefficients;

    /// <summary>
    /// Working memory for dictionaries of <paramref name="atomCount"/> atoms and codes of up to <paramref name="maxActive"/>; min(atoms, dimension) is always enough.
    /// </summary>
    public NnlsCore(int atomCount, int maxActive)
    {
        Debug.Assert(atomCount > 0 && maxActive > 0, "Both sizes are checked at the public edge.");
        AtomCount = atomCount;
        MaxActive = Math.Min(maxActive, atomCount);
        _workspace = new PursuitWorkspace<T>(atomCount, MaxActive);
        _solver = new NonNegativeLeastSquares<T>(_workspace);
        _coefficients = new T[MaxActive];
    }

    /// <summary>Number of atoms of the dictionaries it can solve for.</summary>
    public int AtomCount { get; }

    /// <summary>Most active atoms of a code.</summary>
    public int MaxActive { get; }

    /// <summary>Active atoms of the last run in the order in which they came.</summary>
    public ReadOnlySpan<int> Support => _solver.Support;

    /// <summary>Their coefficients, positive.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _solver.Count);

    /// <summary>Solves for one signal.</summary>
    /// <param name="gram">Gram of the dictionary.</param>
    /// <param name="correlations">c0 = D x, [atoms], finite.</param>
    /// <param name="squaredNorm">‖x‖², finite.</param>
    /// <param name="parameters">Limits.</param>
    /// <param name="initialSupport">Warm start: atoms expected to be active. The optimum does not depend on it, the number of steps does.</param>
    public NnlsOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in NnlsParameters parameters, ReadOnlySpan<int> initialSupport = default)
    {
        int limit = parameters.MaxIterations > 0 ? parameters.MaxIterations : checked(3 * AtomCount);
        _solver.Begin(gram, correlations, Math.Max(squaredNorm, 0));
        int iterations = 0;
        SolverStop stop;
        if (!(squaredNorm > 0))
        {
            return new NnlsOutcome(SolverStop.ZeroCode, 0, 0, 0, 0);
        }

        if (!initialSupport.IsEmpty)
        {
            _solver.Start(initialSupport);
        }

        int atom = _solver.Refresh();
        while (true)
        {
            if (parameters.IsReached(_solver.Error))
            {
                stop = SolverStop.Residual;
                break;
            }

            if (atom < 0)
            {
                stop = _solver.Count == 0 ? SolverStop.ZeroCode : SolverStop.Converged;
                break;
            }

            if (_solver.Count >= MaxActive)
            {
                stop = SolverStop.MaxActive;
                break;
            }

            if (iterations >= limit)
            {
                stop = SolverStop.MaxIterations;
                break;
            }

            iterations++;
            atom = _solver.TryAdd(atom) ? _solver.Refresh() : _workspace.Select(nonNegative: true);
        }

        for (int i = 0; i < _solver.Count; i++)
        {
            _coefficients[i] = T.CreateTruncating(_solver.Values[i]);
        }

        return new NnlsOutcome(stop, _solver.Count, iterations, _solver.Error, Violation(squaredNorm));
    }

    private double Violation(double squaredNorm)
    {
        _workspace.UnmaskAll();
        double most = 0;
        for (int j = 0; j < AtomCount; j++)
        {
            most = Math.Max(most, double.CreateTruncating(_workspace.Correlations[j] * _workspace.Weights[j]));
        }

        foreach (int i in _solver.Support)
        {
            most = Math.Max(most, Math.Abs(double.CreateTruncating(_workspace.Correlations[i] * _workspace.Weights[i])));
        }

        return most / (_workspace.Scale * Math.Sqrt(squaredNorm));
    }
}
