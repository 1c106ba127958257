using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>The best K-sparse code of one signal.</summary>
/// <param name="Support">Active atoms, ascending.</param>
/// <param name="Values">Their values.</param>
/// <param name="SquaredError">‖x − zD‖₂², from the residual itself.</param>
internal readonly record struct OptimalCodeResult(int[] Support, double[] Values, double SquaredError);

/// <summary>
/// min ‖x − zD‖² over ‖z‖₀ ≤ K, z signed or non-negative, by all supports: depth-first with a Cholesky row per level, so that a support
/// costs O(K²) after the correlations. Non-negative: the best code's support P has a positive least-squares solution on P alone, and P is
/// itself visited, so no inner NNLS is needed. A support with a dependent atom is skipped: its span (or, by Carathéodory, its cone) is
/// that of the independent subsets. Ties keep the first in lexicographic order. Not thread-safe.
/// </summary>
internal sealed class OptimalCode
{
    private readonly Matrix64 _atoms;
    private readonly Matrix64 _gram;
    private readonly int _active;
    private readonly bool _nonNegative;
    private readonly double[] _factor;
    private readonly double[] _solved;
    private readonly int[] _chosen;
    private readonly double[] _trial;
    private double[] _correlations = [];
    private int[] _support = [];
    private double[] _values = [];
    private double _best;

    /// <summary>Prepares atoms [N, M] for codes of at most <paramref name="active"/> ≥ 1 active atoms.</summary>
    public OptimalCode(Matrix64 atoms, int active, bool nonNegative)
    {
        _atoms = atoms;
        _gram = atoms.GramOfRows();
        _active = Math.Min(active, atoms.Rows);
        _nonNegative = nonNegative;
        _factor = new double[_active * _active];
        _solved = new double[_active];
        _chosen = new int[_active];
        _trial = new double[_active];
    }

    /// <summary>Operations of one signal: Σ_{k≤K} C(N, k) · 2k².</summary>
    public static double Cost(int atoms, int active)
    {
        double cost = 0;
        for (int k = 1; k <= active; k++)
        {
            cost += Combinations.Count(atoms, k) * ((2.0 * k * k) + 20);
        }

        return cost;
    }

    /// <summary>The optimum of one signal [M] (offset already taken off).</summary>
    public OptimalCodeResult Solve(ReadOnlySpan<double> signal)
    {
        _correlations = _atoms.Multiply(signal);
        _best = TensorPrimitives.SumOfSquares(signal);
        _support = [];
        _values = [];
        Visit(0, 0, _best);

        double[] residual = signal.ToArray();
        for (int i = 0; i < _support.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(_atoms.Row(_support[i]), -_values[i], residual, residual);
        }

        return new OptimalCodeResult(_support, _values, TensorPrimitives.SumOfSquares<double>(residual));
    }

    private void Visit(int depth, int start, double error)
    {
        for (int j = start; j < _atoms.Rows; j++)
        {
            Span<double> row = _factor.AsSpan(depth * _active, depth);
            for (int k = 0; k < depth; k++)
            {
                ReadOnlySpan<double> earlier = _factor.AsSpan(k * _active, k);
                row[k] = (_gram[_chosen[k], j] - Dot(earlier, row)) / _factor[(k * _active) + k];
            }

            double pivot = _gram[j, j] - Dot(row, row);
            if (!(pivot > 1e-12 * _gram[j, j]))
            {
                continue;
            }

            double diagonal = Math.Sqrt(pivot);
            _factor[(depth * _active) + depth] = diagonal;
            _solved[depth] = (_correlations[j] - Dot(row, _solved)) / diagonal;
            _chosen[depth] = j;
            double left = error - (_solved[depth] * _solved[depth]);
            if (left < _best && Accept(depth + 1))
            {
                _best = left;
                _support = _chosen[..(depth + 1)];
                _values = _trial[..(depth + 1)];
            }

            if (depth + 1 < _active)
            {
                Visit(depth + 1, j + 1, left);
            }
        }
    }

    // Back substitution Lᵀ z = y; a non-negative code needs every value above 0 (a zero belongs to a smaller support).
    private bool Accept(int size)
    {
        for (int i = size - 1; i >= 0; i--)
        {
            double value = _solved[i];
            for (int k = i + 1; k < size; k++)
            {
                value -= _factor[(k * _active) + i] * _trial[k];
            }

            _trial[i] = value / _factor[(i * _active) + i];
            if (_nonNegative && !(_trial[i] > 0))
            {
                return false;
            }
        }

        return true;
    }

    // Lengths are below K: a plain loop beats a call.
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
