using System.Numerics;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>
/// The Lasso homotopy as a textbook writes it, and as several libraries have it: one atom joins or one leaves at a time, the next join is the smallest positive ratio, everything in one
/// type of number, no check at the end. Kept as the thing that fails.
/// </summary>
internal sealed class NaiveHomotopy
{
    /// <summary>Without drops it is plain least-angle regression.</summary>
    public bool Drops { get; init; } = true;

    /// <summary>Only positive correlations join.</summary>
    public bool Positive { get; init; }

    /// <summary>An atom that depends on the active ones at its join is never looked at again.</summary>
    public bool DropsDependentForGood { get; init; }

    /// <summary>Absolute slack of the test "λ is reached", as libraries have 1.19e-7.</summary>
    public double Slack { get; init; }

    /// <summary>The code; null if the direction was not finite or the path had no end.</summary>
    public double[]? Solve<T>(LassoProblem problem, double lambda)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = problem.AtomCount;
        var gram = problem.Gram<T>();
        T[] c = problem.Correlations<T>();
        var z = new T[n];
        var rejected = new bool[n];
        var active = new List<int>();
        int next = Enumerable.Range(0, n).MaxBy(j => Positive ? c[j] : T.Abs(c[j]));
        T level = Positive ? c[next] : T.Abs(c[next]), end = T.CreateTruncating(lambda);
        for (int segment = 0; segment < (8 * n) + 64; segment++)
        {
            if (double.CreateTruncating(level) <= lambda + Slack)
            {
                return Array.ConvertAll(z, double.CreateTruncating);
            }

            if (next >= 0)
            {
                active.Add(next);
            }

            T[] signs = [.. active.Select(j => T.CopySign(T.One, c[j]))];
            T[]? u = Solve(gram, active, signs);
            if (u is null && DropsDependentForGood && next >= 0)
            {
                active.RemoveAt(active.Count - 1);
                rejected[next] = true;
                signs = signs[..^1];
                u = Solve(gram, active, signs);
            }

            if (u is null)
            {
                return null;
            }

            var a = new T[n];
            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < active.Count; i++)
                {
                    a[j] += gram.Row(active[i])[j] * u[i];
                }
            }

            T step = level - end;
            (next, int leaves) = (-1, -1);
            bool last = true;
            for (int j = 0; j < n; j++)
            {
                if (active.Contains(j) || rejected[j])
                {
                    continue;
                }

                T up = (level - c[j]) / (T.One - a[j]), down = (level + c[j]) / (T.One + a[j]);
                foreach (T candidate in Positive ? [up] : new[] { up, down })
                {
                    if (candidate > T.Zero && candidate < step)
                    {
                        (step, next, last) = (candidate, j, false);
                    }
                }
            }

            for (int i = 0; Drops && i < active.Count; i++)
            {
                T candidate = -z[active[i]] / u[i];
                if (candidate > T.Zero && candidate < step)
                {
                    (step, next, leaves, last) = (candidate, -1, i, false);
                }
            }

            for (int i = 0; i < active.Count; i++)
            {
                z[active[i]] += step * u[i];
            }

            for (int j = 0; j < n; j++)
            {
                c[j] -= step * a[j];
            }

            level -= step;
            if (last)
            {
                return Array.ConvertAll(z, double.CreateTruncating);
            }

            if (leaves >= 0)
            {
                active.RemoveAt(leaves);
                if (active.Count == 0)
                {
                    return null;
                }
            }
        }

        return null;
    }

    /// <summary>Whether a code is an answer: finite, and optimal to <paramref name="tolerance"/> of the largest correlation.</summary>
    public static bool IsRight(LassoProblem problem, double[]? code, double lambda, double tolerance, bool nonNegative = false) =>
        code is not null && code.All(double.IsFinite) && problem.Violation(code, lambda, nonNegative) < tolerance;

    /// <summary>(G_II)⁻¹ s by Cholesky in T; null where a pivot is not above the unit of T.</summary>
    private static T[]? Solve<T>(SparseCoding.Kernels.DenseGram<T> gram, List<int> active, T[] signs)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int k = active.Count;
        var l = new T[k, k];
        T unit = T.BitIncrement(T.One) - T.One;
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                T sum = gram.Row(active[i])[active[j]];
                for (int m = 0; m < j; m++)
                {
                    sum -= l[i, m] * l[j, m];
                }

                if (i == j && !(sum > unit))
                {
                    return null;
                }

                l[i, j] = i == j ? T.Sqrt(sum) : sum / l[j, j];
            }
        }

        T[] u = [.. signs];
        for (int i = 0; i < k; i++)
        {
            for (int m = 0; m < i; m++)
            {
                u[i] -= l[i, m] * u[m];
            }

            u[i] /= l[i, i];
        }

        for (int i = k - 1; i >= 0; i--)
        {
            for (int m = i + 1; m < k; m++)
            {
                u[i] -= l[m, i] * u[m];
            }

            u[i] /= l[i, i];
        }

        return u;
    }
}
