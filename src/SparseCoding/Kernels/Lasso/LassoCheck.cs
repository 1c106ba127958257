using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>The optimality conditions of the Lasso for a given code: what every solver of this folder ends with.</summary>
internal static class LassoCheck<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>gradient = c0 − G z − βz, [atoms]: the correlations of the residual (of the augmented problem if β is not 0).</summary>
    public static void Gradient(GramRows<T> gram, ReadOnlySpan<T> correlations, ReadOnlySpan<int> support, ReadOnlySpan<T> coefficients, double ridge, Span<T> gradient)
    {
        // Summed from zero and subtracted once: |c0| is large against what is left of it, and float would round every partial sum at that size.
        gradient.Clear();
        GramSweep<T>.AddRows(gram, support, coefficients, gradient);
        System.Numerics.Tensors.TensorPrimitives.Subtract(correlations, gradient, gradient);
        T beta = T.CreateTruncating(ridge);
        for (int i = 0; beta != T.Zero && i < support.Length; i++)
        {
            gradient[support[i]] -= beta * coefficients[i];
        }
    }

    /// <summary>Error, gap and the largest violation of the optimality conditions from a gradient, O(atoms).</summary>
    public static LassoOutcome Outcome(
        ReadOnlySpan<T> correlations, double squaredNorm, ReadOnlySpan<int> support, ReadOnlySpan<T> coefficients, ReadOnlySpan<T> gradient,
        double lambda, bool nonNegative, int iterations, SolverStop stop, double ridge = 0)
    {
        double start = 0, current = 0, l1 = 0, violation = 0, squares = 0;
        for (int i = 0; i < support.Length; i++)
        {
            double value = double.CreateTruncating(coefficients[i]), slope = double.CreateTruncating(gradient[support[i]]);
            start += value * double.CreateTruncating(correlations[support[i]]);
            current += value * slope;
            squares += value * value;
            l1 += Math.Abs(value);
            violation = Math.Max(violation, Math.Abs((Math.Sign(value) * slope) - lambda));
        }

        double largest = double.CreateTruncating(GramSweep<T>.Largest(gradient, nonNegative));
        double gap = DualityGap.Compute(squaredNorm, start, current, l1, largest, lambda);

        // The gradient of the augmented problem counts the ridge as error; ‖x − zD‖² does not.
        double error = Math.Max(0, squaredNorm - start - current - (ridge * squares));
        return new LassoOutcome(iterations, stop, gap, lambda, error, Math.Max(violation, largest - lambda));
    }
}
