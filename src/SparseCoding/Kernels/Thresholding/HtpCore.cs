using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Hard thresholding pursuit of one signal: S = the K largest of w + μ Dᵀr, then least squares on S, until S stays (Foucart 2011).
/// </summary>
/// <remarks>
/// A full step may go round in a cycle where atoms are coherent. Here a support is taken only if it lowers the error; otherwise μ is halved, and below 1/L a
/// new support always does. So supports never come back, and the number of iterations is finite for any input.
/// Cost per iteration 2 N K for the gradient, a selection of N and K³/3.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class HtpCore<T> : ThresholdingCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Most halvings of the step of one iteration.</summary>
    public const int MaxHalvings = 30;

    private readonly SupportLeastSquares<T> _solver;

    /// <summary>Working memory for codes of up to <paramref name="maxActive"/> of <paramref name="atomCount"/> atoms.</summary>
    public HtpCore(int atomCount, int maxActive)
        : base(atomCount, maxActive, maxActive)
    {
        _solver = new SupportLeastSquares<T>(MaxActive);
    }

    /// <inheritdoc/>
    protected override SolverStop Run(in ThresholdingParameters parameters, int budget, ref int iterations)
    {
        if (Count > 0)
        {
            Atoms.AsSpan(0, Count).CopyTo(NextAtoms);
            NextCount = Count;
            Accept(SolveNext(parameters.NonNegative));
        }

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
            double step = parameters.Step;
            bool better = false;
            for (int halving = 0; halving <= MaxHalvings && !better; halving++)
            {
                Threshold(step, budget, parameters.NonNegative);
                if (IsSameSupport())
                {
                    // A shorter step that changes nothing says only that the full one, which did, led nowhere better.
                    return Count == 0 ? SolverStop.ZeroCode : halving == 0 ? SolverStop.Converged : SolverStop.NoImprovement;
                }

                double error = SolveNext(parameters.NonNegative);
                better = LowersError();
                if (better)
                {
                    Accept(error);
                }

                step *= 0.5;
            }

            if (!better)
            {
                return SolverStop.NoImprovement;
            }

            iterations++;
        }
    }

    /// <summary>Least squares on the atoms of the next code; its squared error.</summary>
    private double SolveNext(bool nonNegative)
    {
        _solver.Solve(Gram, Initial, NextAtoms.AsSpan(0, NextCount), nonNegative, NextValues);
        DropZerosOfNext();
        return ErrorOf(NextAtoms.AsSpan(0, NextCount), NextValues);
    }
}
