using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>What one LCA run is asked for.</summary>
internal readonly record struct LcaParameters
{
    /// <summary>The stops that callers get if they set nothing.</summary>
    public LcaParameters()
    {
    }

    /// <summary>The threshold λ, >= 0.</summary>
    public double Lambda { get; init; }

    /// <summary>Hard thresholds instead of soft ones.</summary>
    public bool Hard { get; init; }

    /// <summary>z >= 0: only potentials above the threshold fire.</summary>
    public bool NonNegative { get; init; }

    /// <summary>Soft: stop at duality gap &lt;= this · ½‖x‖². Hard: stop when no potential drifts faster than this · max|c0|.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>Most steps, at least 1.</summary>
    public int MaxIterations { get; init; } = 10_000;
}

/// <summary>
/// The locally competitive algorithm of one signal (Rozell, Johnson, Baraniuk and Olshausen 2008): potentials u with du/dt = c + a ∘ diag(G) − u, c = c0 − aG, and
/// codes a = T_λ(u) / diag(G), by Euler steps of dt = 1/L.
/// </summary>
/// <remarks>
/// A fixed point has u_i = c_i + G_ii a_i. Soft thresholds make it the Lasso's optimality conditions for atoms of any norm; hard ones (on |u_i| / ‖d_i‖, so that norms do
/// not matter) a local minimum of ½‖x − zD‖² + ½λ²‖z‖₀. With L the largest eigenvalue of the Gram of the atoms scaled to norm 1 a step is a gradient step on the active
/// atoms, stable up to 2/L. Cost per step 2 N nnz + O(N). One core per thread; a run allocates nothing.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class LcaCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Steps between two looks at the duality gap.</summary>
    public const int CheckEvery = 5;

    private static readonly double Epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    private readonly int[] _support;
    private readonly T[] _coefficients;
    private readonly T[] _potential;
    private readonly T[] _code;
    private readonly T[] _gradient;
    private readonly T[] _thresholds;
    private int _supportCount;

    /// <summary>Working memory for signals over <paramref name="atomCount"/> atoms.</summary>
    public LcaCore(int atomCount)
    {
        _support = new int[atomCount];
        _coefficients = new T[atomCount];
        _potential = new T[atomCount];
        _code = new T[atomCount];
        _gradient = new T[atomCount];
        _thresholds = new T[atomCount];
    }

    /// <summary>Atoms of the last code with a nonzero coefficient, in order of index. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    /// <summary>Solves one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>. Gap and λ of the outcome mean nothing with hard thresholds.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="normalizedBound">L, about the largest eigenvalue of the Gram of the atoms scaled to norm 1.</param>
    /// <param name="parameters">Threshold, sign and stops.</param>
    /// <param name="warmSupport">Atoms of a code to start from, each once.</param>
    /// <param name="warmCoefficients">Their coefficients.</param>
    public LassoOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, double normalizedBound, in LcaParameters parameters,
        ReadOnlySpan<int> warmSupport = default, ReadOnlySpan<T> warmCoefficients = default)
    {
        Debug.Assert(correlations.Length == _gradient.Length && gram.AtomCount == _gradient.Length, "Sizes must be those of the constructor.");
        Debug.Assert(normalizedBound > 0, "The step is 1/L.");
        double start = double.CreateTruncating(GramSweep<T>.Largest(correlations, parameters.NonNegative));
        Begin(gram, parameters);
        _supportCount = 0;

        // Soft thresholds of λ or more have the zero code alone as fixed point; hard ones may have others, at which a warm start may stand.
        if (!(start > 0) || (!(parameters.Hard && warmSupport.Length > 0) && !AnyAbove(correlations, parameters.NonNegative)))
        {
            return Outcome(correlations, squaredNorm, correlations, parameters, 0, start > 0 ? SolverStop.Penalty : SolverStop.ZeroCode);
        }

        _potential.AsSpan().Clear();
        _code.AsSpan().Clear();
        double target = parameters.Tolerance * 0.5 * squaredNorm, drift = Math.Max(parameters.Tolerance, 16 * Epsilon) * start;
        if (warmSupport.Length > 0)
        {
            WarmStart(gram, correlations, parameters, warmSupport, warmCoefficients);
        }

        LassoCheck<T>.Gradient(gram, correlations, Support, Coefficients, 0, _gradient);
        if (warmSupport.Length > 0 && Outcome(correlations, squaredNorm, _gradient, parameters, 0, SolverStop.Converged) is var first && !parameters.Hard && first.Gap <= target)
        {
            return first;
        }

        T rate = T.CreateTruncating(Math.Min(1, 1 / normalizedBound));
        for (int step = 1; ; step++)
        {
            T fastest = Advance(gram, rate, parameters);
            LassoCheck<T>.Gradient(gram, correlations, Support, Coefficients, 0, _gradient);
            bool last = step >= parameters.MaxIterations;
            if (parameters.Hard ? last || double.CreateTruncating(fastest) <= drift : last || step % CheckEvery == 0)
            {
                LassoOutcome outcome = Outcome(correlations, squaredNorm, _gradient, parameters, step, SolverStop.Converged);
                if (parameters.Hard ? double.CreateTruncating(fastest) <= drift : outcome.Gap <= target || outcome.Violation <= 2 * Epsilon * start)
                {
                    return outcome;
                }

                if (last)
                {
                    return outcome with { Stop = SolverStop.MaxIterations };
                }
            }
        }
    }

    /// <summary>Thresholds of the potentials: λ, or λ ‖d_i‖ where they are hard.</summary>
    private void Begin(GramRows<T> gram, in LcaParameters parameters)
    {
        for (int i = 0; i < _thresholds.Length; i++)
        {
            double scale = parameters.Hard ? Math.Sqrt(double.CreateTruncating(gram.Diagonal[i])) : 1;
            _thresholds[i] = T.CreateTruncating(parameters.Lambda * scale);
        }
    }

    private bool AnyAbove(ReadOnlySpan<T> correlations, bool nonNegative)
    {
        for (int i = 0; i < correlations.Length; i++)
        {
            if ((nonNegative ? correlations[i] : T.Abs(correlations[i])) > _thresholds[i])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The potentials whose codes are the given ones: c_i + G_ii a_i where atoms are active, and c_i, no further than the threshold, elsewhere.</summary>
    private void WarmStart(GramRows<T> gram, ReadOnlySpan<T> correlations, in LcaParameters parameters, ReadOnlySpan<int> support, ReadOnlySpan<T> coefficients)
    {
        for (int i = 0; i < support.Length; i++)
        {
            _code[support[i]] = parameters.NonNegative ? T.Max(T.Zero, coefficients[i]) : coefficients[i];
        }

        Collect();
        LassoCheck<T>.Gradient(gram, correlations, Support, Coefficients, 0, _gradient);
        for (int i = 0; i < _potential.Length; i++)
        {
            T threshold = _thresholds[i], code = _code[i];
            _potential[i] = code == T.Zero
                ? T.Clamp(_gradient[i], -threshold, threshold)
                : (gram.Diagonal[i] * code) + (parameters.Hard ? T.Zero : T.CopySign(threshold, code));
        }
    }

    /// <summary>One Euler step and the codes of the new potentials; the largest |du/dt| before it.</summary>
    private T Advance(GramRows<T> gram, T rate, in LcaParameters parameters)
    {
        ReadOnlySpan<T> diagonal = gram.Diagonal;
        T fastest = T.Zero;
        for (int i = 0; i < _potential.Length; i++)
        {
            T curvature = diagonal[i];
            T speed = _gradient[i] + (curvature * _code[i]) - _potential[i];
            fastest = T.Max(fastest, T.Abs(speed));
            T potential = _potential[i] + (rate * speed), size = parameters.NonNegative ? potential : T.Abs(potential);
            _potential[i] = potential;
            _code[i] = size > _thresholds[i] && curvature > T.Zero
                ? (parameters.Hard ? potential : T.CopySign(size - _thresholds[i], potential)) / curvature
                : T.Zero;
        }

        Collect();
        return fastest;
    }

    private void Collect()
    {
        _supportCount = 0;
        for (int i = 0; i < _code.Length; i++)
        {
            if (_code[i] != T.Zero)
            {
                _support[_supportCount] = i;
                _coefficients[_supportCount++] = _code[i];
            }
        }
    }

    private LassoOutcome Outcome(ReadOnlySpan<T> correlations, double squaredNorm, ReadOnlySpan<T> gradient, in LcaParameters parameters, int steps, SolverStop stop) =>
        LassoCheck<T>.Outcome(correlations, squaredNorm, Support, Coefficients, gradient, parameters.Lambda, parameters.NonNegative, steps, stop);
}
