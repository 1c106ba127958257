using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Kernels;

namespace SparseCoding.Data;

/// <summary>
/// Rows of one or many files, read where they lie. Memory: one raw buffer of at most <see cref="BufferBytes"/> (or one row, where that is longer),
/// for scattered reads as much again in float32, and at most <see cref="MaximumOpen"/> open files; nothing grows with the number of rows.
/// A scattered read sorts the rows and fetches neighbours together, reading on over gaps that cost less than another system call.
/// </summary>
internal sealed class ShardedActivationSource : ActivationSource, IDisposable
{
    /// <summary>Raw bytes that are held at a time.</summary>
    public const int BufferBytes = 1 << 20;

    /// <summary>Files that are open at a time; the one that was unused longest is closed first.</summary>
    public const int MaximumOpen = 16;

    // Reading on over a gap is cheaper than another system call up to about this many bytes (a page-cache copy runs at gigabytes per second,
    // a positioned read costs about a microsecond, and disks read ahead anyway).
    private const int CheapGapBytes = 1 << 14;

    private readonly ActivationShard[] _shards;
    private readonly List<(int Shard, OpenTensor Tensor)> _open = [];
    private byte[] _raw = [];
    private float[] _gathered = [];
    private long[] _sortedRows = [];
    private int[] _places = [];
    private long[]? _firstContexts;

    /// <summary>Takes shards that agree in rank and dimension and have at least one row together.</summary>
    public ShardedActivationSource(ActivationShard[] shards)
    {
        _shards = shards;
        Dimension = shards[0].Dimension;
        RowCount = shards[^1].FirstRow + shards[^1].RowCount;
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override long RowCount { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get;
        set
        {
            if (value < 0 || value > RowCount)
            {
                Throw.OutOfRange(nameof(Position), value, $"between 0 and the {RowCount} rows of the source");
            }

            field = value;
        }
    }

    /// <summary>Files that are open now.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Bytes of buffers that are held now.</summary>
    public long BufferedBytes => _raw.LongLength + (4 * _gathered.LongLength) + (8 * _sortedRows.LongLength) + (4 * _places.LongLength);

    /// <inheritdoc/>
    public override void Read(SignalBatch batch)
    {
        RequireDimension(batch);
        int count = (int)Math.Min(batch.Capacity, RowCount - Position);
        batch.Count = count;
        ReadRange(Position, batch.Signals);
        for (int i = 0; i < count; i++)
        {
            batch.RowIds[i] = Position + i;
        }

        FillGroups(batch);
        Position += count;
    }

    /// <inheritdoc/>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        RequireDimension(batch);
        if (rows.Length > batch.Capacity)
        {
            Throw.Argument($"{rows.Length} rows are asked for, but the batch holds {batch.Capacity}.", nameof(rows));
        }

        foreach (long row in rows)
        {
            if (row < 0 || row >= RowCount)
            {
                Throw.OutOfRange(nameof(rows), row, $"between 0 and {RowCount - 1}");
            }
        }

        batch.Count = rows.Length;
        rows.CopyTo(batch.RowIds);
        if (_sortedRows.Length < rows.Length)
        {
            _sortedRows = new long[batch.Capacity];
            _places = new int[batch.Capacity];
        }

        for (int i = 0; i < rows.Length; i++)
        {
            _places[i] = i;
        }

        Span<long> sorted = _sortedRows.AsSpan(0, rows.Length);
        Span<int> places = _places.AsSpan(0, rows.Length);
        rows.CopyTo(sorted);
        sorted.Sort(places);
        long gapRows = CheapGapBytes / (4L * Dimension);
        int blockRows = Math.Max(1, BufferBytes / (4 * Dimension));
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            long first = sorted[start], next = first + 1;
            for (end = start + 1; end < sorted.Length && sorted[end] - next <= gapRows && sorted[end] - first < blockRows; end++)
            {
                next = sorted[end] + 1;
            }

            CopyRun(sorted[start..end], places[start..end], next, batch.Signals);
        }

