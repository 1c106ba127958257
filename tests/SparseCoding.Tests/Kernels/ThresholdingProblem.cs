using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The thresholding pursuits by name.</summary>
public enum ThresholdingMethod
{
    Iht,
    Niht,
    Htp,
    Cosamp,
    Subspace,
}

/// <summary>Runs a thresholding pursuit on a problem, and what the tests compare with.</summary>
internal static class Thresholding
{
    public static ThresholdingMethod[] All { get; } = Enum.GetValues<ThresholdingMethod>();

    /// <summary>Whether the code is the least-squares code of its support.</summary>
    public static bool SolvesSupport(ThresholdingMethod method) => method is ThresholdingMethod.Htp or ThresholdingMethod.Cosamp or ThresholdingMethod.Subspace;

    public static (double[] Code, PursuitOutcome Outcome) Run<T>(
        LassoProblem problem, ThresholdingMethod method, int active, bool nonNegative = false, double errorBound = 0, int iterations = 5000, double[]? warm = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        DenseGram<T> gram = problem.Gram<T>();
        ThresholdingCore<T> core = method switch
        {
            ThresholdingMethod.Iht or ThresholdingMethod.Niht => new IhtCore<T>(problem.AtomCount, active),
            ThresholdingMethod.Htp => new HtpCore<T>(problem.AtomCount, active),
            _ => new MergedPursuitCore<T>(problem.AtomCount, active, method == ThresholdingMethod.Subspace),
        };
        var parameters = new ThresholdingParameters
        {
            MaxActive = active,
            MaxIterations = iterations,
            NonNegative = nonNegative,
            SquaredErrorBound = errorBound,
            Tolerance = typeof(T) == typeof(float) ? 1e-6 : 1e-12,
            Normalized = method == ThresholdingMethod.Niht,
            SpectralBound = method == ThresholdingMethod.Iht ? SpectralBound.Compute(new NormalizedGram<T>(gram)) : 1,
            MaxCandidates = problem.Signal.Length,
        };
        int[] atoms = warm is null ? [] : [.. Enumerable.Range(0, warm.Length).Where(i => warm[i] != 0)];
        PursuitOutcome outcome = core.Solve(gram, problem.Correlations<T>(), problem.SquaredNorm, parameters, atoms, [.. atoms.Select(i => T.CreateTruncating(warm![i]))]);
        Assert.That(core.Support.Length, Is.EqualTo(outcome.ActiveCount).And.AtMost(active));
        return (problem.Dense(core.Support, core.Coefficients), outcome);
    }

    /// <summary>The smallest squared error of any support of that many atoms, by trying all: signed by normal equations, non-negative over all subsets too.</summary>
    public static double BestError(LassoProblem problem, int active, bool nonNegative)
    {
        double best = problem.SquaredNorm;
        var solver = new double[active];
        foreach (int[] support in Supports(problem.AtomCount, active))
        {
            if (Solve(problem, support, solver) && (!nonNegative || solver.Take(support.Length).All(v => v >= 0)))
            {
                var code = new double[problem.AtomCount];
                for (int i = 0; i < support.Length; i++)
                {
                    code[support[i]] = solver[i];
                }

                best = Math.Min(best, 2 * problem.Objective(code, 0));
            }
        }

        return best;
    }

    /// <summary>Least squares on a support by Gaussian elimination, with none of the library's code; false where it is singular.</summary>
    public static bool Solve(LassoProblem problem, int[] support, double[] solution)
    {
        int n = support.Length;
        var matrix = new double[n, n + 1];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                matrix[i, j] = LassoProblem.Dot(problem.Atoms[support[i]], problem.Atoms[support[j]]);
            }

            matrix[i, n] = LassoProblem.Dot(problem.Atoms[support[i]], problem.Signal);
        }

        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(matrix[i, k]));
            if (Math.Abs(matrix[pivot, k]) < 1e-9)
            {
                return false;
            }

            for (int j = k; j <= n; j++)
            {
                (matrix[k, j], matrix[pivot, j]) = (matrix[pivot, j], matrix[k, j]);
            }

            for (int i = 0; i < n; i++)
            {
                double factor = i == k ? 0 : matrix[i, k] / matrix[k, k];
                for (int j = k; j <= n; j++)
                {
                    matrix[i, j] -= factor * matrix[k, j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            solution[i] = matrix[i, n] / matrix[i, i];
        }

        return true;
    }

    /// <summary>All sets of 1 to <paramref name="most"/> of <paramref name="count"/> atoms.</summary>
    public static IEnumerable<int[]> Supports(int count, int most)
    {
        var current = new List<int>();
        IEnumerable<int[]> From(int first)
        {
            for (int i = first; i < count; i++)
            {
                current.Add(i);
                yield return [.. current];
                if (current.Count < most)
                {
                    foreach (int[] more in From(i + 1))
                    {
                        yield return more;
                    }
                }

                current.RemoveAt(current.Count - 1);
            }
        }

        return From(0);
    }
}
