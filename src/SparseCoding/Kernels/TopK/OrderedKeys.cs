using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Floats as integers of the same order, and the k-th largest of them by bisection on the value. Bisection costs at most 32 counting passes
/// whatever the data are and has no unpredictable branch; quickselect mispredicts every second comparison and has a quadratic worst case.
/// </summary>
internal static class OrderedKeys
{
    /// <summary>An integer k(v) with k(a) &lt; k(b) exactly where a &lt; b, for all but NaN; both zeros are one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value + 0f);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    /// <summary>The float of a key. One more than the key of +infinity gives NaN, which as a bound admits nothing: what is wanted there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & int.MaxValue));

    /// <summary>
    /// A threshold t with count(keys > t) &lt;= k &lt;= count(keys >= t), for 1 &lt;= k &lt;= keys.Length. Where ties straddle rank k it is the tied value.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Threshold(ReadOnlySpan<int> keys, int k)
    {
        System.Diagnostics.Debug.Assert(k >= 1 && k <= keys.Length, "Rank outside the keys.");
        (int low, int high) = Range(keys);
        high++; // no overflow: the largest key is that of +infinity
        while ((long)high - low > 1)
        {
            int middle = (int)(((long)low + high) >> 1);
            int count = CountAtLeast(keys, middle);
            if (count == k)
            {
                return middle;
            }

            if (count > k)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>
    /// The key of rank <paramref name="rank"/> (1 is the largest), exactly, by counting 11, 11 and 10 bits from the top: three passes whatever the data are, for
    /// many keys and ranks where the bisection of <see cref="Threshold"/> would take thirty.
    /// </summary>
    /// <param name="keys">Keys, at least <paramref name="rank"/>.</param>
    /// <param name="rank">From 1 to their number.</param>
    /// <param name="above">How many keys are larger.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int OfRank(ReadOnlySpan<int> keys, int rank, out int above)
    {
        System.Diagnostics.Debug.Assert(rank >= 1 && rank <= keys.Length, "Rank outside the keys.");
        Span<int> bins = stackalloc int[1 << 11];
        uint prefix = 0;
        above = 0;
        for (int pass = 0; pass < 3; pass++)
        {
            int shift = pass switch { 0 => 21, 1 => 10, _ => 0 }, width = pass == 2 ? 10 : 11;
            bins.Clear();
            foreach (int key in keys)
            {
                uint ordered = (uint)key ^ 0x80000000u; // unsigned in the same order
                if (pass == 0 || (ordered >> (shift + width)) == prefix)
                {
                    bins[(int)((ordered >> shift) & ((1u << width) - 1))]++;
                }
            }

            int bin = (1 << width) - 1;
            for (; above + bins[bin] < rank; bin--)
            {
                above += bins[bin];
            }

            prefix = (prefix << width) | (uint)bin;
        }

        return (int)(prefix ^ 0x80000000u);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CountAtLeast(ReadOnlySpan<int> keys, int bound)
    {
        int count = 0, i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            ReadOnlySpan<Vector<int>> vectors = MemoryMarshal.Cast<int, Vector<int>>(keys);
            var limit = new Vector<int>(bound);
            Vector<int> total = Vector<int>.Zero;
            foreach (Vector<int> vector in vectors)
            {
                total -= Vector.GreaterThanOrEqual(vector, limit);
            }

            count = Vector.Sum(total);
            i = vectors.Length * Vector<int>.Count;
        }

        for (; i < keys.Length; i++)
        {
            count += keys[i] >= bound ? 1 : 0;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Low, int High) Range(ReadOnlySpan<int> keys)
    {
        int low = int.MaxValue, high = int.MinValue;
        foreach (int key in keys)
        {
            low = Math.Min(low, key);
            high = Math.Max(high, key);
        }

        return (low, high);
    }
}
