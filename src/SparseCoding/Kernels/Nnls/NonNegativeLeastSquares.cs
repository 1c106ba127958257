using System.Numerics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The active-set step of Lawson and Hanson (1974) on a Gram: min ½‖x − zD‖², z ≥ 0, one atom at a time; what NNLS and NNOMP are made of.
/// Between calls z is strictly positive on the support and the least-squares code of it.
/// </summary>
/// <remarks>
/// In exact arithmetic each added atom lowers the error, so no support comes twice. In rounded arithmetic that is enforced: what a step dropped may only
/// come back if the step lowered the error, so that the number of steps is finite for any input.
/// The factor, z and the right side are double for every storage type.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class NonNegativeLeastSquares<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // As in OmpCore: rounding of a Gram entry of unit atoms, for an atom and its nearest combination of about the same norm.
    private const double PivotUnits = 32;

    private readonly PursuitWorkspace<T> _workspace;
    private readonly ActiveSetCholesky _factor;
    private readonly int[] _support;
    private readonly double[] _values;
    private readonly double[] _solution;
    private readonly double[] _rightSide;
    private readonly double[] _column;
    private readonly int[] _dropped;
    private GramRows<T>? _gram;
    private double _squaredNorm;
    private int _droppedCount;

    /// <summary>Works on the rows, correlations and masks of a workspace.</summary>
    public NonNegativeLeastSquares(PursuitWorkspace<T> workspace)
    {
        _workspace = workspace;
        int capacity = workspace.MaxRows;
        _factor = new ActiveSetCholesky(capacity);
        _support = new int[capacity];
        _values = new double[capacity];
        _solution = new double[capacity];
        _rightSide = new double[capacity];
        _column = new double[capacity];
        _dropped = new int[2 * capacity];
    }

    /// <summary>Number of active atoms.</summary>
    public int Count { get; private set; }

    /// <summary>Active atoms in the order in which they came.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, Count);

    /// <summary>Their coefficients, all positive.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>‖x − zD‖², never negative.</summary>
    public double Error { get; private set; }

    /// <summary>Starts a signal with z = 0.</summary>
    public void Begin(GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm)
    {
        _workspace.Begin(gram, correlations, squaredNorm);
        _gram = gram;
        _squaredNorm = squaredNorm;
        Error = squaredNorm;
        Count = 0;
        _factor.Clear();
    }

    /// <summary>Starts from a set of atoms: those of them that keep a positive coefficient. Dependent, zero and repeated atoms are passed over.</summary>
    public void Start(ReadOnlySpan<int> atoms)
    {
        foreach (int atom in atoms)
        {
            if (_workspace.Weights[atom] != T.Zero && Count < _workspace.MaxRows && !Append(atom))
            {
                _workspace.Unmask(atom);
            }
        }

        _droppedCount = 0;
        Descend();
        Release();
    }

    /// <summary>
    /// Adds an atom with a positive correlation and solves on the support, exactly: what was dropped on the way returns if it is positive after all.
    /// </summary>
    /// <returns>False where the error cannot fall: the atom depends on the active ones, or its correlation was rounding. It is not selected again for this signal.</returns>
    public bool TryAdd(int atom)
    {
        if (!Append(atom))
        {
            return false;
        }

        double before = Error;
        _droppedCount = 0;
        Descend();
        if (!(Error < before))
        {
            // What was dropped stays masked: one atom less to go round with. If that is the new atom alone, z did not move.
            return _droppedCount != 1 || _dropped[0] != atom;
        }

        while (_droppedCount > 0)
        {
            int back = BestDropped();
            int droppedBefore = _droppedCount;
            before = Error;
            if (back < 0)
            {
                break;
            }

            int again = _dropped[back];
            _dropped[back] = _dropped[--_droppedCount];
            _workspace.Unmask(again);
            if (!Append(again))
            {
                continue;
            }

            Descend();
            if (!(Error < before) || _droppedCount > droppedBefore)
            {
                break;
            }
        }

        Release();
        return true;
    }

    /// <summary>c = D (x − zD) for all atoms, and the atom with the largest positive correlation that is not active; −1 where there is none.</summary>
    public int Refresh() => _workspace.Refresh(Values, nonNegative: true);

    private bool Append(int atom)
    {
        _workspace.Mask(atom);
        ReadOnlySpan<T> row = _workspace.LoadRow(Count, atom);
        Span<double> column = _column.AsSpan(0, Count);
        for (int i = 0; i < Count; i++)
        {
            column[i] = double.CreateTruncating(row[_support[i]]);
        }

        double squared = double.CreateTruncating(_gram!.Diagonal[atom]);
        int before = _factor.Count;
        _factor.Append(column, squared, PivotUnits * double.CreateTruncating(PursuitWorkspace<T>.Epsilon) * squared);
        if (_factor.Count == before)
        {
            return false;
        }

        _support[Count] = atom;
        _values[Count] = 0;
        _rightSide[Count] = _workspace.InitialCorrelation(atom);
        Count++;
        return true;
    }

    /// <summary>From a feasible z to the least-squares code of the largest part of the support on which that is positive.</summary>
    private void Descend()
    {
        while (Count > 0)
        {
            Span<double> values = _values.AsSpan(0, Count);
            Span<double> solution = _solution.AsSpan(0, Count);
            _rightSide.AsSpan(0, Count).CopyTo(solution);
            _factor.Solve(solution);
            double step = 1;
            int blocking = -1;
            for (int i = 0; i < solution.Length; i++)
            {
                if (!(solution[i] > 0))
                {
                    double ratio = values[i] > 0 ? values[i] / (values[i] - solution[i]) : 0;
                    if (blocking < 0 || ratio < step)
                    {
                        step = ratio;
                        blocking = i;
                    }
                }
            }

            if (blocking < 0)
            {
                solution.CopyTo(values);
                break;
            }

            for (int i = 0; i < values.Length; i++)
            {
                values[i] += step * (solution[i] - values[i]);
            }

            values[blocking] = 0;
            for (int i = Count - 1; i >= 0; i--)
            {
                // An atom that came in at zero and wants to grow stays, whatever the length of this step.
                if (!(_values[i] > 0) && !(_solution[i] > 0))
                {
                    Drop(i);
                }
            }
        }

        double explained = 0;
        for (int i = 0; i < Count; i++)
        {
            explained += _rightSide[i] * _values[i];
        }

        // At a least-squares code ‖r‖² = ‖x‖² − c0ᵀz.
        Error = Math.Max(0, _squaredNorm - explained);
    }

    private void Drop(int position)
    {
        if (_droppedCount < _dropped.Length)
        {
            _dropped[_droppedCount++] = _support[position];
        }

        _factor.Remove(position);
        _workspace.RemoveRow(position, Count);
        int behind = Count - position - 1;
        _support.AsSpan(position + 1, behind).CopyTo(_support.AsSpan(position));
        _values.AsSpan(position + 1, behind).CopyTo(_values.AsSpan(position));
        _solution.AsSpan(position + 1, behind).CopyTo(_solution.AsSpan(position));
        _rightSide.AsSpan(position + 1, behind).CopyTo(_rightSide.AsSpan(position));
        Count--;
    }

    /// <summary>Place in the list of dropped atoms of the one with the largest correlation above the noise, −1 where there is none.</summary>
    private int BestDropped()
    {
        int best = -1;
        double most = double.CreateTruncating(PursuitWorkspace<T>.NoiseFloor) / _workspace.Scale;
        for (int i = 0; i < _droppedCount; i++)
        {
            int atom = _dropped[i];
            double correlation = _workspace.InitialCorrelation(atom);
            for (int a = 0; a < Count; a++)
            {
                correlation -= _values[a] * double.CreateTruncating(_workspace.Rows[(a * _workspace.Stride) + atom]);
            }

            double score = correlation / Math.Sqrt(double.CreateTruncating(_gram!.Diagonal[atom]));
            if (score > most)
            {
                most = score;
                best = i;
            }
        }

        return best;
    }

    /// <summary>Lets the dropped atoms be selected again.</summary>
    private void Release()
    {
        for (int i = 0; i < _droppedCount; i++)
        {
            _workspace.Unmask(_dropped[i]);
        }

        _droppedCount = 0;
    }
}
