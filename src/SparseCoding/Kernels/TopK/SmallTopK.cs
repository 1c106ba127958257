using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// The k largest of a short row by the rank of every element: how many come before it. n²/8 comparisons without a branch that depends on
/// the data, where the buffer of <see cref="TopKScan"/> costs some 150 ns before it has seen anything. The result is that of <see cref="TopK.Select"/>.
/// Written for 256 bits; narrower processors run each operation as two.
/// </summary>
internal static class SmallTopK
{
    /// <summary>Longest row that is faster this way: one bit of a mask for each element.</summary>
    public const int MaxLength = 32;

    /// <summary>As <see cref="TopK.Select"/>, for rows up to <see cref="MaxLength"/> and hardware vectors; k at least 1.</summary>
    [SkipLocalsInit]
    public static int Select(ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        Debug.Assert(row.Length <= MaxLength && k >= 1, "Outside the range of this path.");
        Span<float> padded = stackalloc float[MaxLength];
        Span<int> keys = stackalloc int[MaxLength];
        int vectors = (row.Length + 7) / 8;
        row.CopyTo(padded);
        padded[row.Length..(8 * vectors)].Fill(float.NaN);
        Keys(padded, vectors, byMagnitude && !positiveOnly ? int.MaxValue : -1, positiveOnly, keys);
        uint selected = 0;
        for (int v = 0; v < vectors; v++)
        {
            selected |= SelectedOf(keys, 8 * v, row.Length, k) << (8 * v);
        }

        int count = 0;
        for (; selected != 0; selected &= selected - 1)
        {
            int i = BitOperations.TrailingZeroCount(selected);
            indices[count] = i;
            values[count++] = row[i];
        }

        return count;
    }

    /// <summary>Keys as <see cref="OrderedKeys.Of"/>; what may not be selected gets one below that of -infinity.</summary>
    private static void Keys(ReadOnlySpan<float> padded, int vectors, int mask, bool positiveOnly, Span<int> keys)
    {
        ref float source = ref MemoryMarshal.GetReference(padded);
        ref int target = ref MemoryMarshal.GetReference(keys);
        for (int v = 0; v < vectors; v++)
        {
            Vector256<float> value = Vector256.LoadUnsafe(ref source, (nuint)(8 * v));
            Vector256<int> bits = ((value.AsInt32() & Vector256.Create(mask)).AsSingle() + Vector256<float>.Zero).AsInt32();
            Vector256<int> key = bits ^ (Vector256.ShiftRightArithmetic(bits, 31) & Vector256.Create(int.MaxValue));
            Vector256<int> eligible = (positiveOnly ? Vector256.GreaterThan(value, Vector256<float>.Zero) : Vector256.Equals(value, value)).AsInt32();
            Vector256.ConditionalSelect(eligible, key, Vector256.Create(int.MinValue)).StoreUnsafe(ref target, (nuint)(8 * v));
        }
    }

    /// <summary>A bit for each of eight elements: fewer than k have a larger key, or the same and a lower index.</summary>
    private static uint SelectedOf(ReadOnlySpan<int> keys, int at, int length, int k)
    {
        ref int source = ref MemoryMarshal.GetReference(keys);
        Vector256<int> own = Vector256.LoadUnsafe(ref source, (nuint)at), rank = Vector256<int>.Zero;
        Vector256<int> place = Vector256.CreateSequence(at, 1);

        // Integers: larger or equal is larger than one less, and a comparison gives −1 where it holds. Where a key is the least integer
        // one less wraps around and the rank is wrong; such an element is never selected.
        for (int j = 0; j < length; j++)
        {
            Vector256<int> before = Vector256.GreaterThan(place, Vector256.Create(j));
            rank -= Vector256.GreaterThan(Vector256.Create(Unsafe.Add(ref source, j)), own + before);
        }

        Vector256<int> chosen = Vector256.LessThan(rank, Vector256.Create(k)) & ~Vector256.Equals(own, Vector256.Create(int.MinValue));
        return chosen.ExtractMostSignificantBits();
    }
}
