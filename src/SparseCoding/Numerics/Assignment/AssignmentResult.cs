namespace SparseCoding.Numerics;

/// <summary>A matching of min(rows, columns) pairs, with the dual prices that prove it optimal where the method has them.</summary>
internal sealed class AssignmentResult
{
    /// <summary>The column of each row, −1 where the row is unmatched, [rows].</summary>
    public required int[] RowToColumn { get; init; }

    /// <summary>The row of each column, −1 where the column is unmatched, [columns].</summary>
    public required int[] ColumnToRow { get; init; }

    /// <summary>Sum of the matched entries, added in row order in float64; 0 for an empty matrix.</summary>
    public required double Total { get; init; }

    /// <summary>
    /// Dual prices u of the rows, [rows]: u_i + v_j &lt;= c_ij for all pairs when minimising (>= when maximising), with equality on matched
    /// pairs. Empty for a method without duals.
    /// </summary>
    public double[] RowDuals { get; init; } = [];

    /// <summary>Dual prices v of the columns, [columns]; 0 on the unmatched ones of the longer side. Empty for a method without duals.</summary>
    public double[] ColumnDuals { get; init; } = [];

    /// <summary>
    /// |total − (Σu + Σv)|, summed pair by pair from a last pass over the whole matrix: no matching can be better by more than this, up to
    /// float64 rounding of single subtractions. NaN for a method without duals.
    /// </summary>
    public double DualityGap { get; init; } = double.NaN;

    /// <summary>
    /// Whether the gap is at most 1e-12 · pairs · max|c|, far below the 6e-8 resolution of float costs. False for a method without duals.
    /// </summary>
    public bool IsCertified { get; init; }

    /// <summary>How many rows of the matrix were scanned: the cost of the solution, in units of one pass over a row.</summary>
    public long RowScans { get; init; }

    /// <summary>Number of matched pairs, min(rows, columns).</summary>
    public int Count => Math.Min(RowToColumn.Length, ColumnToRow.Length);
}
