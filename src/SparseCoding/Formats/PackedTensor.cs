using System.Buffers;
using System.Numerics;

namespace SparseCoding.Formats;

/// <summary>
/// Elements packed without gaps in a <see cref="ByteSource"/>, row-major or Fortran order, either byte order.
/// One read holds at most <see cref="BufferBytes"/> of raw bytes, so a file of any size costs the same memory.
/// </summary>
internal sealed class PackedTensor : StoredTensor
{
    /// <summary>Raw bytes held at a time.</summary>
    public const int BufferBytes = 1 << 18;

    // Fortran order: reading on over a gap is cheaper than another system call up to about this many bytes.
    private const long CheapGapBytes = 1 << 14;

    private readonly ByteSource _source;
    private readonly long _offset;
    private readonly bool _bigEndian;
    private readonly bool _fortranOrder;

    /// <summary>The reader has already checked that offset + ByteCount lies inside the source.</summary>
    public PackedTensor(
        string name,
        ByteSource source,
        long offset,
        ElementType elementType,
        ReadOnlySpan<long> shape,
        bool bigEndian = false,
        bool fortranOrder = false)
        : base(name, source.Name, elementType, shape)
    {
        _source = source;
        _offset = offset;
        _bigEndian = bigEndian && elementType.ByteSize() > 1;

        // With fewer than two axes both orders are the same bytes.
        _fortranOrder = fortranOrder && shape.Length > 1;
    }

    /// <inheritdoc/>
    public override bool HasRawRows => !_fortranOrder;

    /// <inheritdoc/>
    protected override void ReadRawCore(long firstElement, Span<byte> destination) => Fetch(firstElement, destination);

    /// <inheritdoc/>
    protected override void ReadCore<T>(long firstRow, int count, Span<T> destination)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(ByteCount, 64, BufferBytes));
        try
        {
            if (_fortranOrder)
            {
                ReadFortran(firstRow, count, destination, buffer.AsSpan(0, Math.Min(buffer.Length, BufferBytes)));
            }
            else
            {
                ReadRun(firstRow * RowLength, destination, buffer.AsSpan(0, Math.Min(buffer.Length, BufferBytes)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads elements that lie one after another, from the given element on.</summary>
    private void ReadRun<T>(long firstElement, Span<T> destination, Span<byte> buffer)
        where T : unmanaged, INumber<T>
    {
        int size = ElementType.ByteSize();
        int capacity = buffer.Length / size;
        int done = 0;
        while (done < destination.Length)
        {
            int take = Math.Min(capacity, destination.Length - done);
            Fetch(firstElement + done, buffer[..(take * size)]);
            ElementCodec.Decode(buffer[..(take * size)], ElementType, destination.Slice(done, take));
            done += take;
        }
    }

    /// <summary>
    /// Element (i0, i1, ..., ik) lies at i0 + n0 · (i1 + n1 · (i2 + ...)): for every "column" (i1, ..., ik) the wanted rows are one run.
    /// Runs that lie close together are fetched in one read; far ones each by their own.
    /// </summary>
    private void ReadFortran<T>(long firstRow, int count, Span<T> destination, Span<byte> buffer)
        where T : unmanaged, INumber<T>
    {
        int size = ElementType.ByteSize();
        int rowLength = (int)RowLength;
        T[] column = ArrayPool<T>.Shared.Rent(Math.Min(count, buffer.Length / size));
        Span<long> index = stackalloc long[TensorShape.MaximumRank];
        index = index[..(Shape.Length - 1)];
        index.Clear();
        try
        {
            long columnBytes = RowCount * size;
            bool together = (RowCount - count) * size <= CheapGapBytes && columnBytes <= buffer.Length;
            int group = together ? (int)Math.Min(rowLength, buffer.Length / columnBytes) : 1;
            for (int first = 0; first < rowLength; first += group)
            {
                int columns = Math.Min(group, rowLength - first);
                if (together)
                {
                    Fetch(first * RowCount, buffer[..(int)(columns * columnBytes)]);
                }

                for (int c = 0; c < columns; c++)
                {
                    int place = RowMajorIndex(index);
                    int row = 0;
                    while (row < count)
                    {
                        Span<T> part = column.AsSpan(0, Math.Min(column.Length, count - row));
                        if (together)
                        {
                            int start = (int)((c * RowCount + firstRow + row) * size);
                            ElementCodec.Decode(buffer[start..], ElementType, part);
                        }
                        else
                        {
                            ReadRun((first + c) * RowCount + firstRow + row, part, buffer);
                        }

                        for (int i = 0; i < part.Length; i++)
                        {
                            destination[(row + i) * rowLength + place] = part[i];
                        }

                        row += part.Length;
                    }

                    Advance(index);
                }
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(column);
        }
    }

    private int RowMajorIndex(ReadOnlySpan<long> index)
    {
        long place = 0;
        for (int axis = 0; axis < index.Length; axis++)
        {
            place = place * Shape[axis + 1] + index[axis];
        }

        return (int)place;
    }

    private void Advance(Span<long> index)
    {
        for (int axis = 0; axis < index.Length; axis++)
        {
            if (++index[axis] < Shape[axis + 1])
            {
                return;
            }

            index[axis] = 0;
        }
    }

    private void Fetch(long element, Span<byte> bytes)
    {
        int size = ElementType.ByteSize();
        _source.Read(_offset + element * size, bytes);
        if (_bigEndian)
        {
            ElementCodec.SwapBytes(bytes, size);
        }
    }
}
