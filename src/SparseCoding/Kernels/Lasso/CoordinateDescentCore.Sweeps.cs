namespace SparseCoding.Kernels;

/// <content>The inner problem on the working set.</content>
internal sealed partial class CoordinateDescentCore<T>
{
    /// <summary>
    /// Sweeps over the working set until no coefficient moves a correlation by more than <paramref name="tolerance"/>; leaves in <c>_changes</c> how far each
    /// coefficient went. Returns the number of sweeps.
    /// </summary>
    private int Sweep(GramRows<T> gram, in LassoParameters parameters, double tolerance, int most)
    {
        Gather(gram, T.CreateTruncating(parameters.Ridge));
        int width = (_count + 31) / 32 * 32, sweep = 0, nextSubspace = 4;
        T lambda = T.CreateTruncating(parameters.Lambda), bound = T.CreateTruncating(tolerance);
        Span<T> local = _local.AsSpan(0, width);
        for (int i = 0; i < _count; i++)
        {
            local[i] = _gradient[_working[i]];
            _changes[i] = _codes[i];
        }

        local[_count..].Clear();
        while (sweep < Math.Max(1, most))
        {
            T largest = SweepOnce(local, lambda, parameters.NonNegative, out T rounding);
            sweep++;
            if (largest <= bound || largest <= rounding)
            {
                break;
            }

            if (sweep == nextSubspace)
            {
                for (int step = 0; step < 16 && SubspaceStep(local, parameters); step++)
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

    /// <summary>Copies the rows and columns of atoms that joined since the last call into G_WW + βI.</summary>
    private void Gather(GramRows<T> gram, T beta)
    {
        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<T> row = gram.Row(_working[i]);
            Span<T> target = _matrix.AsSpan(i * Stride, _count);
            for (int j = i < _gathered ? _gathered : 0; j < target.Length; j++)
            {
                target[j] = row[_working[j]];
            }

            if (i >= _gathered)
            {
                target[i] += beta;
            }
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
