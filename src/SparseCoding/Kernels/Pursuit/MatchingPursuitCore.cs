using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Matching pursuit (Mallat, Zhang 1993) for one signal at a time, in Gram form: j = argmax |c_j| / ‖d_j‖, z_j += c_j / G_jj, c −= (c_j / G_jj) G_j.
/// An atom may be taken again; the code is not the least-squares code of its support. One instance per thread; a run allocates nothing.
/// </summary>
/// <remarks>
/// Cost 2 N per step. ‖r‖² falls by c_j² / G_jj. The non-negative form takes the largest positive correlation only, so a coefficient never falls again.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class MatchingPursuitCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PursuitWorkspace<T> _workspace;
    private readonly int[] _places;
    private readonly int[] _support;
    private readonly double[] _code;
    private readonly T[] _coefficients;
    private readonly double[] _move = new double[1];
    private int _activeCount;
    private double _error;

    /// <summary>Working memory for dictionaries of <paramref name="atomCount"/> atoms and codes of up to <paramref name="maxActive"/>.</summary>
    public MatchingPursuitCore(int atomCount, int maxActive)
    {
        Debug.Assert(atomCount > 0 && maxActive > 0, "Both sizes are checked at the public edge.");
        AtomCount = atomCount;
        MaxActive = Math.Min(maxActive, atomCount);
        _workspace = new PursuitWorkspace<T>(atomCount, 1);
        _places = new int[atomCount];
        Array.Fill(_places, -1);
        _support = new int[MaxActive];
        _code = new double[MaxActive];
        _coefficients = new T[MaxActive];
    }

    /// <summary>Number of atoms of the dictionaries it can solve for.</summary>
    public int AtomCount { get; }

    /// <summary>Most active atoms of a code.</summary>
    public int MaxActive { get; }

    /// <summary>Active atoms of the last run in the order of selection, [active].</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _activeCount);

    /// <summary>Their coefficients, [active].</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _activeCount);

    /// <summary>Solves for one signal.</summary>
    /// <param name="gram">Gram of the dictionary.</param>
    /// <param name="correlations">c0 = D x, [atoms], finite.</param>
    /// <param name="squaredNorm">‖x‖², finite.</param>
    /// <param name="parameters">Limits and sign.</param>
    /// <param name="initialSupport">Warm start: active atoms, distinct, at most <see cref="MaxActive"/>.</param>
    /// <param name="initialCode">Their coefficients (≥ 0 for a non-negative code).</param>
    public PursuitOutcome Solve(
        GramRows<T> gram,
        ReadOnlySpan<T> correlations,
        double squaredNorm,
        in PursuitParameters parameters,
        ReadOnlySpan<int> initialSupport = default,
        ReadOnlySpan<T> initialCode = default)
    {
        Debug.Assert(initialSupport.Length == initialCode.Length && initialSupport.Length <= MaxActive, "One coefficient per initial atom.");
        int budget = Math.Min(parameters.MaxActive, MaxActive);
        int limit = parameters.MaxIterations > 0 ? parameters.MaxIterations : 4 * budget;
        foreach (int atom in Support)
        {
            _places[atom] = -1;
        }

        _activeCount = 0;
        _error = Math.Max(squaredNorm, 0);
        if (!(squaredNorm > 0))
        {
            return new PursuitOutcome(SolverStop.ZeroCode, 0, 0, _error);
        }

        _workspace.Begin(gram, correlations, squaredNorm);
        for (int i = 0; i < initialSupport.Length; i++)
        {
            Move(gram, initialSupport[i], double.CreateTruncating(initialCode[i]), parameters.NonNegative);
        }

        int next = _workspace.Select(parameters.NonNegative);
        int iterations = 0;
        SolverStop stop;
        while (true)
        {
            if (parameters.IsReached(_error))
            {
                stop = SolverStop.Residual;
                break;
            }

            if (next < 0)
            {
                stop = _activeCount == 0 ? SolverStop.ZeroCode : SolverStop.NoImprovement;
                break;
            }

            if (_places[next] < 0 && _activeCount >= budget)
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
            double correlation = double.CreateTruncating(_workspace.Correlations[next]) / _workspace.Scale;
            next = Move(gram, next, correlation / double.CreateTruncating(gram.Diagonal[next]), parameters.NonNegative);
        }

        for (int i = 0; i < _activeCount; i++)
        {
            _coefficients[i] = T.CreateTruncating(_code[i]);
        }

        return new PursuitOutcome(stop, _activeCount, iterations, _error);
    }

    /// <summary>Adds to one coefficient and returns the next best atom.</summary>
    private int Move(GramRows<T> gram, int atom, double amount, bool nonNegative)
    {
        int place = _places[atom];
        if (place < 0)
        {
            place = _places[atom] = _activeCount;
            _support[_activeCount] = atom;
            _code[_activeCount++] = 0;
        }

        double correlation = double.CreateTruncating(_workspace.Correlations[atom]) / _workspace.Scale;
        double squared = double.CreateTruncating(gram.Diagonal[atom]);
        _error = Math.Max(0, _error - (amount * ((2 * correlation) - (amount * squared))));
        _code[place] += amount;
        _workspace.LoadRow(0, atom);
        _move[0] = amount;
        return _workspace.Advance(_move, nonNegative);
    }
}
