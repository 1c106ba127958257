using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// Offers the columns of a row (or of one tile of it) to a <see cref="TopKBuffer"/>. The row is cut into chunks of eight vectors; a chunk whose
/// maximum misses the bound is done with one comparison. On a long first tile the maxima of all chunks are kept: their k-th largest group
/// maximum is a bound that k elements of the row reach, so that only about 1.5 k elements are ever touched again.
/// Floor: one read of the row; the maxima are an eighth per lane of it and stay in L1.
/// </summary>
internal static class TopKScan
{
    private const int ChunkVectors = 8;

    /// <summary>Floats of chunk maxima kept on the stack: a segment of 16384 columns, whatever the width.</summary>
    private const int MaximaCapacity = 2048;

    /// <summary>Offers row[i] as column firstColumn + i, with the widest vectors of this process.</summary>
    public static void Offer(ReadOnlySpan<float> row, int firstColumn, ref TopKBuffer buffer)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Offer<Simd512, Vector512<float>>(row, firstColumn, ref buffer);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Offer<Simd256, Vector256<float>>(row, firstColumn, ref buffer);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Offer<Simd128, Vector128<float>>(row, firstColumn, ref buffer);
        }
        else
        {
            OfferScalar(row, firstColumn, ref buffer);
        }
    }

    /// <summary>The same without vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfferScalar(ReadOnlySpan<float> row, int firstColumn, ref TopKBuffer buffer)
    {
        bool byMagnitude = buffer.ByMagnitude;
        for (int i = 0; i < row.Length; i++)
        {
            float value = row[i];
            if ((byMagnitude ? MathF.Abs(value) : value) >= buffer.Bound)
            {
                if (buffer.Room == 0)
                {
                    // The cut raises the bound; the value is pushed even if it now misses it, and the next cut drops it.
                    buffer.Cut();
                }

                buffer.Push(value, firstColumn + i);
            }
        }
    }

    /// <summary>The same at a given width.</summary>
    [SkipLocalsInit]
    public static void Offer<TSimd, TVector>(ReadOnlySpan<float> row, int firstColumn, ref TopKBuffer buffer)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int chunk = ChunkVectors * TSimd.Lanes;
        int done = 0;
        int groupVectors = ((3 * Math.Min(buffer.K, MaximaCapacity)) + TSimd.Lanes - 1) / TSimd.Lanes;
        int chunks = Math.Min(row.Length / chunk, MaximaCapacity / TSimd.Lanes);
        if (buffer.Count < buffer.K && chunks >= groupVectors)
        {
            Span<float> maxima = stackalloc float[MaximaCapacity];
            OfferByMaxima<TSimd, TVector>(row[..(chunks * chunk)], firstColumn, maxima[..(chunks * TSimd.Lanes)], groupVectors, ref buffer);
            done = chunks * chunk;
        }

        OfferByBound<TSimd, TVector>(row, done, firstColumn, ref buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OfferByBound<TSimd, TVector>(ReadOnlySpan<float> row, int start, int firstColumn, ref TopKBuffer buffer)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(row);
        TVector keyMask = KeyMask<TSimd, TVector>(buffer.ByMagnitude);
        int chunk = ChunkVectors * TSimd.Lanes;
        int i = start;
        for (; i <= row.Length - chunk; i += chunk)
        {
            TVector maximum = ChunkMaximum<TSimd, TVector>(ref source, (nuint)i, keyMask);
            if (TSimd.AtLeastMask(maximum, TSimd.Broadcast(buffer.Bound)) != 0)
            {
                PushFrom<TSimd, TVector>(ref source, i, ChunkVectors, keyMask, firstColumn, ref buffer);
            }
        }

        int vectors = (row.Length - i) / TSimd.Lanes;
        PushFrom<TSimd, TVector>(ref source, i, vectors, keyMask, firstColumn, ref buffer);
        i += vectors * TSimd.Lanes;
        OfferScalar(row[i..], firstColumn + i, ref buffer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OfferByMaxima<TSimd, TVector>(
        ReadOnlySpan<float> row, int firstColumn, scoped Span<float> maxima, int groupVectors, ref TopKBuffer buffer)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(row);
        ref float maximaStart = ref MemoryMarshal.GetReference(maxima);
        TVector keyMask = KeyMask<TSimd, TVector>(buffer.ByMagnitude);
        int chunks = maxima.Length / TSimd.Lanes;
        for (int c = 0; c < chunks; c++)
        {
            TVector maximum = ChunkMaximum<TSimd, TVector>(ref source, (nuint)(c * ChunkVectors * TSimd.Lanes), keyMask);
            TSimd.Store(maximum, ref maximaStart, (nuint)(c * TSimd.Lanes));
        }

        buffer.Raise(GroupBound<TSimd, TVector>(maxima, groupVectors, buffer.K));
        for (int c = 0; c < chunks; c++)
        {
            if (TSimd.AtLeastMask(TSimd.Load(ref maximaStart, (nuint)(c * TSimd.Lanes)), TSimd.Broadcast(buffer.Bound)) != 0)
            {
                PushFrom<TSimd, TVector>(ref source, c * ChunkVectors * TSimd.Lanes, ChunkVectors, keyMask, firstColumn, ref buffer);
            }
        }
    }

    /// <summary>The k-th largest maximum of disjoint groups of columns: at least k elements reach it. -infinity where a group holds NaN only.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float GroupBound<TSimd, TVector>(ReadOnlySpan<float> maxima, int groupVectors, int k)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(maxima);
        int groups = groupVectors * TSimd.Lanes;
        Debug.Assert(groups <= maxima.Length && k <= groups, "Too few chunks for the groups.");
        Span<int> keys = stackalloc int[groups];
        Span<float> group = MemoryMarshal.Cast<int, float>(keys);
        int chunks = maxima.Length / TSimd.Lanes;
        for (int g = 0; g < groupVectors; g++)
        {
            TVector maximum = TSimd.Load(ref source, (nuint)(g * TSimd.Lanes));
            for (int c = g + groupVectors; c < chunks; c += groupVectors)
            {
                maximum = TSimd.MaxSkippingNaN(TSimd.Load(ref source, (nuint)(c * TSimd.Lanes)), maximum);
            }

            TSimd.Store(maximum, ref MemoryMarshal.GetReference(group), (nuint)(g * TSimd.Lanes));
        }

        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = OrderedKeys.Of(BitConverter.Int32BitsToSingle(keys[i]));
        }

        // Any t with k or more keys at or above it is a valid bound; a value between two keys is one too.
        return OrderedKeys.ToSingle(OrderedKeys.Threshold(keys, k));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector KeyMask<TSimd, TVector>(bool byMagnitude)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.Broadcast(BitConverter.Int32BitsToSingle(byMagnitude ? int.MaxValue : -1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ChunkMaximum<TSimd, TVector>(ref float source, nuint offset, TVector keyMask)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nuint lanes = (nuint)TSimd.Lanes;
        TVector bottom = TSimd.Broadcast(float.NegativeInfinity);
        TVector a = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset), keyMask), bottom);
        TVector b = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + lanes), keyMask), bottom);
        TVector c = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (2 * lanes)), keyMask), bottom);
        TVector d = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (3 * lanes)), keyMask), bottom);
        a = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (4 * lanes)), keyMask), a);
        b = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (5 * lanes)), keyMask), b);
        c = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (6 * lanes)), keyMask), c);
        d = TSimd.MaxSkippingNaN(TSimd.And(TSimd.Load(ref source, offset + (7 * lanes)), keyMask), d);
        return TSimd.MaxSkippingNaN(TSimd.MaxSkippingNaN(a, b), TSimd.MaxSkippingNaN(c, d));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PushFrom<TSimd, TVector>(
        ref float source, int offset, int vectors, TVector keyMask, int firstColumn, ref TopKBuffer buffer)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (buffer.Room < vectors * TSimd.Lanes)
        {
            buffer.Cut();
        }

        Debug.Assert(buffer.Room >= vectors * TSimd.Lanes, "The margin of the buffer is less than a chunk.");
        TVector bound = TSimd.Broadcast(buffer.Bound);
        for (int v = 0; v < vectors; v++)
        {
            int at = offset + (v * TSimd.Lanes);
            uint mask = TSimd.AtLeastMask(TSimd.And(TSimd.Load(ref source, (nuint)at), keyMask), bound);
            while (mask != 0)
            {
                int column = at + BitOperations.TrailingZeroCount(mask);
                buffer.Push(Unsafe.Add(ref source, column), firstColumn + column);
                mask &= mask - 1;
            }
        }
    }
}
