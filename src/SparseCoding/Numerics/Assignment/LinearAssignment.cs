using System.Numerics;
using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding.Numerics;

/// <summary>
/// Exact linear assignment: min(rows, columns) pairs, no row or column twice, with the least (or greatest) sum of entries. Rectangles are
/// solved as they are, without padding. Shortest augmenting paths after Jonker and Volgenant (1987), O(n³) at worst, prices in float64,
/// and a last pass that proves the result (<see cref="AssignmentResult.DualityGap"/>). Single-threaded and deterministic, the same bits in
/// every SIMD tier; among optimal matchings the one found is fixed by the matrix alone. Working memory is O(rows + columns), at most 256
/// entries a row more for the core of a large problem, and a transposed copy where rows > columns.
/// </summary>
internal static class LinearAssignment
{
    private const double MagnitudeLimit = 1e300;

    /// <summary>The matching with the least total of a row-major matrix [rows, columns].</summary>
    /// <param name="cost">Finite costs, any sign, [rows, columns].</param>
    /// <param name="rows">Number of rows, may be 0.</param>
    /// <param name="columns">Number of columns, may be 0.</param>
    /// <param name="cancellation">Polled for every row scanned.</param>
    /// <exception cref="ArgumentException">The length is not rows · columns, or a cost is NaN, infinite or above 1e300 in magnitude.</exception>
    public static AssignmentResult Minimize(ReadOnlySpan<float> cost, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(cost, rows, columns, negate: false, cancellation);

    /// <inheritdoc cref="Minimize(ReadOnlySpan{float}, int, int, CancellationToken)"/>
    public static AssignmentResult Minimize(ReadOnlySpan<double> cost, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(cost, rows, columns, negate: false, cancellation);

    /// <summary>The matching with the greatest total of a row-major matrix [rows, columns]; otherwise as Minimize.</summary>
    public static AssignmentResult Maximize(ReadOnlySpan<float> cost, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(cost, rows, columns, negate: true, cancellation);

    /// <inheritdoc cref="Maximize(ReadOnlySpan{float}, int, int, CancellationToken)"/>
    public static AssignmentResult Maximize(ReadOnlySpan<double> cost, int rows, int columns, CancellationToken cancellation = default) =>
        Solve(cost, rows, columns, negate: true, cancellation);

    /// <summary>The same for a matrix given as one array for each row, which may have more than 2³¹ elements; all of one length.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    public static AssignmentResult Minimize<T>(T[][] cost, CancellationToken cancellation = default)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        SolveRows<T, JaggedCostRows<T>>(new JaggedCostRows<T>(cost), cost.Length, ColumnCount(cost), negate: false, cancellation);

    /// <summary>The same for a matrix given as one array for each row, which may have more than 2³¹ elements; all of one length.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    public static AssignmentResult Maximize<T>(T[][] cost, CancellationToken cancellation = default)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        SolveRows<T, JaggedCostRows<T>>(new JaggedCostRows<T>(cost), cost.Length, ColumnCount(cost), negate: true, cancellation);

    /// <summary>
    /// Checks a flat [rows, columns] matrix: the counts, the length, and that every element is finite; returns the greatest magnitude.
    /// </summary>
    internal static double Validate<T, TRows>(TRows cost, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        double greatest = 0;
        for (int i = 0; i < rows && columns > 0; i++)
        {
            greatest = Math.Max(greatest, Magnitude(cost.Row(i), i));
        }

        return greatest;
    }

    /// <summary>The greatest magnitude of row <paramref name="i"/>, at least one column; refuses what is not finite.</summary>
    internal static double Magnitude<T>(ReadOnlySpan<T> row, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // NaN wins and infinity is the greatest, so that one number a row says whether there is either.
        double magnitude = Math.Abs(double.CreateTruncating(TensorPrimitives.MaxMagnitude(row)));
        if (!(magnitude <= MagnitudeLimit))
        {
            RefuseElement(row, i);
        }

        return magnitude;
    }

    /// <summary>Checks the counts of a flat matrix against its length.</summary>
    internal static void ValidateShape(int length, int rows, int columns)
    {
        Throw.AtLeast(rows, 0, nameof(rows));
        Throw.AtLeast(columns, 0, nameof(columns));
        if ((long)rows * columns != length)
        {
            Throw.Argument($"A matrix of {rows} x {columns} has {(long)rows * columns} elements, but the span has {length}.", "cost");
        }
    }

    private static AssignmentResult Solve<T>(ReadOnlySpan<T> cost, int rows, int columns, bool negate, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ValidateShape(cost.Length, rows, columns);
        return SolveRows<T, FlatCostRows<T>>(new FlatCostRows<T>(cost, columns), rows, columns, negate, cancellation);
    }

    private static AssignmentResult SolveRows<T, TRows>(TRows cost, int rows, int columns, bool negate, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        cancellation.ThrowIfCancellationRequested();
        if (rows > columns)
        {
            // An error must name the row and column that the caller knows.
            Validate<T, TRows>(cost, rows, columns);
        }

        return rows <= columns
            ? SolveWide<T, TRows>(cost, rows, columns, negate, transposed: false, cancellation)
            : SolveWide<T, JaggedCostRows<T>>(
                JaggedCostRows<T>.Transpose(cost, rows, columns), columns, rows, negate, transposed: true, cancellation);
    }

    /// <summary>Solves with rows &lt;= columns and writes the result the way round that the caller gave the matrix.</summary>
    private static AssignmentResult SolveWide<T, TRows>(
        TRows cost, int rows, int columns, bool negate, bool transposed, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        int[] rowToColumn = new int[rows], columnToRow = new int[columns];
        double[] u = new double[rows], v = new double[columns];
        long scans = 0;
        double greatest;
        if (rows >= 2)
        {
            var solver = new ShortestPathAssignment<T, TRows>(cost, rows, columns, negate, cancellation);
            solver.Solve();
            (rowToColumn, columnToRow, v, scans, greatest) = (solver.RowToColumn, solver.ColumnToRow, solver.Prices, solver.Scans, solver.Greatest);
        }
        else
        {
            greatest = Validate<T, TRows>(cost, rows, columns);
            columnToRow.AsSpan().Fill(-1);
            if (rows == 1)
            {
                rowToColumn[0] = AssignmentScan.Two(cost.Row(0), negate, v).Index;
                columnToRow[rowToColumn[0]] = 0;
                scans = 1;
            }
        }

        // With u_i = min_j (c_ij − v_j) the prices are feasible whatever the solver did, and what each matched pair lies above its u_i
        // adds up to the gap between the total and a bound on every matching.
        double gap = 0, total = 0;
        for (int i = 0; i < rows; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<T> row = cost.Row(i);
            u[i] = AssignmentScan.Two(row, negate, v).Least;
            int j = rowToColumn[i];
            gap += AssignmentScan.Cost(row[j], negate) - v[j] - u[i];
        }

        if (transposed)
        {
            // Added in the order of the caller's rows, so that a matrix and its transpose give the same sum as nearly as they can.
            foreach (int i in columnToRow)
            {
                total += i >= 0 ? AssignmentScan.Cost(cost.Row(i)[rowToColumn[i]], negate: false) : 0;
            }
        }
        else
        {
            for (int i = 0; i < rows; i++)
            {
                total += AssignmentScan.Cost(cost.Row(i)[rowToColumn[i]], negate: false);
            }
        }

        if (negate)
        {
            TensorPrimitives.Negate<double>(u, u);
            TensorPrimitives.Negate<double>(v, v);
        }

        return new AssignmentResult
        {
            RowToColumn = transposed ? columnToRow : rowToColumn,
            ColumnToRow = transposed ? rowToColumn : columnToRow,
            Total = total,
            RowDuals = transposed ? v : u,
            ColumnDuals = transposed ? u : v,
            DualityGap = gap,
            IsCertified = gap <= 1e-12 * rows * greatest,
            RowScans = scans + rows,
        };
    }

    private static int ColumnCount<T>(T[][] cost)
    {
        int columns = cost.Length == 0 ? 0 : cost[0].Length;
        for (int i = 0; i < cost.Length; i++)
        {
            if (cost[i].Length != columns)
            {
                Throw.Argument($"Row {i} has {cost[i].Length} columns, but row 0 has {columns}.", nameof(cost));
            }
        }

        return columns;
    }

    private static void RefuseElement<T>(ReadOnlySpan<T> row, int i)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = 0; j < row.Length; j++)
        {
            double value = double.CreateTruncating(row[j]);
            if (!(Math.Abs(value) <= MagnitudeLimit))
            {
                Throw.Argument(
                    $"The cost at row {i}, column {j} is {value}; costs must be finite and at most {MagnitudeLimit:0e0} in magnitude. " +
                    "Replace undefined correlations by 0, and forbid a pair by a large finite cost.",
                    "cost");
            }
        }
    }
}
