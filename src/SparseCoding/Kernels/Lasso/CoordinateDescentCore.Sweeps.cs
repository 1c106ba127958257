namespace SparseCoding.Kernels;

/// <content>The inner problem on the working set.</content>
internal sealed partial class CoordinateDescentCore<T>
{
    // Sweeps that sort out most signs, before the first step of Newton.
    private const int SweepsFirst = 2;

    // Signs that still change after so many steps are left to the sweeps.
    private const int MostNewtons = 12;

    /// <summary>
    /// Sweeps over the working set until no coefficient moves a correlation by more than <paramref name="tolerance"/>, or a step of Newton finds the minimum; leaves in
    /// <c>_changes</c> how far each coefficient went. Where more atoms are waiting to join (<paramref name="complete"/> is false) two sweeps are enough.
    /// </summary>
    /// <param name="gram">G.</param>
    /// <param name="parameters">λ, sign, ridge.</param>
    /// <param name="tolerance">In units of a correlation.</param>
    /// <param name="most">Most sweeps.</param>
    /// <param name="complete">Whether the working set has all atoms that want to be in it.</param>
    /// <param name="solved">Whether the minimum on the working set was reached up to rounding.</param>
    /// <returns>The number of sweeps.</returns>
    private int Sweep(GramRows<T> gram, in LassoParameters parameters, double tolerance, int most, bool complete, out bool solved)
    {
        Gather(gram, T.CreateTruncating(parameters.Ridge));
        int width = (_count + 31) / 32 * 32, sweep = 0, nextSubspace = 4, nextNewton = complete ? SweepsFirst : int.MaxValue, newtons = 0;
        T lambda = T.CreateTruncating(parameters.Lambda), bound = T.CreateTruncating(tolerance);
        Span<T> local = _local.AsSpan(0, width);
        for (int i = 0; i < _count; i++)
        {
            local[i] = _gradient[_working[i]];
            _changes[i] = _codes[i];
        }

        local[_count..].Clear();
        solved = false;
        most = complete ? Math.Max(1, most) : Math.Clamp(most, 1, SweepsFirst);
        while (sweep < most)
        {
            T largest = SweepOnce(local, lambda, parameters.NonNegative, out T rounding);
            sweep++;
            if (largest <= rounding)
            {
                solved = true;
                break;
            }

            bool small = largest <= bound;
            if (nextNewton != int.MaxValue && (small || sweep >= nextNewton))
            {
                NewtonEnd end = NewtonStep(local, parameters);
                if (end == NewtonEnd.Solved && ZerosStay(local, lambda, rounding, parameters.NonNegative))
                {
                    solved = true;
                    break;
                }

                // Where one step is not enough, more of them wait for ever more sweeps: signs that change all the time are sorted out by those.
                newtons++;
                nextNewton = end == NewtonEnd.Refused || newtons == MostNewtons ? int.MaxValue : sweep + (newtons < 4 ? 1 : 1 << (newtons - 3));
            }

            if (small && nextNewton == int.MaxValue)
            {
                break;
            }

            if (sweep == nextSubspace)
            {
                for (int step = 0; nextNewton == int.MaxValue && step < 16 && SubspaceStep(local, parameters); step++)
                {
                }

                nextSubspace *= 2;
            }
        }

        for (int i = 0; i < _count; i++)
        {
            _changes[i] = _codes[i] - _changes[i];
        }

        return sweep;
    }

    /// <summary>
    /// One cycle of soft thresholding; returns the largest |dz_i| (G_ii + β), the change of a coefficient in units of a correlation, and in
    /// <paramref name="rounding"/> what changes of one unit in the last place amount to.
    /// </summary>
    private T SweepOnce(Span<T> local, T lambda, bool nonNegative, out T rounding)
    {
        T largest = T.Zero, size = T.Zero;
        int stride = Stride;
        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<T> row = _matrix.AsSpan(i * stride, local.Length);
            T curvature = row[i], old = _codes[i];

            // The gradient is that of the augmented problem, so its own curvature G_ii + β (which the gathered diagonal holds) is what is added back.
            T value = local[i] + (curvature * old);
            T shrunk = (nonNegative ? value : T.Abs(value)) - lambda;
            T code = shrunk > T.Zero ? T.CopySign(shrunk / curvature, value) : T.Zero;
            T change = code - old;
            size = T.Max(size, T.Abs(code) * curvature);
            if (change != T.Zero)
            {
                _codes[i] = code;
                GramSweep<T>.AddScaled(row, -change, local);
                largest = T.Max(largest, T.Abs(change) * curvature);
            }
        }

