using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>Finds NaN and infinity, so that bad input is named by its place before any work. Floor: one read.</summary>
internal static class NonFinite
{
    /// <summary>Number of NaN and infinite elements, and the index of the first (−1 where there is none).</summary>
    public static int Count(ReadOnlySpan<float> values, out int first)
    {
        first = IndexOfFirst(values);
        int count = 0;
        for (int at = first; at >= 0;)
        {
            // Rare by nature: the vector search leaps from one to the next.
            count++;
            int next = IndexOfFirst(values[(at + 1)..]);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return count;
    }

    /// <summary>Index of the first NaN or infinity, −1 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfFirst(ReadOnlySpan<float> values)
    {
        ref float source = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i + (4 * lanes) <= length; i += 4 * lanes)
        {
            // x − x is 0 for a finite x and NaN for all others, and NaN survives the sums.
            Vector<float> a = Vector.LoadUnsafe(ref source, i), b = Vector.LoadUnsafe(ref source, i + lanes);
            Vector<float> c = Vector.LoadUnsafe(ref source, i + (2 * lanes)), d = Vector.LoadUnsafe(ref source, i + (3 * lanes));
            Vector<float> sum = ((a - a) + (b - b)) + ((c - c) + (d - d));
            if (!Vector.EqualsAll(sum, Vector<float>.Zero))
            {
                break;
            }
        }

        for (; i < length; i++)
        {
            if (!float.IsFinite(Unsafe.Add(ref source, i)))
            {
                return (int)i;
            }
        }

        return -1;
    }
}
