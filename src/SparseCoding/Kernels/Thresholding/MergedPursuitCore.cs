using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// CoSaMP (Needell and Tropp 2009) and subspace pursuit (Dai and Milenkovic 2009) of one signal: the present support and the atoms with the largest correlations are
/// merged, least squares on the union are pruned to the K largest.
/// </summary>
/// <remarks>
/// CoSaMP adds 2K atoms and goes on with the pruned coefficients; where those do not lower the error, they are
/// solved for again on the pruned support, and only if nothing comes of that either is the code the last. Subspace pursuit starts with the K largest
/// correlations, adds K and solves again after each pruning. Both may go round in a cycle; here, as in subspace pursuit's own rule, an iteration that does not lower the
/// error ends the run with the better code. Cost per iteration 2 N K for the gradient, a selection of N, and (3K)³/3 or (2K)³/3.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class MergedPursuitCore<T> : ThresholdingCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool _subspace;
    private readonly SupportLeastSquares<T> _solver;
    private readonly int[] _candidates;
    private readonly int[] _union;
    private readonly double[] _unionValues;
    private readonly double[] _sizes;
    private readonly int[] _kept;

    /// <summary>Working memory for codes of up to <paramref name="maxActive"/> of <paramref name="atomCount"/> atoms; <paramref name="subspace"/> chooses the algorithm.</summary>
    /// <param name="atomCount">N.</param>
    /// <param name="maxActive">K.</param>
    /// <param name="subspace">Subspace pursuit, or CoSaMP.</param>
    /// <param name="maxCandidates">The <see cref="ThresholdingParameters.MaxCandidates"/> of the runs: their unions, and the square of memory for each, need not be larger. 0 for no such limit.</param>
    public MergedPursuitCore(int atomCount, int maxActive, bool subspace, int maxCandidates = 0)
        : base(atomCount, maxActive, maxActive)
    {
        _subspace = subspace;
        int added = (int)Math.Min((subspace ? 1L : 2L) * MaxActive, atomCount);
        int most = Math.Min(maxCandidates > 0 ? maxCandidates : int.MaxValue, SupportLeastSquares<T>.MaximumCapacity);
        int union = (int)Math.Min(Math.Min((long)MaxActive + added, atomCount), Math.Max(MaxActive, most));
        _solver = new SupportLeastSquares<T>(union);
        _candidates = new int[added];
        _union = new int[union];
        _unionValues = new double[union];
        _sizes = new double[union];
        _kept = new int[union];
    }

    /// <inheritdoc/>
    protected override SolverStop Run(in ThresholdingParameters parameters, int budget, ref int iterations)
    {
        bool nonNegative = parameters.NonNegative;
        if (_subspace && Count == 0)
        {
            NextCount = SelectScores(budget, nonNegative, NextAtoms);
            Accept(Refit(nonNegative));
            iterations++;
        }
        else if (_subspace)
        {
            SolvePresent(nonNegative);
        }

        bool isSolved = _subspace;
        while (true)
        {
            if (IsSmallEnough(parameters))
            {
                return SolverStop.Residual;
            }

            bool last = iterations >= parameters.MaxIterations;
            if (!last)
            {
                ComputeGradient();
                Merge(parameters, budget);
                bool solve = _subspace;
                double error = solve ? Refit(nonNegative) : ErrorOf(NextAtoms.AsSpan(0, NextCount), NextValues);
                bool better = LowersError();
                if (!solve && !better)
                {
                    // Where atoms are coherent, what pruning leaves of a union's coefficients can be worse than nothing; on their own they are not.
                    solve = true;
                    error = Refit(nonNegative);
                    better = LowersError();
                }

                if (better)
                {
                    Accept(error);
                    iterations++;
                    isSolved = solve;
                    continue;
                }
            }

            SolverStop stop = last ? SolverStop.MaxIterations : IsSameSupport() ? SolverStop.Converged : SolverStop.NoImprovement;
            if (isSolved || !SolvePresent(nonNegative))
            {
                return stop;
            }

            // The same atoms with better coefficients have another residual, from which CoSaMP may go on.
            isSolved = true;
        }
    }

    /// <summary>Least squares on the present support; false if that is what the code is already.</summary>
    private bool SolvePresent(bool nonNegative)
    {
        Atoms.AsSpan(0, Count).CopyTo(NextAtoms);
        NextCount = Count;
        double error = Refit(nonNegative);
        (double change, double slack) = ErrorChange();
        if (change <= 0)
        {
            Accept(error);
        }

        return change < -slack;
    }

    /// <summary>Least squares on the present support and the best candidates, pruned to K, into the next code.</summary>
    private void Merge(in ThresholdingParameters parameters, int budget)
    {
        int limit = parameters.MaxCandidates > 0 ? Math.Max(budget, Math.Min(_union.Length, parameters.MaxCandidates)) : _union.Length, count = Count;
        int wanted = Math.Min(_subspace ? budget : 2 * budget, Math.Min(_candidates.Length, limit - count));
        int found = SelectScores(wanted, parameters.NonNegative, _candidates);

        // The present support first: where atoms depend on each other, it is the newcomer that is passed over.
        Atoms.AsSpan(0, Count).CopyTo(_union);
        for (int i = 0; i < found; i++)
        {
            if (Atoms.AsSpan(0, Count).BinarySearch(_candidates[i]) < 0)
            {
                _union[count++] = _candidates[i];
            }
        }

        _solver.Solve(Gram, Initial, _union.AsSpan(0, count), parameters.NonNegative, _unionValues);
        _union.AsSpan(0, count).Sort(_unionValues.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            _sizes[i] = Scaled(_union[i], _unionValues[i]);
        }

        NextCount = LargestEntries<double>.Select(_sizes.AsSpan(0, count), budget, parameters.NonNegative, Floor, _kept);
        for (int i = 0; i < NextCount; i++)
        {
            NextAtoms[i] = _union[_kept[i]];
            NextValues[i] = _unionValues[_kept[i]];
        }
    }

    private double Refit(bool nonNegative)
    {
        _solver.Solve(Gram, Initial, NextAtoms.AsSpan(0, NextCount), nonNegative, NextValues);
        DropZerosOfNext();
        return ErrorOf(NextAtoms.AsSpan(0, NextCount), NextValues);
    }
}
