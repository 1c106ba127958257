using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Spark: the smallest number of atoms that are linearly dependent (Donoho and Elad 2003); every K-sparse code is the only one of its
/// signal exactly when 2K &lt; spark. Finding it is NP-hard: small sets are searched through, larger ones are bounded by
/// 1 + 1/μ ≤ spark ≤ rank + 1.
/// </summary>
internal sealed class Spark
{
    /// <summary>What spark is when no set of atoms is dependent (N = rank).</summary>
    public const int Infinite = int.MaxValue;

    private Spark(int lower, int upper, int[] dependent, int searched, double margin)
    {
        Lower = lower;
        Upper = upper;
        Dependent = dependent;
        Searched = searched;
        Margin = margin;
    }

    /// <summary>Certified lower bound.</summary>
    public int Lower { get; }

    /// <summary>Upper bound: a dependent set that was found, or rank + 1.</summary>
    public int Upper { get; }

    /// <summary>Whether the bounds meet.</summary>
    public bool IsExact => Lower == Upper;

    /// <summary>The dependent set that the search found; empty when it found none.</summary>
    public int[] Dependent { get; }

    /// <summary>All sets up to this size were searched.</summary>
    public int Searched { get; }

    /// <summary>The smallest distance of a unit atom to the span of the others in the sets searched: how far the answer is from the tolerance.</summary>
    public double Margin { get; }

    /// <summary>Bounds the spark of unit atoms [N, M].</summary>
    /// <param name="unit">Atoms of norm 1 (or 0) as rows.</param>
    /// <param name="coherence">μ of the atoms, or null where it is not known in full.</param>
    /// <param name="budget">Most multiply-adds of the search; the sizes whose cost exceeds it are not begun.</param>
    /// <param name="tolerance">Distance of a unit atom to a span below which it counts as inside; 1e-6 suits atoms stored in float32.</param>
    public static Spark Compute(Matrix64 unit, double? coherence, double budget, double tolerance = 1e-6)
    {
        int n = unit.Rows;
        for (int i = 0; i < n; i++)
        {
            if (TensorPrimitives.Norm<double>(unit.Row(i)) <= tolerance)
            {
                return new Spark(1, 1, [i], 1, 0);
            }
        }

        // A rank by QR when it is affordable; the shape alone gives M + 1.
        bool measured = (double)n * unit.Columns * Math.Min(n, unit.Columns) <= 4 * budget;
        int rank = measured ? PivotedQr.Compute(unit, tolerance).Rank : Math.Min(n, unit.Columns);
        if (measured && rank == n)
        {
            return new Spark(Infinite, Infinite, [], 0, double.NaN);
        }

        int upper = rank < n ? rank + 1 : Infinite;
        int lower = 2;
        if (coherence is { } mu)
        {
            // The 1e-9 forgives rounding of μ itself where 1/μ is a whole number.
            lower = mu <= 0 ? upper : (int)Math.Min(upper, Math.Ceiling(1 + (1 / mu) - 1e-9));
        }

        int searched = 1;
        double margin = double.PositiveInfinity, spent = 0;
        var search = new Search(unit, tolerance);
        for (int size = Math.Max(2, lower); size < upper && size <= n; size++)
        {
            for (int k = 2; k <= size; k++)
            {
                spent += Combinations.Count(n, k) * 4 * unit.Columns;
            }

            if (!(spent <= budget))
            {
                break;
            }

            int[]? found = search.Run(size);
            margin = Math.Min(margin, search.Margin);
            searched = size;
            if (found is not null)
            {
                return new Spark(size, size, found, size, search.Margin);
            }

            lower = size + 1;
        }

        return new Spark(Math.Min(lower, upper), upper, [], searched, margin);
    }

    // Depth-first over subsets; each level holds what is left of the later atoms after projecting out the chosen ones.
    private sealed class Search(Matrix64 unit, double tolerance)
    {
        private readonly List<double[]> _levels = [unit.Values];
        private readonly Stack<int> _chosen = new();
        private int[]? _found;

        public double Margin { get; private set; } = double.PositiveInfinity;

        public int[]? Run(int size)
        {
            while (_levels.Count < size)
            {
                _levels.Add(new double[unit.Values.Length]);
            }

            _found = null;
            _chosen.Clear();
            Visit(0, 0, size);
            return _found;
        }

        private void Visit(int depth, int start, int size)
        {
            int m = unit.Columns;
            double[] left = _levels[depth];
            for (int i = start; i <= unit.Rows - (size - depth) && _found is null; i++)
            {
                ReadOnlySpan<double> residual = left.AsSpan(i * m, m);
                double norm = TensorPrimitives.Norm(residual);
                Margin = Math.Min(Margin, norm);
                if (norm <= tolerance)
                {
                    _found = [.. _chosen.Reverse(), i];
                    return;
                }

                if (depth + 1 == size)
                {
                    continue;
                }

                double[] next = _levels[depth + 1];
                for (int j = i + 1; j < unit.Rows; j++)
                {
                    ReadOnlySpan<double> other = left.AsSpan(j * m, m);
                    TensorPrimitives.MultiplyAdd(residual, -TensorPrimitives.Dot(residual, other) / (norm * norm), other, next.AsSpan(j * m, m));
                }

                _chosen.Push(i);
                Visit(depth + 1, i + 1, size);
                _chosen.Pop();
            }
        }
    }
}
