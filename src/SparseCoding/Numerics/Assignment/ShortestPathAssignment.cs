using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Numerics;

/// <summary>
/// The shortest augmenting path method of Jonker and Volgenant (Computing 38, 1987) on a [rows, columns] matrix with rows &lt;= columns:
/// column reduction, reduction transfer and augmenting row reduction give prices v and most of the matching, then each row that is still
/// free gets one Dijkstra search over the reduced costs, in large problems on their core (<see cref="AssignmentCore"/>). Invariant after each step: every matched row has its matched column among the
/// smallest of its c_ij − v_j, and every unmatched column of a rectangle has v_j = 0 and every other v_j &lt;= 0.
/// </summary>
/// <typeparam name="T">float or double; prices and distances are float64.</typeparam>
/// <typeparam name="TRows">Where the rows are.</typeparam>
internal ref struct ShortestPathAssignment<T, TRows>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TRows : struct, ICostRows<T>, allows ref struct
{
    // Augmenting row reduction may bid two columns up in tiny steps for very long; beyond this many scans for each row the searches,
    // whose number of scans is bounded, are the better use of time. Measured, see docs/decisions/0006-assignment.md.
    private const int ReductionScansPerRow = 4;
    private const int ReductionRounds = 2;

    // The core pays from some hundred columns and one free row in a hundred on; lists of 16 entries miss too much, lists of 64 cost what they save. Measured, see there.
    private const int CoreColumns = 512;
    private const int CoreFreeShare = 100;
    private const int CoreEntries = 32;
    private const int CoreCapacity = 256;

    private readonly TRows _cost;
    private readonly int _rows;
    private readonly int _columns;
    private readonly bool _negate;
    private readonly CancellationToken _cancellation;
    private readonly double[] _prices;
    private readonly double[] _distances;
    private readonly long[] _sources;
    private readonly int[] _column;
    private readonly int[] _row;
    private readonly int[] _done;
    private readonly double[] _donePrices;
    private readonly double[] _doneLevels;
    private int[] _free;
    private int _freeCount;

    /// <summary>Allocates the working memory, about 48 bytes for each column.</summary>
    public ShortestPathAssignment(TRows cost, int rows, int columns, bool negate, CancellationToken cancellation)
    {
        Debug.Assert(rows >= 2 && rows <= columns);
        _cost = cost;
        _rows = rows;
        _columns = columns;
        _negate = negate;
        _cancellation = cancellation;
        _prices = new double[columns];
        _distances = new double[columns];
        _sources = new long[columns];
        _column = new int[rows];
        _row = new int[columns];
        _done = new int[rows];
        _donePrices = new double[rows];
        _doneLevels = new double[rows];
        _free = new int[rows];
        _column.AsSpan().Fill(-1);
        _row.AsSpan().Fill(-1);
    }

    /// <summary>Column of each row, [rows].</summary>
    public readonly int[] RowToColumn => _column;

    /// <summary>Row of each column, −1 where there is none, [columns].</summary>
    public readonly int[] ColumnToRow => _row;

    /// <summary>Prices v of the columns, [columns].</summary>
    public readonly double[] Prices => _prices;

    /// <summary>Rows scanned so far.</summary>
    public long Scans { get; private set; }

    /// <summary>The greatest magnitude of a cost, once <see cref="Solve"/> is done.</summary>
    public double Greatest { get; private set; }

    /// <summary>Solves. Polls the token before every pass over a row; the first pass over each row checks its costs.</summary>
    public void Solve()
    {
        if (_rows == _columns)
        {
            // In a rectangle an unmatched column must keep the price 0, so that this start, which prices all columns, is for squares only.
            ReduceColumns();
        }
        else
        {
            Greatest = LinearAssignment.Validate<T, TRows>(_cost, _rows, _columns);
            for (int i = 0; i < _rows; i++)
            {
                _free[_freeCount++] = i;
            }
        }

        long budget = (long)ReductionScansPerRow * _rows;
        for (int round = 0; round < ReductionRounds && _freeCount > 0 && budget > 0; round++)
        {
            budget = ReduceRows(budget);
        }

        AugmentInCore();
        Augment();
    }

    /// <summary>v_j = min_i c_ij; a column goes to its row if that has none yet, from the last column to the first; then reduction transfer.</summary>
    private void ReduceColumns()
    {
        _prices.AsSpan().Fill(double.PositiveInfinity);
        for (int i = 0; i < _rows; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            Greatest = Math.Max(Greatest, LinearAssignment.Magnitude(_cost.Row(i), i));
            AssignmentScan.ColumnLeast(_cost.Row(i), _negate, i, _prices, _sources);
        }

        Scans += _rows;
        int[] wins = _done;
        wins.AsSpan().Clear();
        for (int j = _columns - 1; j >= 0; j--)
        {
            int i = (int)_sources[j];
            if (wins[i]++ == 0)
            {
                _column[i] = j;
                _row[j] = i;
            }
        }

        for (int i = 0; i < _rows; i++)
        {
            if (wins[i] == 0)
            {
                _free[_freeCount++] = i;
            }
            else if (wins[i] == 1)
            {
                // The matched column has reduced cost 0, the smallest there is, so that the second smallest is the least of the others.
                // (A row that won several columns has another 0, and nothing to transfer.)
                _prices[_column[i]] -= Scan(i).Second;
            }
        }
    }

    /// <summary>
    /// One round of augmenting row reduction: each free row takes its cheapest column and lowers the price by its lead over the second
    /// cheapest; the row that lost the column bids at once if the price fell strictly, and in the next round if it did not, since rounding
    /// could else make two rows displace each other for ever.
    /// </summary>
    private long ReduceRows(long budget)
    {
        int next = 0, count = _freeCount, kept = 0;
        while (next < count && budget > 0)
        {
            budget--;
            int i = _free[next++];
            TwoLeast two = Scan(i);
            int j = two.Index;
            double price = _prices[j] - (two.Second - two.Least);
            bool fell = price < _prices[j];
            if (fell)
            {
                _prices[j] = price;
            }
            else if (_row[j] >= 0 && two.Second == two.Least)
            {
                j = FreeTie(i, two.Least, j);
            }

            int displaced = _row[j];
            _column[i] = j;
            _row[j] = i;
            if (displaced >= 0)
            {
                _column[displaced] = -1;
                if (fell)
                {
                    _free[--next] = displaced;
                }
                else
                {
                    _free[kept++] = displaced;
                }
            }
        }

        while (next < count)
        {
            _free[kept++] = _free[next++];
        }

        _freeCount = kept;
        _free.AsSpan(0, kept).Sort();
        return budget;
    }

    /// <summary>The lowest unmatched column whose reduced cost is exactly the row's least; <paramref name="otherwise"/> if there is none.</summary>
    private readonly int FreeTie(int i, double least, int otherwise)
    {
        ReadOnlySpan<T> row = _cost.Row(i);
        for (int j = 0; j < row.Length; j++)
        {
            if (_row[j] < 0 && AssignmentScan.Cost(row[j], _negate) - _prices[j] == least)
            {
                return j;
            }
        }

        return otherwise;
    }

    /// <summary>
    /// Shortest augmenting paths on the core of the problem. Returns early where that does not pay or the core does not stay small, as with many equal entries: every path that was found is a
    /// shortest one of the whole problem, so that <see cref="Augment"/> can go on from any state.
    /// </summary>
    private void AugmentInCore()
    {
        if (_columns < CoreColumns || _freeCount < _rows / CoreFreeShare || CoreWidth() is not (> 0 and < double.MaxValue and double width))
        {
            return;
        }

        var core = new AssignmentCore(_rows, _prices, _column, _row, _sources, width, (int)Math.Min(Array.MaxLength, (long)CoreCapacity * _rows));
        for (int i = 0; i < _rows; i++)
        {
            if (!core.Collect(_cost.Row(i), _negate, i, Scan(i).Least + width))
            {
                Scans += core.Scans;
                return;
            }
        }

        int done = 0;
        while (done < _freeCount && core.Search<T, TRows>(_cost, _negate, _free[done], _cancellation) is int sink and >= 0)
        {
            Shift(sink, _free[done++]);
        }

        Scans += core.Scans;
        _free.AsSpan(done, _freeCount - done).CopyTo(_free);
        _freeCount -= done;
    }

    /// <summary>By how much the <see cref="CoreEntries"/>-th smallest reduced cost of a row lies above its least: the median of some rows.</summary>
    private readonly double CoreWidth()
    {
        const int sample = 16;
        var leads = new double[sample];
        var reduced = new double[_columns];
        for (int k = 0; k < sample; k++)
        {
            ReadOnlySpan<T> row = _cost.Row((int)((long)k * _rows / sample));
            for (int j = 0; j < _columns; j++)
            {
                reduced[j] = AssignmentScan.Cost(row[j], _negate) - _prices[j];
            }

            reduced.AsSpan().Sort();
            leads[k] = reduced[CoreEntries - 1] - reduced[0];
        }

        leads.AsSpan().Sort();
        return leads[sample / 2];
    }

    /// <summary>Moves every row of the path that ends in <paramref name="sink"/> to its new column.</summary>
    private readonly void Shift(int sink, int start)
    {
        int j = sink, i;
        do
        {
            i = (int)_sources[j];
            _row[j] = i;
            (j, _column[i]) = (_column[i], j);
        }
        while (i != start);
    }

    /// <summary>A shortest augmenting path for each row that is still free, in order of rows.</summary>
    private void Augment()
    {
        var open = new List<int>();
        for (int j = 0; j < _columns; j++)
        {
            if (_row[j] < 0)
            {
                open.Add(j);
            }
        }

        for (int k = 0; k < _freeCount; k++)
        {
            int sink = Search(_free[k], open);
            open.Remove(sink);
            Shift(sink, _free[k]);
        }
    }

    /// <summary>Dijkstra from a free row to the nearest unmatched column; returns it and moves the prices of the columns passed.</summary>
    private int Search(int start, List<int> open)
    {
        // With few unmatched columns a look at each is cheap, and finds the one that ties with the nearest: without it a matrix with many
        // equal entries would walk through all columns at the same distance first.
        bool lookAtOpen = open.Count <= _columns / 16;
        double[] prices = _prices, distances = _distances;
        distances.AsSpan().Fill(double.PositiveInfinity);
        int i = start, count = 0, nearest;
        double shift = 0, level = double.NegativeInfinity;
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            Scans++;
            double least = AssignmentScan.Relax(_cost.Row(i), _negate, prices, shift, i, distances, _sources, out nearest);

            // Rounding may bring a distance a little below the level reached; the level never falls, so that no price ever rises.
            level = Math.Max(level, least);
            if (_row[nearest] < 0)
            {
                break;
            }

            if (lookAtOpen && OpenAt(open, least) is int tie and >= 0)
            {
                nearest = tie;
                break;
            }

            _done[count] = nearest;
            _donePrices[count] = prices[nearest];
            _doneLevels[count++] = level;
            i = _row[nearest];
            shift = AssignmentScan.Cost(_cost.Row(i)[nearest], _negate) - prices[nearest] - level;
            prices[nearest] = double.NegativeInfinity;
            distances[nearest] = double.PositiveInfinity;
        }

        for (int k = 0; k < count; k++)
        {
            prices[_done[k]] = _donePrices[k] + (_doneLevels[k] - level);
        }

        return nearest;
    }

    private readonly int OpenAt(List<int> open, double distance)
    {
        foreach (int j in open)
        {
            if (_distances[j] <= distance)
            {
                return j;
            }
        }

        return -1;
    }

    private TwoLeast Scan(int i)
    {
        _cancellation.ThrowIfCancellationRequested();
        Scans++;
        return AssignmentScan.Two(_cost.Row(i), _negate, _prices);
    }
}
