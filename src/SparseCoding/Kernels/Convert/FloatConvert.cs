using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Floats of other widths in little-endian bytes, as files hold them, from and to float32. Rounds to nearest, ties to even; overflow gives infinity,
/// NaN stays NaN. The bytes need no alignment. Floor: one read and one write, by the slower of disk and memory.
/// </summary>
internal static class FloatConvert
{
    /// <summary>IEEE binary16 bytes [2n] to float32 [n], exact.</summary>
    public static void FromHalf(ReadOnlySpan<byte> source, Span<float> target)
    {
        Debug.Assert(source.Length == 2L * target.Length, "Lengths disagree.");
        if (BitConverter.IsLittleEndian)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), target);
            return;
        }

        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
        }
    }

    /// <summary>float32 [n] to IEEE binary16 bytes [2n].</summary>
    public static void ToHalf(ReadOnlySpan<float> source, Span<byte> target)
    {
        Debug.Assert(target.Length == 2L * source.Length, "Lengths disagree.");
        if (BitConverter.IsLittleEndian)
        {
            TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(target));
            return;
        }

        for (int i = 0; i < source.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(target[(2 * i)..], (Half)source[i]);
        }
    }

    /// <summary>bfloat16 bytes [2n] (the upper half of a float32) to float32 [n], exact; a NaN keeps its payload.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromBFloat16(ReadOnlySpan<byte> source, Span<float> target)
    {
        Debug.Assert(source.Length == 2L * target.Length, "Lengths disagree.");
        int i = 0;
        if (BitConverter.IsLittleEndian && Vector.IsHardwareAccelerated)
        {
            ref ushort s = ref Unsafe.As<byte, ushort>(ref MemoryMarshal.GetReference(source));
            ref uint t = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(target));
            for (; i <= target.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector.Widen(Vector.LoadUnsafe(ref s, (nuint)i), out Vector<uint> low, out Vector<uint> high);
                (low << 16).StoreUnsafe(ref t, (nuint)i);
                (high << 16).StoreUnsafe(ref t, (nuint)(i + Vector<uint>.Count));
            }
        }

        for (; i < target.Length; i++)
        {
            target[i] = SingleFromBFloat16(BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]));
        }
    }

    /// <summary>float32 [n] to bfloat16 bytes [2n]; NaN becomes a quiet NaN of the same sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToBFloat16(ReadOnlySpan<float> source, Span<byte> target)
    {
        Debug.Assert(target.Length == 2L * source.Length, "Lengths disagree.");
        int i = 0;
        if (BitConverter.IsLittleEndian && Vector.IsHardwareAccelerated)
        {
            ref float s = ref MemoryMarshal.GetReference(source);
            ref ushort t = ref Unsafe.As<byte, ushort>(ref MemoryMarshal.GetReference(target));
            for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                Vector<uint> low = Round(Vector.LoadUnsafe(ref s, (nuint)i));
                Vector<uint> high = Round(Vector.LoadUnsafe(ref s, (nuint)(i + Vector<float>.Count)));
                Vector.Narrow(low, high).StoreUnsafe(ref t, (nuint)i);
            }
        }

        for (; i < source.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[(2 * i)..], BFloat16FromSingle(source[i]));
        }
    }

    /// <summary>IEEE binary64 bytes [8n] to float32 [n].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromDouble(ReadOnlySpan<byte> source, Span<float> target)
    {
        Debug.Assert(source.Length == 8L * target.Length, "Lengths disagree.");
        int i = 0;
        if (BitConverter.IsLittleEndian && Vector.IsHardwareAccelerated)
        {
            ref double s = ref Unsafe.As<byte, double>(ref MemoryMarshal.GetReference(source));
            ref float t = ref MemoryMarshal.GetReference(target);
            for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<double> low = Vector.LoadUnsafe(ref s, (nuint)i);
                Vector<double> high = Vector.LoadUnsafe(ref s, (nuint)(i + Vector<double>.Count));
                Vector.Narrow(low, high).StoreUnsafe(ref t, (nuint)i);
            }
        }

        for (; i < target.Length; i++)
        {
            target[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
        }
    }

    /// <summary>float32 bytes [4n] to float32 [n]: a copy, swapped where the machine is big-endian.</summary>
    public static void FromSingle(ReadOnlySpan<byte> source, Span<float> target)
    {
        Debug.Assert(source.Length == 4L * target.Length, "Lengths disagree.");
        source.CopyTo(MemoryMarshal.AsBytes(target));
        SwapOnBigEndian(MemoryMarshal.Cast<float, int>(target));
    }

    /// <summary>
    /// The memory of a target as bytes [4n], for a reader that fills it with float32 bytes itself; <see cref="FinishSingle"/> makes numbers of them. Saves the
    /// copy of <see cref="FromSingle"/>.
    /// </summary>
    public static Span<byte> BytesOf(Span<float> target) => MemoryMarshal.AsBytes(target);

    /// <summary>Little-endian bytes in place to float32: nothing where the machine is little-endian too.</summary>
    public static void FinishSingle(Span<float> target) => SwapOnBigEndian(MemoryMarshal.Cast<float, int>(target));

    /// <summary>float32 [n] to float32 bytes [4n].</summary>
    public static void ToSingle(ReadOnlySpan<float> source, Span<byte> target)
    {
        Debug.Assert(target.Length == 4L * source.Length, "Lengths disagree.");
        MemoryMarshal.AsBytes(source).CopyTo(target);
        SwapOnBigEndian(MemoryMarshal.Cast<byte, int>(target));
    }

    /// <summary>One bfloat16: the specification of <see cref="FromBFloat16"/>.</summary>
    public static float SingleFromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>One rounding: the specification of <see cref="ToBFloat16"/>.</summary>
    public static ushort BFloat16FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> value)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(value);
        Vector<uint> rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) >> 16;
        Vector<uint> quiet = (bits >> 16) | new Vector<uint>(0x40);
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(value, value)), rounded, quiet);
    }

    private static void SwapOnBigEndian(Span<int> words)
    {
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
