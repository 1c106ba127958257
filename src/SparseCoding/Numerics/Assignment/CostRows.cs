namespace SparseCoding.Numerics;

/// <summary>
/// A matrix read by whole rows. One span holds at most 2³¹−1 elements, a square of n = 46 340, so that the solvers only ever index
/// inside a row and larger matrices come as separate rows.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal interface ICostRows<T>
{
    /// <summary>Row <paramref name="row"/>, [columns].</summary>
    ReadOnlySpan<T> Row(int row);
}

/// <summary>A row-major matrix in one span, [rows, columns].</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly ref struct FlatCostRows<T>(ReadOnlySpan<T> cost, int columns) : ICostRows<T>
{
    private readonly ReadOnlySpan<T> _cost = cost;

    /// <inheritdoc/>
    public ReadOnlySpan<T> Row(int row) => _cost.Slice(row * columns, columns);
}

/// <summary>A matrix as one array for each row: any number of elements, since only a row must fit a span.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly struct JaggedCostRows<T>(T[][] rows) : ICostRows<T>
{
    /// <inheritdoc/>
    public ReadOnlySpan<T> Row(int row) => rows[row];

    /// <summary>The transpose of a matrix [rows, columns], tile by tile so that neither side strides through the caches.</summary>
    public static JaggedCostRows<T> Transpose<TRows>(TRows source, int rows, int columns)
        where TRows : struct, ICostRows<T>, allows ref struct
    {
        const int Tile = 16;
        var target = new T[columns][];
        for (int j = 0; j < columns; j++)
        {
            target[j] = GC.AllocateUninitializedArray<T>(rows);
        }

        for (int rowTile = 0; rowTile < rows; rowTile += Tile)
        {
            int rowCount = Math.Min(Tile, rows - rowTile);
            for (int columnTile = 0; columnTile < columns; columnTile += Tile)
            {
                int columnEnd = Math.Min(columns, columnTile + Tile);
                for (int j = columnTile; j < columnEnd; j++)
                {
                    Span<T> line = target[j].AsSpan(rowTile, rowCount);
                    for (int i = 0; i < line.Length; i++)
                    {
                        line[i] = source.Row(rowTile + i)[j];
                    }
                }
            }
        }

        return new JaggedCostRows<T>(target);
    }
}
