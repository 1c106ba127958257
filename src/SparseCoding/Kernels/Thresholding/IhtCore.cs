using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Iterative hard thresholding of one signal, w ← H_K(w + μ Dᵀr), with the step 1/L (IHT) or one that the signal gives at each iteration (NIHT).
/// </summary>
/// <remarks>
/// NIHT: μ = ‖g_S‖² / ‖g_S D‖² on the present support; if the support changes, μ is divided by 2 (1 − c) until μ ≤ (1 − c) ‖Δw‖² / ‖ΔwD‖² with c = 0.01, which
/// makes the error fall. Sources: Blumensath and Davies 2009 (IHT), 2010 (NIHT). With 1/L a step whose error rises shows that L was too small; L grows by half.
/// Cost per iteration 2 N K for the gradient and a selection of N.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class IhtCore<T> : ThresholdingCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Most shorter steps that one iteration tries; far more than 1/L needs.</summary>
    public const int MaxShorter = 60;

    private const double Margin = 0.99;
    private readonly int[] _first;
    private readonly double[] _direction;

    /// <summary>Working memory for codes of up to <paramref name="maxActive"/> of <paramref name="atomCount"/> atoms.</summary>
    public IhtCore(int atomCount, int maxActive)
        : base(atomCount, maxActive, maxActive)
    {
        _first = new int[MaxActive];
        _direction = new double[MaxActive];
    }

    /// <inheritdoc/>
    protected override SolverStop Run(in ThresholdingParameters parameters, int budget, ref int iterations)
    {
        double bound = parameters.SpectralBound;
        while (true)
        {
            if (IsSmallEnough(parameters))
            {
                return SolverStop.Residual;
            }

            if (iterations >= parameters.MaxIterations)
            {
                return SolverStop.MaxIterations;
            }

            ComputeGradient();
            double step = parameters.Normalized ? NaturalStep(budget, parameters.NonNegative) : 1 / bound, change = 0, error = Error;
            for (int shorter = 0; shorter <= MaxShorter; shorter++)
            {
                Threshold(step, budget, parameters.NonNegative);
                (change, double image) = Change();
                error = ErrorOf(NextAtoms.AsSpan(0, NextCount), NextValues);
                bool good = parameters.Normalized ? IsSameSupport() || !(step * image > Margin * change) : error <= Error + Slack;
                if (good)
                {
                    break;
                }

                step /= parameters.Normalized ? 2 * Margin : 1.5;
                bound = parameters.Normalized ? bound : bound * 1.5;
            }

            double size = 0;
            for (int i = 0; i < NextCount; i++)
            {
                double value = Scaled(NextAtoms[i], NextValues[i]);
                size += value * value;
            }

            Accept(error);
            iterations++;
            if (change <= parameters.Tolerance * parameters.Tolerance * size)
            {
                return Count == 0 ? SolverStop.ZeroCode : SolverStop.Converged;
            }
        }
    }

    /// <summary>The step that minimises the error along the gradient on the support; 1 where that has no length.</summary>
    private double NaturalStep(int budget, bool nonNegative)
    {
        int count = Count;
        ReadOnlySpan<int> support = Atoms.AsSpan(0, count);
        if (count == 0)
        {
            count = SelectScores(budget, nonNegative, _first);
            support = _first.AsSpan(0, count);
        }

        double length = 0;
        for (int i = 0; i < count; i++)
        {
            double score = double.CreateTruncating(Scores[support[i]]);
            length += score * score;
            _direction[i] = ScoreInCodeUnits(support[i]);
        }

        double image = QuadraticForm(support, _direction.AsSpan(0, count));
        return length > count * Floor * Floor && image > 0 ? length / image : 1;
    }
}
