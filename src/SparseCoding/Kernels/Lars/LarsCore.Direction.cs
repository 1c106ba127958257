using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <content>The direction at a breakpoint: which of the tied atoms join.</content>
internal sealed partial class LarsCore<T>
{
    /// <summary>
    /// Chooses I and u = (G_II)⁻¹ s for the next segment among the atoms with a coefficient (free) and the tied ones (coefficient zero, |c| = C).
    /// The Lasso's path moves along the minimiser of ½ uᵀGu − sᵀu with s_j u_j >= 0 for tied j, whose optimality conditions are the two that a segment needs:
    /// a coefficient grows in the sense of its sign, and the correlation of a tied atom that stays out falls at least as fast as the level (s_j a_j >= 1).
    /// That is solved by Lawson and Hanson's active-set method on the factor at hand; with one tied atom it is one append and one solve.
    /// </summary>
    /// <returns>False if there is no direction: the atom budget is used up, or nothing can join an empty set.</returns>
    private bool ChooseDirection(GramRows<T> gram, in LarsParameters parameters, bool directionValid)
    {
        bool lasso = parameters.Method == LarsMethod.Lasso;
        if (!directionValid)
        {
            SolveDirection();
        }

        // The direction of the last segment, where it still holds, has its slopes at hand (but not those of atoms that were passed over); a new one has not.
        bool slopesKnown = directionValid && _count > 0 && _blockedCount == 0;
        _blockedCount = 0;

        // Lawson and Hanson's method ends by itself; the bound is for rounding only.
        for (int round = (4 * _tieCount) + 16; round > 0; round--)
        {
            int atom = SteepestTie(gram, lasso, slopesKnown, out double sign);
            if (atom < 0)
            {
                break;
            }

            if (_count >= parameters.MaxActive)
            {
                return false;
            }

            if (!TryAppend(gram, atom, sign))
            {
                Block(atom);
                continue;
            }

            _direction.AsSpan(0, _count).CopyTo(_previous);
            _previous[_count - 1] = 0;
            SolveDirection();
            slopesKnown = false;
            if (lasso && !StepToFeasible(atom))
            {
                Block(atom);
            }
        }

        return _count > 0;
    }

    /// <summary>The tied atom whose correlation would fall slowest behind the level, w = s_j a_j − 1 &lt; 0; plain LARS takes any. −1 if none is left.</summary>
    private int SteepestTie(GramRows<T> gram, bool lasso, bool slopesKnown, out double sign)
    {
        int best = -1;
        double steepest = lasso ? -SlopeTolerance : double.PositiveInfinity;
        sign = 0;
        for (int t = 0; t < _tieCount; t++)
        {
            int atom = _ties[t];
            if (_isActive[atom] || IsBlocked(atom))
            {
                continue;
            }

            double s = _correlations[atom] < T.Zero ? -1 : 1, fall = 0;
            if (slopesKnown)
            {
                fall = double.CreateTruncating(_slopes[atom]);
            }
            else if (_count > 0 && (lasso || _tieCount > 1))
            {
                ReadOnlySpan<T> row = gram.Row(atom);
                for (int k = 0; k < _count; k++)
                {
                    fall += double.CreateTruncating(row[_active[k]]) * _direction[k];
                }
            }

            double excess = (s * fall) - 1;
            if (excess < steepest)
            {
                steepest = excess;
                best = atom;
                sign = s;
            }
        }

        return best;
    }

    /// <summary>
    /// Lawson and Hanson's inner loop: while an atom with coefficient zero would move against its sign, go from the last feasible direction as far towards the
    /// new one as signs allow, take out what became zero, and solve again.
    /// </summary>
    /// <returns>False if rounding sends the atom that was just taken straight back: it is then passed over.</returns>
    private bool StepToFeasible(int joined)
    {
        bool returned = false;
        while (true)
        {
            double fraction = double.PositiveInfinity;
            for (int i = 0; i < _count; i++)
            {
                if (_codes[i] == 0 && _signs[i] * _direction[i] <= 0)
                {
                    double from = _signs[i] * _previous[i], to = _signs[i] * _direction[i];
                    fraction = Math.Min(fraction, from <= 0 ? 0 : from / (from - to));
                }
            }

            if (double.IsPositiveInfinity(fraction))
            {
                return !returned;
            }

            for (int i = _count - 1; i >= 0; i--)
            {
                bool against = _codes[i] == 0 && _signs[i] * _direction[i] <= 0;
                double value = _previous[i] + (fraction * (_direction[i] - _previous[i]));
                _previous[i] = value;
                if (against && _signs[i] * value <= 1e-14 * Math.Abs(_direction[i]))
                {
                    returned |= _active[i] == joined;
                    RemoveAt(i);
                }
            }

            SolveDirection();
        }
    }

    /// <summary>u = (G_II)⁻¹ s. The forward half L y = s of atoms that were there before is kept: an atom that joins adds one element, one that leaves spoils those behind it.</summary>
    private void SolveDirection()
    {
        for (; _forwardCount < _count; _forwardCount++)
        {
            int i = _forwardCount;
            double known = TensorPrimitives.Dot<double>(_factor.Row(i)[..i], _forward.AsSpan(0, i));
            _forward[i] = (_signs[i] - known) * _factor.InverseDiagonal(i);
        }

        _forward.AsSpan(0, _count).CopyTo(_direction);
        _factor.SolveUpper(_direction.AsSpan(0, _count));
    }

    private bool TryAppend(GramRows<T> gram, int atom, double sign)
    {
        EnsureCapacity(_count + 1);
        ReadOnlySpan<T> row = gram.Row(atom);
        for (int k = 0; k < _count; k++)
        {
            _column[k] = double.CreateTruncating(row[_active[k]]);
        }

        double diagonal = double.CreateTruncating(row[atom]);
        if (!(_factor.Append(_column.AsSpan(0, _count), diagonal, PivotTolerance * diagonal) > PivotTolerance * diagonal))
        {
            return false;
        }

        _active[_count] = atom;
        _signs[_count] = sign;
        _codes[_count] = 0;
        _isActive[atom] = true;
        _count++;
        return true;
    }

    private bool IsBlocked(int atom) => _blocked.AsSpan(0, _blockedCount).Contains(atom);

    private void Block(int atom)
    {
        if (_blockedCount == _blocked.Length)
        {
            Array.Resize(ref _blocked, 2 * _blockedCount);
            Array.Resize(ref _blockedCorrelations, 2 * _blockedCount);
        }

        _blocked[_blockedCount++] = atom;
    }

    private void EnsureCapacity(int count)
    {
        if (count <= _active.Length)
        {
            return;
        }

        int capacity = Math.Max(count, 2 * _active.Length);
        Array.Resize(ref _active, capacity);
        Array.Resize(ref _codes, capacity);
        Array.Resize(ref _signs, capacity);
        Array.Resize(ref _direction, capacity);
        Array.Resize(ref _forward, capacity);
        Array.Resize(ref _previous, capacity);
        Array.Resize(ref _column, capacity);
        Array.Resize(ref _weights, capacity);
    }
}
