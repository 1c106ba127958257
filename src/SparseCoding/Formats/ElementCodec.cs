using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// Bytes to numbers and back, one element type at a time. Bytes are little endian; a big-endian file is swapped first.
/// Widening is exact, NaN and infinities pass through; integers of more than 24 (53) bits round to the nearest float (double).
/// </summary>
internal static class ElementCodec
{
    /// <summary>
    /// Converts destination.Length elements. T is float, double or long; into long only integer types, and a U64 above 2⁶³−1
    /// throws OverflowException (the caller names the file).
    /// </summary>
    public static void Decode<T>(ReadOnlySpan<byte> source, ElementType type, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        source = source[..(destination.Length * type.ByteSize())];
        switch (type)
        {
            case ElementType.F32:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadSingleLittleEndian(source[(i * 4)..]));
                }

                break;
            case ElementType.F64:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadDoubleLittleEndian(source[(i * 8)..]));
                }

                break;
            case ElementType.F16:
                DecodeHalf(source, destination);
                break;
            case ElementType.BF16:
                for (int i = 0; i < destination.Length; i++)
                {
                    uint bits = (uint)BinaryPrimitives.ReadUInt16LittleEndian(source[(i * 2)..]) << 16;
                    destination[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle(bits));
                }

                break;
            case ElementType.I8:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating((sbyte)source[i]);
                }

                break;
            case ElementType.U8:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(source[i]);
                }

                break;
            case ElementType.Bool:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = source[i] != 0 ? T.One : T.Zero;
                }

                break;
            default:
                DecodeWideInteger(source, type, destination);
                break;
        }
    }

    /// <summary>Writes T's own element type (float F32, double F64, int I32, long I64, byte U8), little endian.</summary>
    public static void Encode<T>(ReadOnlySpan<T> source, Span<byte> destination)
        where T : unmanaged, INumber<T>
    {
        switch (ElementTypes.Of<T>())
        {
            case ElementType.F32:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(destination[(i * 4)..], float.CreateTruncating(source[i]));
                }

                break;
            case ElementType.F64:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(destination[(i * 8)..], double.CreateTruncating(source[i]));
                }

                break;
            case ElementType.I32:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(destination[(i * 4)..], int.CreateTruncating(source[i]));
                }

                break;
            case ElementType.I64:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(destination[(i * 8)..], long.CreateTruncating(source[i]));
                }

                break;
            default:
                for (int i = 0; i < source.Length; i++)
                {
                    destination[i] = byte.CreateTruncating(source[i]);
                }

                break;
        }
    }

    /// <summary>Reverses the bytes of every element in place. Size 1 is left alone.</summary>
    public static void SwapBytes(Span<byte> bytes, int elementSize)
    {
        if (elementSize == 2)
        {
            for (int i = 0; i + 2 <= bytes.Length; i += 2)
            {
                (bytes[i], bytes[i + 1]) = (bytes[i + 1], bytes[i]);
            }
        }
        else if (elementSize == 4)
        {
            for (int i = 0; i + 4 <= bytes.Length; i += 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[i..], BinaryPrimitives.ReadUInt32BigEndian(bytes[i..]));
            }
        }
        else if (elementSize == 8)
        {
            for (int i = 0; i + 8 <= bytes.Length; i += 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], BinaryPrimitives.ReadUInt64BigEndian(bytes[i..]));
            }
        }
    }

    /// <summary>The vector form of half to single pays: the scalar conversion is a dozen instructions.</summary>
    private static void DecodeHalf<T>(ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        Span<Half> halves = stackalloc Half[512];
        Span<float> singles = stackalloc float[512];
        for (int start = 0; start < destination.Length; start += halves.Length)
        {
            int count = Math.Min(halves.Length, destination.Length - start);
            ReadOnlySpan<byte> block = source.Slice(start * 2, count * 2);
            for (int i = 0; i < count; i++)
            {
                halves[i] = BinaryPrimitives.ReadHalfLittleEndian(block[(i * 2)..]);
            }

            TensorPrimitives.ConvertToSingle(halves[..count], singles);
            for (int i = 0; i < count; i++)
            {
                destination[start + i] = T.CreateTruncating(singles[i]);
            }
        }
    }

    private static void DecodeWideInteger<T>(ReadOnlySpan<byte> source, ElementType type, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case ElementType.I16:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadInt16LittleEndian(source[(i * 2)..]));
                }

                break;
            case ElementType.U16:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadUInt16LittleEndian(source[(i * 2)..]));
                }

                break;
            case ElementType.I32:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadInt32LittleEndian(source[(i * 4)..]));
                }

                break;
            case ElementType.U32:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadUInt32LittleEndian(source[(i * 4)..]));
                }

                break;
            case ElementType.I64:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateTruncating(BinaryPrimitives.ReadInt64LittleEndian(source[(i * 8)..]));
                }

                break;
            case ElementType.U64:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = T.CreateChecked(BinaryPrimitives.ReadUInt64LittleEndian(source[(i * 8)..]));
                }

                break;
            default:
                Throw.NotSupported($"Element type {type} has no conversion.");
                break;
        }
    }
}
