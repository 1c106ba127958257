using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// The k largest of a row. Ties go to the lower index, NaN is never selected, −0 and +0 are equal, infinities are ordinary values; the result is
/// in ascending index order.
/// </summary>
internal static class TopK
{
    private const int StackCapacity = 768;

    /// <summary>
    /// Selects the <paramref name="k"/> largest of <paramref name="row"/> [n] and returns how many there are: min(k, n), less where
    /// NaN or <paramref name="positiveOnly"/> leave fewer.
    /// </summary>
    /// <param name="row">Values, [n].</param>
    /// <param name="k">How many at most; 0 gives none, more than n gives all.</param>
    /// <param name="byMagnitude">Order by |value|; the values that come back keep their sign.</param>
    /// <param name="positiveOnly">Drops values &lt;= 0.</param>
    /// <param name="indices">Receives the columns, at least min(k, n) long.</param>
    /// <param name="values">Receives the values, at least min(k, n) long.</param>
    public static int Select(ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        k = Math.Min(k, row.Length);
        Debug.Assert(k <= 0 || (indices.Length >= k && values.Length >= k), "Targets too short.");
        if (k <= 0)
        {
            return 0;
        }

        return row.Length <= SmallTopK.MaxLength && Vector128.IsHardwareAccelerated
            ? SmallTopK.Select(row, k, byMagnitude, positiveOnly, indices, values)
            : SelectByBuffer(row, k, byMagnitude, positiveOnly, indices, values);
    }

    [SkipLocalsInit]
    private static int SelectByBuffer(ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        int capacity = TopKBuffer.Capacity(k);
        if (capacity <= StackCapacity)
        {
            Span<int> stack = stackalloc int[2 * StackCapacity];
            Span<float> stackValues = stackalloc float[StackCapacity];
            var small = new TopKBuffer(
                k, byMagnitude, positiveOnly, stackValues[..capacity], stack[..capacity], stack.Slice(StackCapacity, capacity));
            TopKScan.Offer(row, 0, ref small);
            return small.Finish(indices, values);
        }

        int[] rented = ArrayPool<int>.Shared.Rent(2 * capacity);
        float[] rentedValues = ArrayPool<float>.Shared.Rent(capacity);
        var large = new TopKBuffer(
            k, byMagnitude, positiveOnly, rentedValues.AsSpan(0, capacity), rented.AsSpan(0, capacity), rented.AsSpan(capacity, capacity));
        TopKScan.Offer(row, 0, ref large);
        int count = large.Finish(indices, values);
        ArrayPool<int>.Shared.Return(rented);
        ArrayPool<float>.Shared.Return(rentedValues);
        return count;
    }

    /// <summary>The specification of <see cref="Select"/>: insertion into a list ordered by key, then by index. O(n k), no vectors.</summary>
    public static int SelectScalar(ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        int count = 0;
        k = Math.Min(k, row.Length);
        for (int i = 0; i < row.Length && k > 0; i++)
        {
            float value = row[i];
            float key = byMagnitude ? MathF.Abs(value) : value;
            if (float.IsNaN(value) || (positiveOnly && !(value > 0)))
            {
                continue;
            }

            int place = count;
            while (place > 0 && key > (byMagnitude ? MathF.Abs(values[place - 1]) : values[place - 1]))
            {
                place--;
            }

            if (place == k)
            {
                continue;
            }

            int moved = Math.Min(count, k - 1) - place;
            values.Slice(place, moved).CopyTo(values[(place + 1)..]);
            indices.Slice(place, moved).CopyTo(indices[(place + 1)..]);
            values[place] = value;
            indices[place] = i;
            count = Math.Min(count + 1, k);
        }

        indices[..count].Sort(values[..count]);
        return count;
    }
}
