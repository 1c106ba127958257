using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// The normalisations that look at one row at a time: <see cref="InputNormalization.RowNorm"/> and <see cref="InputNormalization.LayerNorm"/>. u = (x − m)/s
/// with m = 0, s = ‖x‖/√d for the first, and m the mean, s the unbiased deviation plus 10⁻⁵ for the second. Where s is 0 (a row of zeros), u = 0.
/// </summary>
internal static class RowNormalizer
{
    private const float Epsilon = 1e-5f;

    /// <summary>Whether the mode looks at each row by itself.</summary>
    public static bool IsByRow(InputNormalization mode) => mode is InputNormalization.RowNorm or InputNormalization.LayerNorm;

    /// <summary>m and s of a row, in float64.</summary>
    public static (double Mean, double Scale) Measure(InputNormalization mode, ReadOnlySpan<float> row)
    {
        double mean = 0, squares = 0;
        if (mode == InputNormalization.LayerNorm)
        {
            foreach (float value in row)
            {
                mean += value;
            }

            mean /= row.Length;
        }

        foreach (float value in row)
        {
            squares += (value - mean) * (value - mean);
        }

        return mode == InputNormalization.LayerNorm ? (mean, Math.Sqrt(squares / (row.Length - 1)) + Epsilon) : (0, Math.Sqrt(squares / row.Length));
    }

    /// <summary>A row on the host, in place.</summary>
    public static void Apply(InputNormalization mode, Span<float> row)
    {
        (double mean, double scale) = Measure(mode, row);
        foreach (ref float value in row)
        {
            value = scale > 0 ? (float)((value - mean) / scale) : 0;
        }
    }

    /// <summary>A batch on the device, in place.</summary>
    public static void Apply(InputNormalization mode, SaeStep step, DeviceMatrix signals)
    {
        Backend backend = step.Backend;
        int dimension = signals.Columns;
        DeviceMatrix squares = step.Scratch("rows.squares", step.Rows, 1), work = step.Scratch("rows.work", step.Rows, 1);
        if (mode == InputNormalization.RowNorm)
        {
            backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, signals);
            backend.Map(MapOperation.InverseSquareRoot, work, squares, null, 0);
            backend.Map(MapOperation.Multiply, signals, signals, work, MathF.Sqrt(dimension));
            return;
        }

        backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachRow, work, signals, null, 1f / dimension);
        backend.Map(MapOperation.Add, signals, signals, work, 1, -1);
        backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, signals, null, 1f / (dimension - 1));
        backend.Map(MapOperation.InverseSquareRoot, work, squares, null, 0);
        backend.Map(MapOperation.Multiply, squares, squares, work);
        backend.Map(MapOperation.Affine, squares, squares, null, Epsilon, 1);
        backend.Map(MapOperation.Divide, signals, signals, squares);
    }

    /// <summary>Operations of <see cref="Apply(InputNormalization, SaeStep, DeviceMatrix)"/>.</summary>
    public static UInt128 Operations(InputNormalization mode, long rows, int dimension)
    {
        long size = rows * dimension;
        UInt128 squares = OperationCost.Reduce(ReduceOperation.SumSquares, size) + OperationCost.Map(MapOperation.InverseSquareRoot, rows);
        return mode switch
        {
            InputNormalization.RowNorm => squares + OperationCost.Map(MapOperation.Multiply, size),
            InputNormalization.LayerNorm => squares
                + OperationCost.Reduce(ReduceOperation.Sum, size)
                + OperationCost.Map(MapOperation.Add, size)
                + OperationCost.Map(MapOperation.Multiply, rows)
                + OperationCost.Map(MapOperation.Affine, rows)
                + OperationCost.Map(MapOperation.Divide, size),
            _ => 0,
        };
    }
}
