namespace SparseCoding.Kernels;

/// <content>The end of a path: exact coefficients on the support, the check of all optimality conditions, and the repair.</content>
internal sealed partial class LarsCore<T>
{
    // Relative to max|c0|. Sums of float products cannot be checked more closely than about 1e-7.
    private static readonly double OptimalityTolerance = typeof(T) == typeof(float) ? 1e-6 : 1e-10;

    private LassoOutcome Finish(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in LarsParameters parameters, double level, double start, int segments, SolverStop stop)
    {
        bool lasso = parameters.Method == LarsMethod.Lasso, nonNegative = parameters.NonNegative;
        for (int i = _count - 1; lasso && i >= 0; i--)
        {
            if (_codes[i] * _signs[i] <= 0)
            {
                RemoveAt(i);
            }
        }

        bool exact = Refine(gram, correlations, level, lasso);
        Path?.ReplaceLast(_active.AsSpan(0, _count), _codes.AsSpan(0, _count));
        _supportCount = 0;
        for (int i = 0; i < _count; i++)
        {
            T value = T.CreateTruncating(_codes[i]);
            if (value != T.Zero)
            {
                _support[_supportCount] = _active[i];
                _coefficients[_supportCount++] = value;
            }
        }

        _support.AsSpan(0, _supportCount).Sort(_coefficients.AsSpan(0, _supportCount));
        LassoCheck<T>.Gradient(gram, correlations, Support, Coefficients, 0, _slopes);
        LassoOutcome outcome = LassoCheck<T>.Outcome(correlations, squaredNorm, Support, Coefficients, _slopes, level, nonNegative, segments, stop);
        double tolerance = OptimalityTolerance * start;
        if (!lasso || (exact && outcome.Violation <= tolerance))
        {
            return outcome;
        }

        var repair = new LassoParameters { Lambda = level, NonNegative = nonNegative, GapTolerance = 0, MaxIterations = 1000 };
        LassoOutcome repaired = _polisher.Solve(gram, correlations, squaredNorm, repair, Support, Coefficients);
        if (!(repaired.Violation < outcome.Violation))
        {
            return outcome;
        }

        _supportCount = _polisher.Support.Length;
        _polisher.Support.CopyTo(_support);
        _polisher.Coefficients.CopyTo(_coefficients);
        return repaired with { Iterations = segments, Stop = stop };
    }

    /// <summary>
    /// One Newton step in double on the support, z += (G_II)⁻¹ (c0_I − C s − G_II z): exact up to the data, and so free of what float correlations
    /// added up along the path. Undone if a Lasso coefficient changes sign by it, which means that the support is not the right one.
    /// </summary>
    private bool Refine(GramRows<T> gram, ReadOnlySpan<T> correlations, double level, bool lasso)
    {
        Span<double> step = _direction.AsSpan(0, _count);
        for (int i = 0; i < _count; i++)
        {
            double value = double.CreateTruncating(correlations[_active[i]]) - (level * _signs[i]);
            ReadOnlySpan<T> row = gram.Row(_active[i]);
            for (int k = 0; k < _count; k++)
            {
                value -= double.CreateTruncating(row[_active[k]]) * _codes[k];
            }

            step[i] = value;
        }

        _factor.Solve(step);
        for (int i = 0; i < _count; i++)
        {
            double value = _codes[i] + step[i];
            if (!double.IsFinite(value) || (lasso && value * _signs[i] <= 0))
            {
                return false;
            }
        }

        for (int i = 0; i < _count; i++)
        {
            _codes[i] += step[i];
        }

        return true;
    }
}
