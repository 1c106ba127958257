using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>The Lasso and the elastic net of one signal by the alternating direction method of multipliers, with the split z = y.</summary>
/// <remarks>
/// z = (G + ρI)⁻¹ (c0 + ρ(y − u)); ẑ = αz + (1 − α)y; y⁺ = S_{λ/ρ}(ẑ + u) / (1 + β/ρ), with max(·, 0) for a non-negative code; u += ẑ − y⁺. y is the code.
/// Residuals, each relative (Wohlberg 2017): ‖z − y‖ / max(‖z‖, ‖y‖) and ‖y⁺ − y‖ / ‖u‖. After 10, 20, 40 ... iterations ρ goes by a power of two near the
/// square root of their ratio, and u by its inverse; because it does so ever more rarely, the method converges as with a fixed ρ. At the solution ρu is
/// c0 − yG = λ sign(y) + βy where y is not zero, which is how a warm start sets it. Source: Boyd, Parikh, Chu, Peleato and Eckstein 2011.
/// One core per thread; a run allocates nothing. The iteration is double for both types, because the solve divides differences by ρ.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class AdmmCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Iterations between two looks at the duality gap.</summary>
    public const int CheckEvery = 5;

    private static readonly double Epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    private readonly AdmmFactors<T> _factors;
    private readonly int[] _support;
    private readonly T[] _coefficients;
    private readonly T[] _gradient;
    private readonly double[] _initial;
    private readonly double[] _smooth;
    private readonly double[] _dual;
    private readonly double[] _scratch;
    private double[] _code;
    private double[] _next;
    private int _supportCount;

    /// <summary>Working memory for signals on the dictionary of the factors.</summary>
    public AdmmCore(AdmmFactors<T> factors)
    {
        _factors = factors;
        int atoms = factors.AtomCount;
        _support = new int[atoms];
        _coefficients = new T[atoms];
        _gradient = new T[atoms];
        _initial = new double[atoms];
        _smooth = new double[atoms];
        _dual = new double[atoms];
        _code = new double[atoms];
        _next = new double[atoms];
        _scratch = new double[factors.Dimension];
    }

    /// <summary>Atoms of the last code with a nonzero coefficient, in order of index. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    /// <summary>Solves one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="parameters">λ, sign, ridge, ρ and stops.</param>
    /// <param name="warmSupport">Atoms of a code to start from, each once.</param>
    /// <param name="warmCoefficients">Their coefficients.</param>
    public LassoOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in AdmmParameters parameters,
        ReadOnlySpan<int> warmSupport = default, ReadOnlySpan<T> warmCoefficients = default)
    {
        Debug.Assert(correlations.Length == _gradient.Length && gram.AtomCount == _gradient.Length, "Sizes must be those of the factors.");
        bool nonNegative = parameters.NonNegative;
        double lambda = parameters.Lambda, start = double.CreateTruncating(GramSweep<T>.Largest(correlations, nonNegative));
        _supportCount = 0;
        if (!(start > 0) || start <= lambda)
        {
            return LassoCheck<T>.Outcome(
                correlations, squaredNorm, default, default, correlations, lambda, nonNegative, 0, start > 0 ? SolverStop.Penalty : SolverStop.ZeroCode);
        }

        int exponent = Math.Clamp(parameters.RhoExponent, -AdmmFactors<T>.ExponentLimit, AdmmFactors<T>.ExponentLimit);
        Start(correlations, warmSupport, warmCoefficients, nonNegative);
        double target = parameters.GapTolerance * 0.5 * squaredNorm;
        LassoOutcome outcome = Check(gram, correlations, squaredNorm, parameters, 0);
        if (warmSupport.Length > 0 && outcome.Gap <= target)
        {
            return outcome with { Stop = SolverStop.Converged };
        }

        StartDual(warmSupport.Length > 0, parameters, _factors.Rho(exponent));
        int nextAdaption = 10;
        for (int step = 1; ; step++)
        {
            (double primal, double dual) = Step(parameters, exponent);
            bool settled = primal <= parameters.ResidualTolerance && dual <= parameters.ResidualTolerance;
            bool last = settled || step >= parameters.MaxIterations;
            if (last || step % CheckEvery == 0)
            {
                outcome = Check(gram, correlations, squaredNorm, parameters, step);
                
                // At λ = 0 there is no gap to speak of; then, and where the gap's own rounding is in the way, the optimality conditions decide.
                bool converged = (target > 0 && (outcome.Gap <= target || outcome.Violation <= 2 * Epsilon * start)) || settled;
                if (converged || last)
                {
                    return outcome with { Stop = converged ? SolverStop.Converged : SolverStop.MaxIterations };
                }
            }

            if (parameters.AdaptiveRho && step == nextAdaption)
            {
                nextAdaption *= 2;
                exponent = Adapt(exponent, primal, dual);
            }
        }
    }

    private void Start(ReadOnlySpan<T> correlations, ReadOnlySpan<int> warmSupport, ReadOnlySpan<T> warmCoefficients, bool nonNegative)
    {
        _code.AsSpan().Clear();
        for (int i = 0; i < correlations.Length; i++)
        {
            _initial[i] = double.CreateTruncating(correlations[i]);
        }

        for (int i = 0; i < warmSupport.Length; i++)
        {
            double value = double.CreateTruncating(warmCoefficients[i]);
            _code[warmSupport[i]] = nonNegative ? Math.Max(0, value) : value;
        }
    }

    /// <summary>u = 0, or the gradient at the warm start, no larger than λ, over ρ.</summary>
    private void StartDual(bool warm, in AdmmParameters parameters, double rho)
    {
        _dual.AsSpan().Clear();
        for (int i = 0; warm && i < _dual.Length; i++)
        {
            double slope = double.CreateTruncating(_gradient[i]) + (parameters.Ridge * _code[i]), bound = parameters.Lambda + Math.Abs(parameters.Ridge * _code[i]);
            _dual[i] = Math.Clamp(slope, -bound, bound) / rho;
        }
    }

    /// <summary>One iteration; both residuals, relative.</summary>
    private (double Primal, double Dual) Step(in AdmmParameters parameters, int exponent)
    {
        double rho = _factors.Rho(exponent), threshold = parameters.Lambda / rho, shrink = 1 / (1 + (parameters.Ridge / rho)), alpha = parameters.Relaxation;
        for (int i = 0; i < _smooth.Length; i++)
        {
            _smooth[i] = _initial[i] + (rho * (_code[i] - _dual[i]));
        }

        _factors.Solve(exponent, _smooth, _scratch);
        double primal = 0, dual = 0, smoothSize = 0, codeSize = 0, dualSize = 0;
        for (int i = 0; i < _smooth.Length; i++)
        {
            double smooth = _smooth[i], old = _code[i], relaxed = (alpha * smooth) + ((1 - alpha) * old), point = relaxed + _dual[i];
            double size = (parameters.NonNegative ? point : Math.Abs(point)) - threshold, code = size > 0 ? Math.CopySign(size * shrink, point) : 0;
            _next[i] = code;
            _dual[i] = point - code;
            primal += (smooth - code) * (smooth - code);
            dual += (code - old) * (code - old);
            smoothSize += smooth * smooth;
            codeSize += code * code;
            dualSize += _dual[i] * _dual[i];
        }

        (_code, _next) = (_next, _code);
        double most = Math.Max(smoothSize, codeSize);
        return (most > 0 ? Math.Sqrt(primal / most) : 0, dualSize > 0 ? Math.Sqrt(dual / dualSize) : 0);
    }

    /// <summary>ρ by the power of two nearest to the square root of primal over dual; u keeps ρu.</summary>
    private int Adapt(int exponent, double primal, double dual)
    {
        if (!(primal > 0) || !(dual > 0))
        {
            return exponent;
        }

        int move = (int)Math.Clamp(Math.Round(0.5 * Math.Log2(primal / dual)), -5, 5);
        int next = Math.Clamp(exponent + move, -AdmmFactors<T>.ExponentLimit, AdmmFactors<T>.ExponentLimit);
        if (next != exponent)
        {
            TensorPrimitives.Multiply(_dual, Math.ScaleB(1, exponent - next), _dual);
        }

        return next;
    }

    private LassoOutcome Check(GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in AdmmParameters parameters, int steps)
    {
        _supportCount = 0;
        for (int i = 0; i < _code.Length; i++)
        {
            T value = T.CreateTruncating(_code[i]);
            if (value != T.Zero)
            {
                _support[_supportCount] = i;
                _coefficients[_supportCount++] = value;
            }
        }

        LassoCheck<T>.Gradient(gram, correlations, Support, Coefficients, parameters.Ridge, _gradient);
        return LassoCheck<T>.Outcome(
            correlations, squaredNorm, Support, Coefficients, _gradient, parameters.Lambda, parameters.NonNegative, steps, SolverStop.MaxIterations, parameters.Ridge);
    }
}
