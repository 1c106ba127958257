using System.Buffers;
using System.Numerics;

namespace SparseCoding.Formats;

/// <summary>
/// Elements of a <see cref="ByteSource"/> at offset + Σ index · stride, strides in elements and not negative: a view such as W[:, ::2] that torch.save
/// keeps as a view. One run over the last axis is read at a time, its gaps included where they are small; memory is bounded as for
/// <see cref="PackedTensor"/>, which is the faster class for what lies without gaps.
/// </summary>
internal sealed class StridedTensor : StoredTensor
{
    private readonly ByteSource _source;
    private readonly long _offset;
    private readonly long[] _strides;
    private readonly bool _bigEndian;

    /// <summary>The reader has already checked that the first and the last element lie inside the source; the offset is in bytes.</summary>
    public StridedTensor(string name, ByteSource source, long offset, ElementType elementType, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, bool bigEndian)
        : base(name, source.Name, elementType, shape)
    {
        _source = source;
        _offset = offset;
        _strides = strides.ToArray();
        _bigEndian = bigEndian && elementType.ByteSize() > 1;
    }

    /// <inheritdoc/>
    protected override void ReadCore<T>(long firstRow, int count, Span<T> destination)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PackedTensor.BufferBytes);
        try
        {
            long run = Shape[^1], stride = _strides[^1];
            if (Shape.Length == 1)
            {
                ReadRun(firstRow * stride, stride, destination, buffer);
                return;
            }

            // Index over all axes but the last, from the first wanted row on, counted up like an odometer.
            Span<long> index = stackalloc long[TensorShape.MaximumRank];
            index = index[..(Shape.Length - 1)];
            index.Clear();
            index[0] = firstRow;
            for (int done = 0; done < destination.Length; done += (int)run)
            {
                long start = 0;
                for (int axis = 0; axis < index.Length; axis++)
                {
                    start += index[axis] * _strides[axis];
                }

                ReadRun(start, stride, destination.Slice(done, (int)run), buffer);
                for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == Shape[axis] && axis > 0; axis--)
                {
                    index[axis] = 0;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadRun<T>(long start, long stride, Span<T> destination, byte[] buffer)
        where T : unmanaged, INumber<T>
    {
        int size = ElementType.ByteSize();
        long capacity = PackedTensor.BufferBytes / size;
        int most = stride == 0 ? 1 : (int)Math.Max(1, ((capacity - 1) / stride) + 1);
        for (int done = 0; done < destination.Length;)
        {
            int take = Math.Min(most, destination.Length - done);
            long first = start + (done * stride);
            Span<byte> bytes = buffer.AsSpan(0, (int)(((take - 1) * stride) + 1) * size);
            _source.Read(_offset + (first * size), bytes);
            if (_bigEndian)
            {
                ElementCodec.SwapBytes(bytes, size);
            }

            if (stride == 1)
            {
                ElementCodec.Decode(bytes, ElementType, destination.Slice(done, take));
            }
            else
            {
                for (int i = 0; i < take; i++)
                {
                    ElementCodec.Decode(bytes[(int)(i * stride * size)..], ElementType, destination.Slice(done + i, 1));
                }
            }

            done += take;
        }
    }
}
