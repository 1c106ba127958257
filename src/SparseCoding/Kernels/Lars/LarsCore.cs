using System.Diagnostics;
using System.Numerics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The LARS / Lasso homotopy of one signal in Gram form: from λ = max|c0|, where the code is zero, down the piecewise linear path of minimisers of
/// ½‖x − zD‖² + λ‖z‖₁ to the first of its stops. Atoms may have any norm.
/// </summary>
/// <remarks>
/// <para>Sources: Osborne, Presnell and Turlach 2000; Efron, Hastie, Johnstone and Tibshirani 2004. With the active set I, signs s and level C = max|c|:
/// u = (G_II)⁻¹ s, a = G_{:,I} u; z_I += γu, c −= γa, C −= γ, where γ is the smallest of the steps to a join, a drop or a stop.</para>
/// <para>At a breakpoint the direction is not "old set plus the joining atom" but the solution of the small non-negative problem over all tied atoms (see
/// <c>ChooseDirection</c>), so exact ties, several drops at once and a join together with a drop need no case of their own, and the path cannot cycle: every
/// segment has a positive length. Atoms that depend on active ones are passed over and looked at again at the next breakpoint.</para>
/// <para>The small algebra (u, z, the factor) is double for every <typeparamref name="T"/>. At the end the coefficients are solved for afresh, all optimality
/// conditions are checked, and coordinate descent repairs what fails, so that float is safe on long paths.</para>
/// <para>Cost per segment: 2 k · atoms (a) + two divisions per atom + O(k²). One core per thread; nothing is allocated per signal, except for
/// <see cref="LarsParameters.RecordPath"/> and when the active set outgrows what was seen before.</para>
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed partial class LarsCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly double Epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    // 1 - s a below this counts as "stays in the tube": noise of a dependent atom, not a join.
    private static readonly double SlopeTolerance = 32 * Epsilon;

    // Relative squared distance from the span of the active atoms below which an atom is dependent: rounding of a Gram of this type, with room.
    private static readonly double PivotTolerance = typeof(T) == typeof(float) ? 1e-5 : 1e-13;

    private readonly T[] _correlations;
    private readonly T[] _slopes;
    private readonly int[] _ties;
    private readonly bool[] _isActive;
    private readonly ActiveSetCholesky _factor = new();
    private readonly CoordinateDescentCore<T> _polisher;
    private readonly int[] _support;
    private readonly T[] _coefficients;
    private int[] _active = new int[16];
    private double[] _codes = new double[16];
    private double[] _signs = new double[16];
    private double[] _direction = new double[16];
    private double[] _forward = new double[16];
    private double[] _previous = new double[16];
    private double[] _column = new double[16];
    private T[] _weights = new T[16];
    private int[] _blocked = new int[16];
    private T[] _blockedCorrelations = new T[16];
    private int _count;
    private int _forwardCount;
    private int _tieCount;
    private int _blockedCount;
    private int _supportCount;

    /// <summary>Working memory for signals over <paramref name="atomCount"/> atoms.</summary>
    public LarsCore(int atomCount)
    {
        _correlations = new T[atomCount];
        _slopes = new T[atomCount];
        _ties = new int[atomCount + 1];
        _isActive = new bool[atomCount];
        _support = new int[atomCount];
        _coefficients = new T[atomCount];
        _polisher = new CoordinateDescentCore<T>(atomCount);
    }

    /// <summary>Atoms of the last code with a nonzero coefficient, in order of index. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    /// <summary>The path of the last signal, if it was asked for.</summary>
    public LarsPath? Path { get; private set; }

    /// <summary>Solves one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="parameters">Method and stops.</param>
    public LassoOutcome Solve(GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in LarsParameters parameters)
    {
        Debug.Assert(correlations.Length == _correlations.Length && gram.AtomCount == _correlations.Length, "Sizes must be those of the constructor.");
        Debug.Assert(parameters.Method == LarsMethod.Lasso || !parameters.NonNegative, "Plain LARS has no non-negative form.");
        Reset(correlations);
        bool lasso = parameters.Method == LarsMethod.Lasso, nonNegative = parameters.NonNegative;
        double start = double.CreateTruncating(GramSweep<T>.Largest(correlations, nonNegative));
        Path = parameters.RecordPath ? new LarsPath() : null;
        Path?.Add(start, default, default);
        if (!(start > 0) || start <= parameters.Lambda || squaredNorm <= parameters.SquaredErrorBound || parameters.L1Budget <= 0)
        {
            SolverStop early = !(start > 0) ? SolverStop.ZeroCode
                : start <= parameters.Lambda ? SolverStop.Penalty
                : squaredNorm <= parameters.SquaredErrorBound ? SolverStop.Residual
                : SolverStop.L1Budget;
            double reached = Math.Max(start, parameters.Lambda);
            return new LassoOutcome(0, early, DualityGap.Compute(squaredNorm, 0, 0, 0, start, reached), reached, squaredNorm, 0);
        }

        double tie = 16 * Epsilon * start, level = start, error = squaredNorm, l1 = 0;
        int segments = 0, most = parameters.MaxSegments > 0 ? parameters.MaxSegments : checked((8 * _correlations.Length) + 64);
        bool directionValid = false;
        SolverStop stop;
        _tieCount = GramSweep<T>.AtLeast(_correlations, T.CreateTruncating(level - tie), nonNegative, _ties);
        while (true)
        {
            if (segments == most)
            {
                stop = SolverStop.MaxIterations;
                break;
            }

            if (level <= 8 * tie)
            {
                // Below the noise of c every atom is "tied" and no direction means anything; what is left to λ is solved for in Finish.
                level = Math.Min(level, parameters.Lambda);
                stop = SolverStop.Penalty;
                Path?.Add(level, _active.AsSpan(0, _count), _codes.AsSpan(0, _count));
                break;
            }

            if (!ChooseDirection(gram, parameters, directionValid))
            {
                stop = _count >= parameters.MaxActive ? SolverStop.MaxActive : SolverStop.DependentAtoms;
                break;
            }

            double slope = 0;
            for (int i = 0; i < _count; i++)
            {
                slope += _signs[i] * _direction[i];
            }

            double step = StepToJoin(gram, level, nonNegative);
            double drop = lasso ? StepToDrop() : double.PositiveInfinity;
            step = Math.Min(step, drop);
            double end = level - parameters.Lambda;
            SolverStop endStop = SolverStop.Penalty;
            double surplus = parameters.SquaredErrorBound >= 0 ? (error - parameters.SquaredErrorBound) / slope : double.NaN;
            if (surplus <= level * level)
            {
                Earlier(surplus / (level + Math.Sqrt((level * level) - surplus)), SolverStop.Residual, ref end, ref endStop);
            }

            Earlier((parameters.L1Budget - l1) / slope, SolverStop.L1Budget, ref end, ref endStop);
            bool last = end <= step;
            step = Math.Max(0, last ? end : step);
            segments++;
            for (int i = 0; i < _count; i++)
            {
                _codes[i] += step * _direction[i];
            }

            error -= slope * step * ((2 * level) - step);
            l1 += step * slope;
            level = last && endStop == SolverStop.Penalty ? parameters.Lambda : level - step;
            if (last)
            {
                stop = endStop;
                Path?.Add(level, _active.AsSpan(0, _count), _codes.AsSpan(0, _count));
                break;
            }

            RestoreBlocked();
            _tieCount = GramSweep<T>.Advance(_correlations, _slopes, T.CreateTruncating(step), T.CreateTruncating(level - tie), nonNegative, _ties);
            bool dropped = drop <= step * (1 + 1e-12) && RemoveDropped(gram, correlations, step, level);
            if (!dropped && _tieCount == 0)
            {
                // The join's atom missed its tie by rounding (correlations of very unequal size): it is the largest one.
                _tieCount = GramSweep<T>.AtLeast(_correlations, GramSweep<T>.Largest(_correlations, nonNegative), nonNegative, _ties);
            }

            directionValid = !dropped;
            Path?.Add(level, _active.AsSpan(0, _count), _codes.AsSpan(0, _count));
        }

        return Finish(gram, correlations, squaredNorm, parameters, level, start, segments, stop);
    }

    private static void Earlier(double candidate, SolverStop reason, ref double end, ref SolverStop endStop)
    {
        if (candidate < end)
        {
            end = Math.Max(0, candidate);
            endStop = reason;
        }
    }

    private void Reset(ReadOnlySpan<T> correlations)
    {
        for (int i = 0; i < _count; i++)
        {
            _isActive[_active[i]] = false;
        }

        _count = 0;
        _forwardCount = 0;
        _tieCount = 0;
        _blockedCount = 0;
        _supportCount = 0;
        _factor.Clear();
        correlations.CopyTo(_correlations);
    }

    /// <summary>
    /// a = G_{:,I} u and the step to the next join. Active atoms have c = a = 0 here (their true values, s C and s, are known), and the passed-over
    /// ones are set so for the time of the search, because they stay at the level without ever crossing it.
    /// </summary>
    private double StepToJoin(GramRows<T> gram, double level, bool nonNegative)
    {
        for (int i = 0; i < _count; i++)
        {
            _weights[i] = T.CreateTruncating(_direction[i]);
        }

        _slopes.AsSpan().Clear();
        GramSweep<T>.AddRows(gram, _active.AsSpan(0, _count), _weights.AsSpan(0, _count), _slopes);
        for (int i = 0; i < _count; i++)
        {
            _slopes[_active[i]] = T.Zero;
            _correlations[_active[i]] = T.Zero;
        }

        for (int i = 0; i < _blockedCount; i++)
        {
            int atom = _blocked[i];
            _blockedCorrelations[i] = _correlations[atom];
            _correlations[atom] = T.Zero;
            _slopes[atom] = T.Zero;
        }

        return double.CreateTruncating(GramSweep<T>.SmallestStep(
            _correlations, _slopes, T.CreateTruncating(level), T.CreateTruncating(SlopeTolerance), nonNegative));
    }

    /// <summary>
    /// Passed-over atoms keep their correlation at the level: it falls with it, which is what dependence on the active ones means. Their sign decides which side.
    /// </summary>
    private void RestoreBlocked()
    {
        for (int i = 0; i < _blockedCount; i++)
        {
            int atom = _blocked[i];
            _correlations[atom] = _blockedCorrelations[i];
            _slopes[atom] = T.CopySign(T.One, _blockedCorrelations[i]);
        }
    }

    /// <summary>The smallest γ at which an active coefficient reaches zero, or +∞.</summary>
    private double StepToDrop()
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < _count; i++)
        {
            if (_codes[i] * _direction[i] < 0)
            {
                best = Math.Min(best, -_codes[i] / _direction[i]);
            }
        }

        return best;
    }

    /// <summary>
    /// Takes out every atom whose coefficient ended this segment at zero (several may). Its correlation is computed afresh, and it is tied: the choice of
    /// the next direction decides whether it leaves the level.
    /// </summary>
    private bool RemoveDropped(GramRows<T> gram, ReadOnlySpan<T> correlations, double step, double level)
    {
        int before = _count;
        for (int i = _count - 1; i >= 0; i--)
        {
            double start = _codes[i] - (step * _direction[i]);
            if (start * _direction[i] < 0 && -start / _direction[i] <= step * (1 + 1e-12))
            {
                int atom = _active[i];
                RemoveAt(i);
                _ties[_tieCount++] = atom;
            }
        }

        for (int i = _tieCount - (before - _count); i < _tieCount; i++)
        {
            int atom = _ties[i];
            double value = double.CreateTruncating(correlations[atom]);
            ReadOnlySpan<T> row = gram.Row(atom);
            for (int k = 0; k < _count; k++)
            {
                value -= double.CreateTruncating(row[_active[k]]) * _codes[k];
            }

            // By construction |value| is the level, up to the drift of float correlations; the level itself keeps the path consistent.
            _correlations[atom] = T.CreateTruncating(Math.CopySign(level, value));
        }

        return _count < before;
    }

    private void RemoveAt(int position)
    {
        _isActive[_active[position]] = false;
        _factor.Remove(position);
        _count--;
        _forwardCount = Math.Min(_forwardCount, position);
        int moved = _count - position;
        Array.Copy(_active, position + 1, _active, position, moved);
        Array.Copy(_codes, position + 1, _codes, position, moved);
        Array.Copy(_signs, position + 1, _signs, position, moved);
        Array.Copy(_direction, position + 1, _direction, position, moved);
        Array.Copy(_previous, position + 1, _previous, position, moved);
    }
}
