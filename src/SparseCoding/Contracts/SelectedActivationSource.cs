using SparseCoding.Diagnostics;

namespace SparseCoding.Contracts;

/// <summary>
/// Some rows of another source as a source of its own: a range, or a list. Nothing is copied. It has its own position and reads by <see cref="ActivationSource.Gather"/> or from the
/// parent's position, so it works whatever else reads the parent in between. Several selections of one parent may be read at the same time, by a thread each
/// (a run's reader works on one half of a split while the caller measures on the other): they take turns by locking the parent. Row ids count from its own first row.
/// </summary>
internal sealed class SelectedActivationSource : ActivationSource
{
    private readonly ActivationSource _parent;
    private readonly long[]? _rows;
    private readonly long _start;
    private long[] _wanted = [];

    /// <summary>Rows <paramref name="start"/> .. start + count − 1; checked by the caller.</summary>
    public SelectedActivationSource(ActivationSource parent, long start, long count)
    {
        _parent = parent;
        _start = start;
        RowCount = count;
    }

    /// <summary>Given rows, in the given order; checked by the caller.</summary>
    public SelectedActivationSource(ActivationSource parent, long[] rows)
    {
        _parent = parent;
        _rows = rows;
        RowCount = rows.LongLength;
    }

    /// <inheritdoc/>
    public override int Dimension => _parent.Dimension;

    /// <inheritdoc/>
    public override int TargetDimension => _parent.TargetDimension;

    /// <inheritdoc/>
    public override long RowCount { get; }

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override bool IsInMemory => _parent.IsInMemory;

    /// <inheritdoc/>
    public override void Read(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        int count = (int)Math.Min(batch.Capacity, Math.Max(0, RowCount - Position));
        if (count == 0)
        {
            batch.Count = 0;
            return;
        }

        // A range that fills the batch is read as the parent reads best; its tail would read rows of others, so it is gathered.
        if (_rows is null && count == batch.Capacity)
        {
            lock (_parent)
            {
                _parent.Position = _start + Position;
                _parent.Read(batch);
            }

            Renumber(batch, Position);
            Position += batch.Count;
            return;
        }

        Span<long> wanted = Wanted(count);
        for (int i = 0; i < count; i++)
        {
            wanted[i] = Position + i;
        }

        Gather(wanted, batch);
        Position += count;
    }

    /// <inheritdoc/>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var parents = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0 || rows[i] >= RowCount)
            {
                Throw.OutOfRange(nameof(rows), rows[i], $"between 0 and {RowCount - 1}");
            }

            parents[i] = _rows is null ? _start + rows[i] : _rows[rows[i]];
        }

        lock (_parent)
        {
            _parent.Gather(parents, batch);
        }

        rows.CopyTo(batch.RowIds);
    }

    /// <inheritdoc/>
    internal override ActivationSource? OpenReader() =>
        _parent.OpenReader() is not { } parent ? null : _rows is null ? new SelectedActivationSource(parent, _start, RowCount) : new SelectedActivationSource(parent, _rows);

    /// <inheritdoc/>
    internal override void CloseReader() => _parent.CloseReader();

    private static void Renumber(SignalBatch batch, long first)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            batch.RowIds[i] = first + i;
        }
    }

    private Span<long> Wanted(int count)
    {
        if (_wanted.Length < count)
        {
            _wanted = new long[count];
        }

        return _wanted.AsSpan(0, count);
    }
}
