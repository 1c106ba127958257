using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Least squares on a small set of atoms, min ‖x − zD‖² with z zero off the set, signed by one Cholesky factorisation or non-negative by the method of
/// Lawson and Hanson (1974); always in double. An atom that depends on those before it in the set gets 0. Cost k³/3, non-negative at most about 24 k³.
/// </summary>
/// <typeparam name="T">float or double: the type of the Gram.</typeparam>
internal sealed class SupportLeastSquares<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Relative squared distance from the span of the atoms before it below which an atom is dependent: rounding of a Gram of this type, with room.
    private static readonly double PivotTolerance = typeof(T) == typeof(float) ? 1e-5 : 1e-13;

    private static readonly double Noise = 8 * double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    /// <summary>Most atoms of a set: its Gram is one array.</summary>
    public const int MaximumCapacity = 46_340;

    private readonly int _capacity;
    private readonly ActiveSetCholesky _factor;
    private readonly double[] _gram;
    private readonly double[] _rightSide;
    private readonly double[] _column;
    private readonly double[] _solution;
    private readonly int[] _passive;
    private readonly bool[] _skip;
    private int _count;

    /// <summary>Room for sets of up to <paramref name="capacity"/> atoms.</summary>
    public SupportLeastSquares(int capacity)
    {
        Debug.Assert(capacity <= MaximumCapacity, "Larger budgets are refused at the public edge.");
        _capacity = capacity;
        _factor = new ActiveSetCholesky(capacity);
        _gram = new double[checked(capacity * capacity)];
        _rightSide = new double[capacity];
        _column = new double[capacity];
        _solution = new double[capacity];
        _passive = new int[capacity];
        _skip = new bool[capacity];
    }

    /// <summary>Solves on the given atoms, each once, with c0 = D x; coefficients in the order of the atoms, exact zeros where one is not used.</summary>
    public void Solve(GramRows<T> gram, ReadOnlySpan<T> correlations, ReadOnlySpan<int> atoms, bool nonNegative, Span<double> values)
    {
        int size = atoms.Length;
        Debug.Assert(size <= _capacity && values.Length >= size, "The set is larger than the room for it.");
        for (int i = 0; i < size; i++)
        {
            ReadOnlySpan<T> row = gram.Row(atoms[i]);
            Span<double> target = _gram.AsSpan(i * _capacity, size);
            for (int j = 0; j < size; j++)
            {
                target[j] = double.CreateTruncating(row[atoms[j]]);
            }

            _rightSide[i] = double.CreateTruncating(correlations[atoms[i]]);
        }

        values[..size].Clear();
        _factor.Clear();
        _count = 0;
        if (nonNegative)
        {
            SolveNonNegative(size, values);
            return;
        }

        for (int i = 0; i < size; i++)
        {
            TryAppend(i);
        }

        SolvePassive();
        for (int k = 0; k < _count; k++)
        {
            values[_passive[k]] = _solution[k];
        }
    }

    private void SolveNonNegative(int size, Span<double> values)
    {
        double largest = 0;
        for (int i = 0; i < size; i++)
        {
            _skip[i] = false;
            largest = Math.Max(largest, Math.Abs(_rightSide[i]) * InverseNorm(i));
        }

        // Lawson and Hanson's method ends by itself; the bound is for rounding only.
        for (int round = 0; round < 3 * size; round++)
        {
            int best = -1;
            double most = Noise * largest;
            for (int i = 0; i < size; i++)
            {
                if (values[i] == 0 && !_skip[i])
                {
                    double slope = (_rightSide[i] - TensorPrimitives.Dot(_gram.AsSpan(i * _capacity, size), values[..size])) * InverseNorm(i);
                    if (slope > most)
                    {
                        most = slope;
                        best = i;
                    }
                }
            }

            if (best < 0)
            {
                return;
            }

            // An atom that cannot be used now may be so after the others have moved.
            bool taken = TryAppend(best) && StepToFeasible(best, values);
            _skip[best] = !taken;
            if (taken)
            {
                _skip.AsSpan(0, size).Clear();
            }
        }
    }

    /// <summary>Goes from the present values towards the least-squares ones as far as signs allow, takes out what becomes zero, and again. False if the atom that came in went straight out.</summary>
    private bool StepToFeasible(int joined, Span<double> values)
    {
        while (true)
        {
            SolvePassive();
            double fraction = 1;
            int first = -1;
            for (int k = 0; k < _count; k++)
            {
                double from = values[_passive[k]], to = _solution[k];
                if (!(to > 0) && (first < 0 || from / (from - to) < fraction))
                {
                    fraction = from > 0 ? from / (from - to) : 0;
                    first = k;
                }
            }

            for (int k = 0; k < _count; k++)
            {
                int place = _passive[k];
                values[place] = first < 0 ? _solution[k] : Math.Max(0, values[place] + (fraction * (_solution[k] - values[place])));
            }

            if (first < 0)
            {
                return true;
            }

            values[_passive[first]] = 0;
            bool rejected = _passive[first] == joined && fraction == 0;
            for (int k = _count - 1; k >= 0; k--)
            {
                if (values[_passive[k]] == 0 && (k == first || _passive[k] != joined))
                {
                    _factor.Remove(k);
                    Array.Copy(_passive, k + 1, _passive, k, --_count - k);
                }
            }

            if (rejected)
            {
                return false;
            }
        }
    }

    private bool TryAppend(int place)
    {
        double diagonal = _gram[(place * _capacity) + place], least = PivotTolerance * diagonal;
        for (int k = 0; k < _count; k++)
        {
            _column[k] = _gram[(place * _capacity) + _passive[k]];
        }

        if (!(diagonal > 0) || !(_factor.Append(_column.AsSpan(0, _count), diagonal, least) > least))
        {
            return false;
        }

        _passive[_count++] = place;
        return true;
    }

    private void SolvePassive()
    {
        for (int k = 0; k < _count; k++)
        {
            _solution[k] = _rightSide[_passive[k]];
        }

        _factor.Solve(_solution.AsSpan(0, _count));
    }

    private double InverseNorm(int place)
    {
        double squared = _gram[(place * _capacity) + place];
        return squared > 0 ? 1 / Math.Sqrt(squared) : 0;
    }
}
