namespace SparseCoding.Backends;

/// <summary>A dense float32 matrix [rows, columns], row-major, that lives on a device. Only <see cref="Backend.Read(DeviceMatrix, long, Span{float})"/> brings it to the host.</summary>
internal abstract class DeviceMatrix(long rows, int columns) : IDisposable
{
    /// <summary>Number of rows.</summary>
    public long Rows { get; } = rows;

    /// <summary>Number of columns.</summary>
    public int Columns { get; } = columns;

    /// <summary>Rows times columns.</summary>
    public long Length => Rows * Columns;

    /// <summary>Releases device memory; on the CPU the garbage collector does it.</summary>
    public virtual void Dispose()
    {
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows}, {Columns}]";
}

/// <summary>A vector of int32 indices or counts on a device.</summary>
internal abstract class DeviceIndices(int length) : IDisposable
{
    /// <summary>Number of entries.</summary>
    public int Length { get; } = length;

    /// <summary>Releases device memory; on the CPU the garbage collector does it.</summary>
    public virtual void Dispose()
    {
    }
}

/// <summary>
/// Sparse codes of one batch on a device: at most <see cref="Capacity"/> active atoms for each row, in ascending order of the atom.
/// Row r holds its entries in places r·Capacity .. r·Capacity + count(r) − 1 of <see cref="Indices"/> and <see cref="Values"/>; the places
/// behind them hold value 0.
/// </summary>
internal sealed class DeviceCodes(int rows, int atomCount, int capacity, DeviceIndices indices, DeviceMatrix values, DeviceIndices counts) : IDisposable
{
    private Func<bool>? _overflow;

    /// <summary>Number of rows (signals).</summary>
    public int Rows { get; } = rows;

    /// <summary>Number of atoms: the width of the codes.</summary>
    public int AtomCount { get; } = atomCount;

    /// <summary>The most entries a row can hold.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Atom of each entry, [rows · capacity].</summary>
    public DeviceIndices Indices { get; } = indices;

    /// <summary>Value of each entry, [rows, capacity].</summary>
    public DeviceMatrix Values { get; } = values;

    /// <summary>Number of entries of each row, [rows].</summary>
    public DeviceIndices Counts { get; } = counts;

    /// <summary>
    /// Whether the last selection had more entries for a row than fit; the row then holds the first ones (of a TopK, the largest). Never silent: whoever reads the codes checks it.
    /// On a device that runs ahead the first look after a selection waits for it.
    /// </summary>
    public bool Overflowed
    {
        get
        {
            if (_overflow is { } ask)
            {
                (_overflow, field) = (null, ask());
            }

            return field;
        }

        set => (_overflow, field) = (null, value);
    }

    /// <summary>Leaves the answer on the device until somebody wants it, so that a selection itself never waits.</summary>
    public void DeferOverflow(Func<bool> ask) => _overflow = ask;

    /// <summary>The same support with other values: shares indices and counts.</summary>
    public DeviceCodes WithValues(DeviceMatrix other) => new(Rows, AtomCount, Capacity, Indices, other, Counts);

    /// <inheritdoc/>
    public void Dispose()
    {
        Indices.Dispose();
        Values.Dispose();
        Counts.Dispose();
    }
}
