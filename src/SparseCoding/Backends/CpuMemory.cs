namespace SparseCoding.Backends;

/// <summary>A matrix in managed memory: rows · columns floats of an array, from an offset on.</summary>
internal sealed class CpuMatrix(float[] data, int offset, long rows, int columns) : DeviceMatrix(rows, columns)
{
    /// <summary>All entries, row-major.</summary>
    public Span<float> Span => data.AsSpan(offset, (int)Length);

    /// <summary>The same for who has to keep it beyond a call.</summary>
    public Memory<float> Memory => data.AsMemory(offset, (int)Length);

    /// <summary>One row.</summary>
    public Span<float> Row(long row) => data.AsSpan(checked(offset + (int)(row * Columns)), Columns);

    /// <summary>A range of rows as one span.</summary>
    public Span<float> RowRange(long firstRow, long count) => data.AsSpan(checked(offset + (int)(firstRow * Columns)), checked((int)(count * Columns)));

    /// <summary>Rows over the same memory.</summary>
    public CpuMatrix View(long firstRow, long count) => new(data, checked(offset + (int)(firstRow * Columns)), count, Columns);
}

/// <summary>Indices in managed memory.</summary>
internal sealed class CpuIndices(int[] data) : DeviceIndices(data.Length)
{
    /// <summary>All entries, for reading: who writes takes <see cref="Overwrite"/>.</summary>
    public int[] Data => data;

    /// <summary>Rises with every writer, so that what was derived from the entries (a transposed support) is known to be out of date.</summary>
    public long Version { get; private set; }

    /// <summary>All entries, for writing.</summary>
    public int[] Overwrite()
    {
        Version++;
        return data;
    }
}
