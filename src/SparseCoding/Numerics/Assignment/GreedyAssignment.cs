using System.Numerics;

namespace SparseCoding.Numerics;

/// <summary>
/// The greedy matching of the sparse-inference code: the greatest entry of the matrix is taken and its row and column deleted, until
/// min(rows, columns) pairs are chosen. Among equal entries the lower row wins, then the lower column. Never better than the exact one,
/// and for non-negative weights never below half of it. A heap of each row's best column, looked up again only when that column is gone:
/// O(n²) for most matrices, O(n³) with n²/8 vector steps a pass when all rows rank the columns alike.
/// </summary>
internal static class GreedyAssignment
{
    /// <summary>Takes the greatest entries first.</summary>
    /// <param name="weights">Finite weights, any sign, [rows, columns].</param>
    /// <param name="rows">Number of rows, may be 0.</param>
    /// <param name="columns">Number of columns, may be 0.</param>
    /// <param name="cancellation">Polled for every row scanned.</param>
    /// <exception cref="ArgumentException">The length is not rows · columns, or a weight is NaN, infinite or above 1e300 in magnitude.</exception>
    public static AssignmentResult Maximize(ReadOnlySpan<float> weights, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(weights, rows, columns, cancellation);

    /// <inheritdoc cref="Maximize(ReadOnlySpan{float}, int, int, CancellationToken)"/>
    public static AssignmentResult Maximize(ReadOnlySpan<double> weights, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(weights, rows, columns, cancellation);

    private static AssignmentResult Solve<T>(ReadOnlySpan<T> weights, int rows, int columns, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        LinearAssignment.ValidateShape(weights.Length, rows, columns);
        var matrix = new FlatCostRows<T>(weights, columns);
        LinearAssignment.Validate<T, FlatCostRows<T>>(matrix, rows, columns);

        var rowToColumn = new int[rows];
        var columnToRow = new int[columns];
        rowToColumn.AsSpan().Fill(-1);
        columnToRow.AsSpan().Fill(-1);

        // A column that is gone has the price −∞, so that its reduced cost is +∞ and no row can choose it.
        var gone = new double[columns];
        var best = new int[rows];
        var queue = new PriorityQueue<int, (double Cost, int Row)>(rows);
        long scans = 0;
        for (int i = 0; i < rows && columns > 0; i++)
        {
            Enqueue(matrix.Row(i), i);
        }

        int left = Math.Min(rows, columns);
        while (left > 0)
        {
            int i = queue.Dequeue();
            int j = best[i];
            if (columnToRow[j] >= 0)
            {
                Enqueue(matrix.Row(i), i);
                continue;
            }

            rowToColumn[i] = j;
            columnToRow[j] = i;
            gone[j] = double.NegativeInfinity;
            left--;
        }

        double total = 0;
        for (int i = 0; i < rows; i++)
        {
            total += rowToColumn[i] >= 0 ? AssignmentScan.Cost(matrix.Row(i)[rowToColumn[i]], negate: false) : 0;
        }

        return new AssignmentResult { RowToColumn = rowToColumn, ColumnToRow = columnToRow, Total = total, RowScans = scans };

        void Enqueue(ReadOnlySpan<T> row, int i)
        {
            cancellation.ThrowIfCancellationRequested();
            scans++;
            TwoLeast two = AssignmentScan.Two(row, negate: true, gone);
            best[i] = two.Index;
            queue.Enqueue(i, (two.Least, i));
        }
    }
}
