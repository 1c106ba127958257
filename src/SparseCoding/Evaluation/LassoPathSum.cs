using SparseCoding.Kernels;

namespace SparseCoding.Evaluations;

/// <summary>
/// The squared error and the number of active atoms of all signals together as exact functions of λ. On a segment of one path ‖r(λ)‖² = α + s λ² with s = −d‖z‖₁/dλ, and the
/// support is constant; so the sum changes its form at the union of all breakpoints only, in order of falling λ.
/// </summary>
internal sealed class LassoPathSum
{
    private readonly List<Event>[] _events;
    private readonly double _floor;

    /// <summary>Room for that many signals; every path ends at the same λ.</summary>
    public LassoPathSum(int rows, double floor)
    {
        _events = new List<Event>[rows];
        _floor = floor;
    }

    /// <summary>Takes the path of one signal; may be called by any thread.</summary>
    public void Add(int row, LarsPath path)
    {
        var events = new List<Event>(path.Lambdas.Count + 1);
        int before = 0;
        double slopeBefore = 0;
        for (int k = 0; k < path.Lambdas.Count; k++)
        {
            double lambda = path.Lambdas[k], slope = 0;
            int at = NonZeros(path, k), after = at;
            if (k + 1 < path.Lambdas.Count && path.Lambdas[k + 1] < lambda)
            {
                slope = (L1(path, k + 1) - L1(path, k)) / (lambda - path.Lambdas[k + 1]);
                after = Union(path, k);
            }

            events.Add(new Event(lambda, slopeBefore, slope, before, at, after));
            before = after;
            slopeBefore = slope;
        }

        _events[row] = events;
    }

    /// <summary>Goes down all breakpoints: λ, the summed error there, the active atoms there and those of the open interval below it.</summary>
    public void Sweep(double squaredNorms, Action<double, double, long, long> visit)
    {
        Event[] all = [.. _events.SelectMany(e => e)];
        Array.Sort(all, (a, b) => b.Lambda.CompareTo(a.Lambda));

        // error(λ) = constant + slope λ².
        double constant = squaredNorms, slope = 0;
        long active = 0;
        for (int first = 0; first < all.Length;)
        {
            int end = first;
            double lambda = all[first].Lambda;
            if (lambda < _floor)
            {
                break;
            }

            long at = active, below = active;
            double nextConstant = constant, nextSlope = slope;
            for (; end < all.Length && all[end].Lambda == lambda; end++)
            {
                at += all[end].At - all[end].Before;
                below += all[end].After - all[end].Before;
                nextSlope += all[end].Slope - all[end].SlopeBefore;
                nextConstant -= (all[end].Slope - all[end].SlopeBefore) * lambda * lambda;
            }

            visit(lambda, Math.Max(0, constant + (slope * lambda * lambda)), at, below);
            (constant, slope, active, first) = (nextConstant, nextSlope, below, end);
        }
    }

    private static int NonZeros(LarsPath path, int k) => path.Coefficients[k].AsSpan().Length - path.Coefficients[k].AsSpan().Count(0.0);

    private static double L1(LarsPath path, int k) => System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes<double>(path.Coefficients[k]);

    /// <summary>Atoms that are active inside the segment below breakpoint k: those with a coefficient at either end.</summary>
    private static int Union(LarsPath path, int k)
    {
        int count = NonZeros(path, k);
        for (int i = 0; i < path.Active[k + 1].Length; i++)
        {
            int place = Array.IndexOf(path.Active[k], path.Active[k + 1][i]);
            count += path.Coefficients[k + 1][i] != 0 && (place < 0 || path.Coefficients[k][place] == 0) ? 1 : 0;
        }

        return count;
    }

    /// <summary>What changes at one breakpoint of one signal: slope of the error in λ² and active atoms, above, at and below it.</summary>
    private readonly record struct Event(double Lambda, double SlopeBefore, double Slope, int Before, int At, int After);
}
