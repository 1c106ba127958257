using System.Buffers;
using System.Numerics;

namespace SparseCoding.Formats;

/// <summary>Numbers to a stream, little endian, through a buffer of bounded size.</summary>
internal static class ElementWriter
{
    /// <summary>Writes float, double, int, long or byte in T's own type.</summary>
    public static void Write<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        int size = ElementTypes.Of<T>().ByteSize();
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp((long)values.Length * size, 64, PackedTensor.BufferBytes));
        try
        {
            int capacity = buffer.Length / size;
            while (!values.IsEmpty)
            {
                int take = Math.Min(capacity, values.Length);
                ElementCodec.Encode(values[..take], buffer);
                stream.Write(buffer, 0, take * size);
                values = values[take..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
