namespace SparseCoding.Kernels;

/// <content>Newton's step on the support, which ends the sweeps where the signs are right.</content>
internal sealed partial class CoordinateDescentCore<T>
{
    // Below this pivot the step is left to the one in double, which knows what to do with dependent atoms.
    private static readonly T NewtonTolerance = T.CreateTruncating(typeof(T) == typeof(float) ? 1e-3 : 1e-9);

    private readonly SupportFactor<T> _newton = new();
    private T[] _way = [];
    private T[] _before = [];
    private T[] _after = [];
    private T[] _localBefore = [];

    /// <summary>How a step of Newton ended.</summary>
    private enum NewtonEnd
    {
        /// <summary>No step: the atoms of the support depend on each other, or nearly.</summary>
        Refused,

        /// <summary>A coefficient met zero on the way, and the working set is not optimal yet.</summary>
        SignChanged,

        /// <summary>The coefficients are the minimiser for their signs.</summary>
        Solved,
    }

    /// <summary>
    /// With the signs s held, the minimiser on the support S is z_S + d, (G_SS + βI) d = g_S − λ s. It is taken whole, coefficients that change sign becoming zero; where that does not
    /// lower the objective, it is taken to the first change of sign instead, which does. Source: the feature-sign search of Lee, Battle, Raina and Ng 2007, with every change at once.
    /// </summary>
    private NewtonEnd NewtonStep(Span<T> local, in LassoParameters parameters)
    {
        int size = 0;
        T lambda = T.CreateTruncating(parameters.Lambda);
        for (int i = 0; i < _count; i++)
        {
            if (_codes[i] != T.Zero)
            {
                _way[size] = local[i] - T.CopySign(lambda, _codes[i]);
                _places[size++] = i;
            }
        }

        if (size == 0)
        {
            return NewtonEnd.Solved;
        }

        ReadOnlySpan<int> places = _places.AsSpan(0, size);
        _newton.Fill(_matrix, Stride, places);
        if (!_newton.TryFactor(size, NewtonTolerance))
        {
            return NewtonEnd.Refused;
        }

        Span<T> way = _way.AsSpan(0, size);
        _newton.Solve(way);
        return Take(local, way, places, parameters.Lambda);
    }

    /// <summary>Goes along <paramref name="way"/> over the coefficients at <paramref name="places"/>, whole or to the first change of sign.</summary>
    private NewtonEnd Take(Span<T> local, ReadOnlySpan<T> way, ReadOnlySpan<int> places, double lambda)
    {
        local.CopyTo(_localBefore);
        double change = 0;
        bool crossed = false;
        for (int a = 0; a < places.Length; a++)
        {
            T old = _codes[places[a]], next = old + way[a];
            if (!T.IsFinite(next))
            {
                return NewtonEnd.Refused;
            }

            if (old > T.Zero ? !(next > T.Zero) : !(next < T.Zero))
            {
                next = T.Zero;
                crossed = true;
            }

            _before[a] = old;
            _step[a] = double.CreateTruncating(way[a]);
            change += (lambda * double.CreateTruncating(T.Abs(next) - T.Abs(old))) - (0.5 * double.CreateTruncating((next - old) * local[places[a]]));
            _after[a] = next;
        }

        for (int a = 0; a < places.Length; a++)
        {
            int place = places[a];
            GramSweep<T>.AddScaled(_matrix.AsSpan(place * Stride, local.Length), _before[a] - _after[a], local);
            _codes[place] = _after[a];
        }

        if (!crossed)
        {
            return NewtonEnd.Solved;
        }

        // The objective is quadratic while its signs hold, so its change is the mean of both gradients along the way, and that of the norm.
        for (int a = 0; a < places.Length; a++)
        {
            change -= 0.5 * double.CreateTruncating((_after[a] - _before[a]) * local[places[a]]);
        }

        if (!(change < 0))
        {
            _localBefore.AsSpan(0, local.Length).CopyTo(local);
            for (int a = 0; a < places.Length; a++)
            {
                _codes[places[a]] = _before[a];
            }

            Go(local, places.Length, 1);
        }

        return NewtonEnd.SignChanged;
    }

    /// <summary>Whether no atom of the working set without a coefficient wants one: |g| &lt;= λ and <paramref name="slack"/>.</summary>
    private bool ZerosStay(ReadOnlySpan<T> local, T lambda, T slack, bool nonNegative)
    {
        T bound = lambda + slack;
        for (int i = 0; i < _count; i++)
        {
            if (_codes[i] == T.Zero && (nonNegative ? local[i] : T.Abs(local[i])) > bound)
            {
                return false;
            }
        }

        return true;
    }
}
