using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Numerics;

/// <summary>
/// The core of an assignment problem (after Volgenant, Computers and Operations Research 23, 1996): of each row only the entries whose reduced cost c_ij − v_j is not above a limit of that row,
/// a few dozen of thousands, kept as lists. Dijkstra's search runs on the lists and stays exact: an entry that is left out lies farther than limit − shift, so that as soon as the search reaches that
/// distance the row is looked at whole again and its list grows. Prices only fall, and so c_ij − v_j only rises and a list never misses an entry below its limit.
/// </summary>
internal sealed class AssignmentCore
{
    private readonly int _columnCount;
    private readonly double[] _prices;
    private readonly int[] _column;
    private readonly int[] _row;
    private readonly long[] _sources;
    private readonly double _width;
    private readonly long _capacity;

    // Entries of row i: places _starts[i] .. _starts[i] + _counts[i] − 1 of both lists.
    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly double[] _limits;
    private readonly int[] _found;
    private int[] _columns;
    private double[] _costs;
    private int _used;

    // One search: columns reached have _stamps = 2·search, those passed 2·search + 1.
    private readonly int[] _stamps;
    private readonly double[] _distances;
    private readonly int[] _passed;
    private readonly double[] _levels;
    private readonly int[] _treeRows;
    private readonly double[] _treeShifts;
    private double[] _heapKeys = new double[256];
    private int[] _heapColumns = new int[256];
    private int _heapCount;
    private int _search;

    /// <summary>Empty lists over the state of a solver, which is read and changed in place.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="prices">v, [columns].</param>
    /// <param name="column">Column of each row, −1 where there is none, [rows].</param>
    /// <param name="row">Row of each column, −1 where there is none, [columns].</param>
    /// <param name="sources">Row from which a column was reached, [columns].</param>
    /// <param name="width">How far a list reaches above the least reduced cost of its row; finite and above 0.</param>
    /// <param name="capacity">The most entries in all.</param>
    public AssignmentCore(int rows, double[] prices, int[] column, int[] row, long[] sources, double width, int capacity)
    {
        Debug.Assert(width > 0 && double.IsFinite(width));
        (_columnCount, _prices, _column, _row, _sources, _width, _capacity) = (prices.Length, prices, column, row, sources, width, capacity);
        _starts = new int[rows];
        _counts = new int[rows];
        _limits = new double[rows];
        _treeRows = new int[rows + 1];
        _treeShifts = new double[rows + 1];
        _passed = new int[rows + 1];
        _levels = new double[rows + 1];
        _found = new int[_columnCount];
        _stamps = new int[_columnCount];
        _distances = new double[_columnCount];
        int start = (int)Math.Min(_capacity, 32L * rows);
        _columns = new int[start];
        _costs = new double[start];
    }

    /// <summary>Passes over whole rows.</summary>
    public long Scans { get; private set; }

    /// <summary>Makes the list of a row: all entries with a reduced cost of at most <paramref name="limit"/>. False, and the list stays, where the lists would hold more than their capacity.</summary>
    public bool Collect<T>(ReadOnlySpan<T> costs, bool negate, int row, double limit)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Scans++;
        int count = AssignmentScan.AtMost(costs, negate, _prices, limit, _found);
        if ((long)_used + count > _capacity)
        {
            return false;
        }

        if (_used + count > _columns.Length)
        {
            int room = (int)Math.Min(_capacity, Math.Max(_used + count, 2L * _columns.Length));
            Array.Resize(ref _columns, room);
            Array.Resize(ref _costs, room);
        }

        for (int k = 0; k < count; k++)
        {
            _columns[_used + k] = _found[k];
            _costs[_used + k] = AssignmentScan.Cost(costs[_found[k]], negate);
        }