        rounding = size * T.CreateTruncating(2 * Epsilon);
        return largest;
    }

    /// <summary>Copies the rows and columns of atoms that joined since the last call into G_WW + βI; only their own rows are read, for G is symmetric.</summary>
    private void Gather(GramRows<T> gram, T beta)
    {
        int stride = Stride;
        ReadOnlySpan<int> working = _working.AsSpan(0, _count);
        for (int i = _gathered; i < working.Length; i++)
        {
            ReadOnlySpan<T> row = gram.Row(working[i]);
            Span<T> target = _matrix.AsSpan(i * stride, stride);
            for (int j = 0; j < i; j++)
            {
                T value = row[working[j]];
                target[j] = value;
                _matrix[(j * stride) + i] = value;
            }

            target[i] = row[working[i]] + beta;
        }

        _gathered = _count;
    }

    /// <summary>
    /// With the signs held, the minimiser on the support S solves (G_SS + βI) d = g_S − λ s for the way to it; goes along d until the first coefficient
    /// would change its sign (that one becomes zero). Where an atom of S depends on those before it, the way is instead along that dependence, on which
    /// the fit is constant and only ‖z‖₁ changes, down to the first zero: that takes an atom out of S.
    /// </summary>
    /// <returns>True if it went along a dependence, so that another step is worth while.</returns>
    private bool SubspaceStep(Span<T> local, in LassoParameters parameters)
    {
        int stride = Stride, size = 0;
        _factor.Clear();
        for (int i = 0; i < _count; i++)
        {
            if (_codes[i] == T.Zero)
            {
                continue;
            }

            for (int k = 0; k < size; k++)
            {
                _column[k] = double.CreateTruncating(_matrix[(i * stride) + _places[k]]);
            }

            double diagonal = double.CreateTruncating(_matrix[(i * stride) + i]), least = DependenceTolerance * diagonal;
            double uphill = double.CreateTruncating(local[i]) - (double.CreateTruncating(T.CopySign(T.One, _codes[i])) * parameters.Lambda);
            Span<double> column = _column.AsSpan(0, size);
            _places[size] = i;
            if (!(_factor.Append(column, diagonal, least) > least))
            {
                _factor.Solve(column);
                for (int k = 0; k < size; k++)
                {
                    uphill -= column[k] * _step[k];
                }

                double direction = uphill < 0 ? -1 : 1;
                for (int k = 0; k < size; k++)
                {
                    _step[k] = -direction * column[k];
                }

                _step[size++] = direction;
                Go(local, size, double.PositiveInfinity);
                return true;
            }

            _step[size++] = uphill;
        }

        _factor.Solve(_step.AsSpan(0, size));
        Go(local, size, 1);
        return false;
    }

    /// <summary>Goes along the first <paramref name="size"/> elements of <c>_step</c> by <paramref name="most"/>, or less: to the first coefficient that becomes zero.</summary>
    private void Go(Span<T> local, int size, double most)
    {
        double fraction = most;
        int first = -1;
        for (int k = 0; k < size; k++)
        {
            double code = double.CreateTruncating(_codes[_places[k]]);
            if (code * _step[k] < 0 && -code / _step[k] < fraction)
            {
                fraction = -code / _step[k];
                first = k;
            }
        }

        if (!double.IsFinite(fraction))
        {
            return;
        }

        for (int k = 0; k < size; k++)
        {
            int place = _places[k];
            T old = _codes[place];
            T code = k == first ? T.Zero : T.CreateTruncating(double.CreateTruncating(old) + (fraction * _step[k]));
            _codes[place] = code;
            GramSweep<T>.AddScaled(_matrix.AsSpan(place * Stride, local.Length), old - code, local);
        }
    }
}
