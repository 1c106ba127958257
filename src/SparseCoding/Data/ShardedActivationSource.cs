using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Kernels;

namespace SparseCoding.Data;

/// <summary>
/// Rows of one or many files, read where they lie. Memory: one raw buffer of at most <see cref="BufferBytes"/>, for scattered reads of Fortran order
/// as much again (or one row, where that is longer) in float32, and at most <see cref="MaximumOpen"/> open files; nothing grows with the number of rows.
/// A scattered read sorts the rows and fetches neighbours together, reading on over gaps that cost less than another system call.
/// </summary>
internal sealed class ShardedActivationSource : ActivationSource, IDisposable
{
    /// <summary>Raw bytes that are held at a time.</summary>
    public const int BufferBytes = 1 << 20;

    /// <summary>Files that are open at a time; the one that was unused longest is closed first.</summary>
    public const int MaximumOpen = 16;

    // Reading on over a gap costs a copy from the page cache, about 5 bytes a nanosecond; another positioned read costs about a microsecond.
    private const int CheapGapBytes = 1 << 12;

    private readonly ActivationShard[] _shards;
    private readonly bool _scattered;
    private readonly List<(int Shard, OpenTensor Tensor)> _open = [];
    private byte[] _raw = [];
    private float[] _gathered = [];
    private long[] _sortedRows = [];
    private int[] _places = [];
    private long[]? _firstContexts;

    /// <summary>Takes shards that agree in rank and dimension and have at least one row together; scattered says that the system need not read ahead of what is asked for.</summary>
    public ShardedActivationSource(ActivationShard[] shards, bool scattered = false)
    {
        _shards = shards;
        _scattered = scattered;
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
        for (int start = 0; start < sorted.Length;)
        {
            int index = ShardOf(sorted[start]);
            int length = Open(index).HasRawRows ? GatherRaw(index, sorted[start..], places[start..], batch.Signals) : GatherConverted(index, sorted[start..], places[start..], batch.Signals);
            start += length;
        }

        FillGroups(batch);
    }

    /// <inheritdoc/>
    internal override ActivationSource OpenReader() => new ShardedActivationSource(_shards, scattered: true);

    /// <inheritdoc/>
    internal override void CloseReader() => Dispose();

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

    /// <summary>
    /// Fetches a run of rows of one shard in one read and converts those that are wanted; gives their number. Sorted row numbers lie in the first
    /// argument, the places of the rows in the target in the second.
    /// </summary>
    private int GatherRaw(int index, ReadOnlySpan<long> sorted, ReadOnlySpan<int> places, Span<float> target)
    {
        StoredTensor tensor = Open(index);
        long rowBytes = (long)Dimension * tensor.ElementType.ByteSize();
        int count = RunLength(index, sorted, CheapGapBytes / rowBytes, BufferBytes / rowBytes, out long end);
        if (count == 1)
        {
            ReadRange(sorted[0], target.Slice(places[0] * Dimension, Dimension));
            return 1;
        }

        Span<byte> raw = Raw((int)((end - sorted[0]) * rowBytes));
        tensor.ReadRaw((sorted[0] - _shards[index].FirstRow) * Dimension, raw);
        for (int i = 0; i < count; i++)
        {
            Span<float> row = target.Slice(places[i] * Dimension, Dimension);
            Decode(raw.Slice((int)((sorted[i] - sorted[0]) * rowBytes), (int)rowBytes), tensor.ElementType, row);
            Check(sorted[i], row);
        }

        return count;
    }

    /// <summary>The same for Fortran order, where one row costs as many reads as it has columns, and so does a run of rows with its gaps.</summary>
    private int GatherConverted(int index, ReadOnlySpan<long> sorted, ReadOnlySpan<int> places, Span<float> target)
    {
        int count = RunLength(index, sorted, CheapGapBytes / Open(index).ElementType.ByteSize(), BufferBytes / (4L * Dimension), out long end);
        int length = checked((int)(end - sorted[0]) * Dimension);
        if (_gathered.Length < length)
        {
            _gathered = new float[Math.Max(length, BufferBytes / 4)];
        }

        // A gap's rows are read for speed only, so a NaN there is not an error of this call: check the wanted rows alone.
        Span<float> values = _gathered.AsSpan(0, length);
        ReadRange(sorted[0], values, check: false);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> row = values.Slice((int)(sorted[i] - sorted[0]) * Dimension, Dimension);
            Check(sorted[i], row);
            row.CopyTo(target.Slice(places[i] * Dimension, Dimension));
        }

        return count;
    }

    /// <summary>How many of the sorted rows are fetched together: of one shard, without large gaps, no more than the buffer holds. End is behind the last.</summary>
    private int RunLength(int index, ReadOnlySpan<long> sorted, long gapRows, long blockRows, out long end)
    {
        long last = Math.Min(_shards[index].FirstRow + _shards[index].RowCount, sorted[0] + Math.Max(1, blockRows));
        end = sorted[0] + 1;
        int count = 1;
        for (; count < sorted.Length && sorted[count] < last && sorted[count] - end <= gapRows; count++)
        {
            end = sorted[count] + 1;
        }

        return count;
    }

    private Span<byte> Raw(int length)
    {
        if (_raw.Length < length)
        {
            // Grows in few steps; never beyond the buffer's bound.
            _raw = new byte[Math.Min(BufferBytes, Math.Max(length, 2 * _raw.Length))];
        }

        return _raw.AsSpan(0, length);
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
        long element = row * Dimension;
        if (tensor.ElementType == ElementType.F32)
        {
            tensor.ReadRaw(element, FloatConvert.BytesOf(target));
            FloatConvert.FinishSingle(target);
            return;
        }

        int capacity = BufferBytes / size;
        for (int done = 0; done < target.Length;)
        {
            Span<float> part = target.Slice(done, Math.Min(capacity, target.Length - done));
            Span<byte> raw = Raw(part.Length * size);
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

            _open.Add((shard, _shards[shard].Open(_scattered)));
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