        (_starts[row], _counts[row], _limits[row]) = (_used, count, limit);
        _used += count;
        return true;
    }

    /// <summary>
    /// The search of <see cref="ShortestPathAssignment{T, TRows}"/> from a free row to the nearest unmatched column, on the lists; the prices of the columns passed fall. −1, and nothing has changed,
    /// where the lists are full.
    /// </summary>
    public int Search<T, TRows>(TRows cost, bool negate, int start, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        cancellation.ThrowIfCancellationRequested();
        if (++_search >= int.MaxValue / 2)
        {
            _stamps.AsSpan().Clear();
            _search = 1;
        }

        _heapCount = 0;
        int tree = 0, passed = 0;
        double shift = 0, level = double.NegativeInfinity, bound = double.PositiveInfinity;
        int i = start;
        while (true)
        {
            (_treeRows[tree], _treeShifts[tree]) = (i, shift);
            tree++;
            bound = Math.Min(bound, _limits[i] - shift);
            Relax(i, shift);
            int nearest;
            while (true)
            {
                nearest = Nearest();
                double least = nearest < 0 ? double.PositiveInfinity : _distances[nearest];
                if (least <= bound)
                {
                    level = Math.Max(level, least);
                    break;
                }

                cancellation.ThrowIfCancellationRequested();
                if (!Grow<T, TRows>(cost, negate, tree, least, ref bound))
                {
                    return -1;
                }
            }

            if (_row[nearest] < 0)
            {
                for (int k = 0; k < passed; k++)
                {
                    _prices[_passed[k]] += _levels[k] - level;
                }

                return nearest;
            }

            Pop();
            _stamps[nearest] = (2 * _search) + 1;
            _passed[passed] = nearest;
            _levels[passed++] = level;
            i = _row[nearest];
            shift = AssignmentScan.Cost(cost.Row(i)[nearest], negate) - _prices[nearest] - level;
        }
    }

    /// <summary>Looks again at the rows of the tree whose left-out entries might be nearer than <paramref name="least"/>.</summary>
    private bool Grow<T, TRows>(TRows cost, bool negate, int tree, double least, ref double bound)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        // Without any column in reach the nearest of the bounds says where to look.
        double target = double.IsPositiveInfinity(least) ? bound : least;
        bound = double.PositiveInfinity;
        for (int k = 0; k < tree; k++)
        {
            int i = _treeRows[k];
            double shift = _treeShifts[k], own = _limits[i] - shift;
            if (own < least && own <= target)
            {
                // Far enough that a row is rarely looked at three times; where the width is lost in rounding, the whole row.
                double limit = Math.Max(target + shift, _limits[i]) + (4 * _width);
                if (limit <= _limits[i] || _counts[i] == _columnCount)
                {
                    limit = double.PositiveInfinity;
                }

                if (!Collect(cost.Row(i), negate, i, limit))
                {
                    return false;
                }

                Relax(i, shift);
                own = limit - shift;
            }

            bound = Math.Min(bound, own);
        }

        return true;
    }

    private void Relax(int i, double shift)
    {
        int end = _starts[i] + _counts[i], reached = 2 * _search;
        for (int e = _starts[i]; e < end; e++)
        {
            int j = _columns[e];
            double value = (_costs[e] - _prices[j]) - shift;
            int stamp = _stamps[j];
            if (stamp < reached || (stamp == reached && value < _distances[j]))
            {
                _stamps[j] = reached;
                _distances[j] = value;
                _sources[j] = i;
                Push(value, j);
            }
        }
    }

    /// <summary>The nearest column that is reached and not passed, at the top of the heap; −1 if there is none.</summary>
    private int Nearest()
    {
        while (_heapCount > 0)
        {
            int j = _heapColumns[0];
            if (_stamps[j] == 2 * _search && _heapKeys[0] == _distances[j])
            {
                return j;
            }

            Pop();
        }

        return -1;
    }

    /// <summary>The order of the heap: the distance; of equal ones an unmatched column, which ends the search; then the lower column.</summary>
    private bool Before(double key, int column, double otherKey, int otherColumn)
    {
        if (key != otherKey)
        {
            return key < otherKey;
        }

        bool open = _row[column] < 0, otherOpen = _row[otherColumn] < 0;
        return open != otherOpen ? open : column < otherColumn;
    }

    private void Push(double key, int column)
    {
        if (_heapCount == _heapKeys.Length)
        {
            Array.Resize(ref _heapKeys, 2 * _heapCount);
            Array.Resize(ref _heapColumns, 2 * _heapCount);
        }

        int at = _heapCount++;
        while (at > 0)
        {
            int parent = (at - 1) >> 1;
            if (!Before(key, column, _heapKeys[parent], _heapColumns[parent]))
            {
                break;
            }

            (_heapKeys[at], _heapColumns[at]) = (_heapKeys[parent], _heapColumns[parent]);
            at = parent;
        }

        (_heapKeys[at], _heapColumns[at]) = (key, column);
    }

    private void Pop()
    {
        double key = _heapKeys[--_heapCount];
        int column = _heapColumns[_heapCount], at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _heapCount)
            {
                break;
            }

            if (child + 1 < _heapCount && Before(_heapKeys[child + 1], _heapColumns[child + 1], _heapKeys[child], _heapColumns[child]))
            {
                child++;
            }

            if (!Before(_heapKeys[child], _heapColumns[child], key, column))
            {
                break;
            }

            (_heapKeys[at], _heapColumns[at]) = (_heapKeys[child], _heapColumns[child]);
            at = child;
        }

        (_heapKeys[at], _heapColumns[at]) = (key, column);
    }
}
