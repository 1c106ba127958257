using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>
/// FISTA for the Lasso (and elastic net) of one signal in Gram form, with the restart of each signal when its own momentum points uphill, and the duality gap as stop.
/// </summary>
/// <remarks>
/// z⁺ = S_{λ/L}(v + (c0 − (G + β)v)/L); t⁺ = (1 + √(1 + 4t²))/2; v⁺ = z⁺ + ((t − 1)/t⁺)(z⁺ − z). Restart (t = 1, v⁺ = z⁺) when (v − z⁺)·(z⁺ − z) > 0.
/// Sources: Beck and Teboulle 2009; O'Donoghue and Candès 2015. Because G z⁺ is kept and G v follows from it linearly, a step costs one product with
/// the nonzeros of z⁺: 2 nnz · atoms. The same numbers show when L was too small ((z⁺ − v)ᵀG(z⁺ − v) > L‖z⁺ − v‖²); the step is then taken again
/// with 1.5 L, so that a low estimate of L cannot diverge. One core per thread; nothing is allocated per signal.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class FistaCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly double Epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    private readonly int[] _support;
    private readonly T[] _coefficients;
    private readonly T[] _gradient;
    private readonly T[] _point;
    private readonly T[] _pointImage;
    private readonly T[] _scratch;
    private T[] _code;
    private T[] _codeImage;
    private T[] _next;
    private T[] _nextImage;
    private int _supportCount;

    /// <summary>Working memory for signals over <paramref name="atomCount"/> atoms.</summary>
    public FistaCore(int atomCount)
    {
        _support = new int[atomCount];
        _coefficients = new T[atomCount];
        _gradient = new T[atomCount];
        _point = new T[atomCount];
        _pointImage = new T[atomCount];
        _scratch = new T[atomCount];
        _code = new T[atomCount];
        _codeImage = new T[atomCount];
        _next = new T[atomCount];
        _nextImage = new T[atomCount];
    }

    /// <summary>Atoms of the last code with a nonzero coefficient, in order of index. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    /// <summary>Solves one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="spectralBound">L, at least about the largest eigenvalue of G (<see cref="SpectralBound"/>); β is added here.</param>
    /// <param name="parameters">λ, sign, ridge and stops.</param>
    /// <param name="warmSupport">Atoms of a code to start from, each once.</param>
    /// <param name="warmCoefficients">Their coefficients.</param>
    public LassoOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, double spectralBound, in LassoParameters parameters,
        ReadOnlySpan<int> warmSupport = default, ReadOnlySpan<T> warmCoefficients = default)
    {
        Debug.Assert(correlations.Length == _gradient.Length && gram.AtomCount == _gradient.Length, "Sizes must be those of the constructor.");
        Debug.Assert(spectralBound > 0, "The step is 1/L.");
        bool nonNegative = parameters.NonNegative;
        double lambda = parameters.Lambda, start = double.CreateTruncating(GramSweep<T>.Largest(correlations, nonNegative));
        if (!(start > 0) || start <= lambda)
        {
            _supportCount = 0;
            return LassoCheck<T>.Outcome(
                correlations, squaredNorm, default, default, correlations, lambda, nonNegative, 0, start > 0 ? SolverStop.Penalty : SolverStop.ZeroCode);
        }

        _code.AsSpan().Clear();
        for (int i = 0; i < warmSupport.Length; i++)
        {
            _code[warmSupport[i]] = nonNegative ? T.Max(T.Zero, warmCoefficients[i]) : warmCoefficients[i];
        }

        Collect(_code);
        Image(gram, parameters.Ridge, _code, _codeImage);
        LassoOutcome outcome = Check(correlations, squaredNorm, parameters, _codeImage, 0, SolverStop.MaxIterations);
        double target = parameters.GapTolerance * 0.5 * squaredNorm, constant = spectralBound + parameters.Ridge, momentum = 1;
        if (outcome.Gap <= target)
        {
            return outcome with { Stop = SolverStop.Converged };
        }

        _code.CopyTo(_point, 0);
        _codeImage.CopyTo(_pointImage, 0);
        for (int step = 1; step <= parameters.MaxIterations; step++)
        {
            while (true)
            {
                Shrink(correlations, T.CreateTruncating(1 / constant), T.CreateTruncating(lambda / constant), nonNegative);
                Collect(_next);
                Image(gram, parameters.Ridge, _next, _nextImage);
                if (BoundHolds(constant))
                {
                    break;
                }

                constant *= 1.5;
            }

            outcome = Check(correlations, squaredNorm, parameters, _nextImage, step, SolverStop.MaxIterations);
            if (outcome.Gap <= target || outcome.Violation <= 2 * Epsilon * start)
            {
                outcome = outcome with { Stop = SolverStop.Converged };
                break;
            }

            Extrapolate(ref momentum);
            (_code, _next) = (_next, _code);
            (_codeImage, _nextImage) = (_nextImage, _codeImage);
        }

        return outcome;
    }

    /// <summary>z⁺ = S_threshold(v + step (c0 − image of v)), into <c>_next</c>.</summary>
    private void Shrink(ReadOnlySpan<T> correlations, T step, T threshold, bool nonNegative)
    {
        int length = _next.Length, i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Vector<T> steps = new(step), thresholds = new(threshold);
            for (; i + Vector<T>.Count <= length; i += Vector<T>.Count)
            {
                Vector<T> difference = new Vector<T>(correlations[i..]) - new Vector<T>(_pointImage, i);
                Vector<T> value = GramSweep<T>.MultiplyAdd(steps, difference, new Vector<T>(_point, i));
                Vector<T> result = Vector.Max(value - thresholds, Vector<T>.Zero);
                if (!nonNegative)
                {
                    result += Vector.Min(value + thresholds, Vector<T>.Zero);
                }

                result.CopyTo(_next, i);
            }
        }

        for (; i < length; i++)
        {
            T value = _point[i] + (step * (correlations[i] - _pointImage[i]));
            T result = T.Max(value - threshold, T.Zero);
            _next[i] = nonNegative ? result : result + T.Min(value + threshold, T.Zero);
        }
    }

    /// <summary>Whether (z⁺ − v)·(G + β)(z⁺ − v) &lt;= L‖z⁺ − v‖², up to rounding.</summary>
    private bool BoundHolds(double constant)
    {
        TensorPrimitives.Subtract(_next, _point, _scratch);
        TensorPrimitives.Subtract(_nextImage, _pointImage, _gradient);
        double curvature = double.CreateTruncating(TensorPrimitives.Dot<T>(_scratch, _gradient));
        double length = double.CreateTruncating(TensorPrimitives.Dot<T>(_scratch, _scratch));
        double scale = double.CreateTruncating(TensorPrimitives.Norm<T>(_nextImage)) * Math.Sqrt(length);
        return !(curvature > (constant * length * (1 + 1e-6)) + (64 * Epsilon * scale));
    }

    /// <summary>v⁺ and its image; restarts where the gradient step and the movement point against each other.</summary>
    private void Extrapolate(ref double momentum)
    {
        // _scratch holds z⁺ − v.
        TensorPrimitives.Subtract(_next, _code, _gradient);
        bool uphill = TensorPrimitives.Dot<T>(_scratch, _gradient) < T.Zero;
        double old = momentum;
        momentum = uphill ? 1 : (1 + Math.Sqrt(1 + (4 * old * old))) / 2;
        T weight = uphill ? T.Zero : T.CreateTruncating((old - 1) / momentum);
        TensorPrimitives.MultiplyAdd(_gradient, weight, _next, _point);
        TensorPrimitives.Subtract(_nextImage, _codeImage, _gradient);
        TensorPrimitives.MultiplyAdd(_gradient, weight, _nextImage, _pointImage);
    }

    private void Collect(T[] code)
    {
        // NaN counts as nonzero, so that it shows in the result instead of vanishing.
        _supportCount = 0;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] != T.Zero)
            {
                _support[_supportCount] = i;
                _coefficients[_supportCount++] = code[i];
            }
        }
    }

    /// <summary>image = (G + β) code, from the collected support.</summary>
    private void Image(GramRows<T> gram, double ridge, T[] code, T[] image)
    {
        image.AsSpan().Clear();
        GramSweep<T>.AddRows(gram, Support, Coefficients, image);
        if (ridge > 0)
        {
            TensorPrimitives.MultiplyAdd(code, T.CreateTruncating(ridge), image, image);
        }
    }

    private LassoOutcome Check(ReadOnlySpan<T> correlations, double squaredNorm, in LassoParameters parameters, T[] image, int steps, SolverStop stop)
    {
        TensorPrimitives.Subtract(correlations, image, _gradient);
        return LassoCheck<T>.Outcome(
            correlations, squaredNorm, Support, Coefficients, _gradient, parameters.Lambda, parameters.NonNegative, steps, stop, parameters.Ridge);
    }
}