        FillGroups(batch);
    }

    /// <summary>Reads all rows; the target has room for exactly them.</summary>
    public void ReadAll(Span<float> target) => ReadRange(0, target);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, OpenTensor tensor) in _open)
        {
            tensor.Dispose();
        }

        _open.Clear();
    }

    /// <summary>Reads rows sorted[0] to end and copies the wanted ones to their places.</summary>
    private void CopyRun(ReadOnlySpan<long> sorted, ReadOnlySpan<int> places, long end, Span<float> target)
    {
        long first = sorted[0];
        if (sorted.Length == 1)
        {
            ReadRange(first, target.Slice(places[0] * Dimension, Dimension));
            return;
        }

        int length = (int)(end - first) * Dimension;
        if (_gathered.Length < length)
        {
            _gathered = new float[Math.Max(length, Math.Max(1, BufferBytes / (4 * Dimension)) * Dimension)];
        }

        // A gap's rows are read for speed only, so a NaN there is not an error of this call: check the wanted rows alone.
        Span<float> values = _gathered.AsSpan(0, length);
        ReadRange(first, values, check: false);
        for (int i = 0; i < sorted.Length; i++)
        {
            ReadOnlySpan<float> row = values.Slice((int)(sorted[i] - first) * Dimension, Dimension);
            Check(sorted[i], row);
            row.CopyTo(target.Slice(places[i] * Dimension, Dimension));
        }
    }

    /// <summary>Reads target.Length / Dimension rows from the given one on, across shards.</summary>
    private void ReadRange(long firstRow, Span<float> target, bool check = true)
    {
        while (!target.IsEmpty)
        {
            int index = ShardOf(firstRow);
            ActivationShard shard = _shards[index];
            int count = (int)Math.Min(target.Length / Dimension, shard.FirstRow + shard.RowCount - firstRow);
            Span<float> part = target[..(count * Dimension)];
            ReadShard(index, firstRow - shard.FirstRow, count, part);
            if (check)
            {
                Check(firstRow, part);
            }

            target = target[part.Length..];
            firstRow += count;
        }
    }

    private void ReadShard(int index, long row, int count, Span<float> target)
    {
        StoredTensor tensor = Open(index);
        if (!tensor.HasRawRows)
        {
            tensor.ReadRows(row, count, target);
            return;
        }

        int size = tensor.ElementType.ByteSize();
        int wanted = (int)Math.Min((long)target.Length * size, Math.Max(BufferBytes, size));
        if (_raw.Length < wanted)
        {
            _raw = new byte[wanted];
        }

        long element = row * Dimension;
        int capacity = BufferBytes / size;
        for (int done = 0; done < target.Length;)
        {
            Span<float> part = target.Slice(done, Math.Min(capacity, target.Length - done));
            Span<byte> raw = _raw.AsSpan(0, part.Length * size);
            tensor.ReadRaw(element + done, raw);
            Decode(raw, tensor.ElementType, part);
            done += part.Length;
        }
    }

    private static void Decode(ReadOnlySpan<byte> raw, ElementType type, Span<float> target)
    {
        switch (type)
        {
            case ElementType.F16:
                FloatConvert.FromHalf(raw, target);
                break;
            case ElementType.BF16:
                FloatConvert.FromBFloat16(raw, target);
                break;
            case ElementType.F32:
                FloatConvert.FromSingle(raw, target);
                break;
            default:
                FloatConvert.FromDouble(raw, target);
                break;
        }
    }

    private void Check(long firstRow, ReadOnlySpan<float> values)
    {
        int bad = NonFinite.IndexOfFirst(values);
        if (bad < 0)
        {
            return;
        }

        long row = firstRow + (bad / Dimension);
        ActivationShard shard = _shards[ShardOf(row)];
        Throw.InvalidData($"{shard.Path}: row {row - shard.FirstRow}, column {bad % Dimension} is {values[bad]} as float32"
            + $"{(_shards.Length > 1 ? $" (row {row} of all files)" : "")}; remove or impute such rows first (float16 overflows above 65504).");
    }

    /// <summary>The shard that holds a row; shards without rows are stepped over.</summary>
    private int ShardOf(long row)
    {
        int low = 0, high = _shards.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_shards[middle].FirstRow <= row)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private StoredTensor Open(int shard)
    {
        int found = _open.FindIndex(o => o.Shard == shard);
        if (found < 0)
        {
            if (_open.Count == MaximumOpen)
            {
                _open[0].Tensor.Dispose();
                _open.RemoveAt(0);
            }

            _open.Add((shard, _shards[shard].Open()));
        }
        else if (found < _open.Count - 1)
        {
            // The end of the list is the one used last.
            (int Shard, OpenTensor Tensor) used = _open[found];
            _open.RemoveAt(found);
            _open.Add(used);
        }

        return _open[^1].Tensor.Tensor;
    }

    private void FillGroups(SignalBatch batch)
    {
        if (_shards[0].Rank != 3)
        {
            return;
        }

        int[] groups = batch.Groups ??= new int[batch.Capacity];
        for (int i = 0; i < batch.Count; i++)
        {
            groups[i] = ContextOf(batch.RowIds[i]);
        }
    }

    /// <summary>Number of a row's context over all shards; shards may differ in the length of their contexts.</summary>
    private int ContextOf(long row)
    {
        int shard = ShardOf(row);
        _firstContexts ??= CountContexts();
        return checked((int)(_firstContexts[shard] + ((row - _shards[shard].FirstRow) / _shards[shard].Positions)));
    }

    private long[] CountContexts()
    {
        var first = new long[_shards.Length];
        for (int i = 1; i < first.Length; i++)
        {
            ActivationShard before = _shards[i - 1];
            first[i] = first[i - 1] + (before.Positions == 0 ? 0 : before.RowCount / before.Positions);
        }

        return first;
    }

    private void RequireDimension(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Dimension != Dimension)
        {
            Throw.Argument($"The batch holds signals of dimension {batch.Dimension}, but the files hold signals of dimension {Dimension}.", nameof(batch));
        }
    }
}
