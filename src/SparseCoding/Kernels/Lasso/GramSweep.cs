using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>
/// The passes over all atoms that LARS, coordinate descent and FISTA share, [atoms] each: weighted sums of Gram rows, the step to the next join, updates of the
/// correlations with a scan for ties. Vectors are as wide as <see cref="Vector{T}"/> (256 bits with AVX2); without vector hardware the scalar tails do it all.
/// </summary>
/// <remarks>The floor of a sum of k rows is k · atoms · sizeof(T) bytes from where the Gram lies (L2 or L3); eight rows at a time keep the target's own traffic at an eighth of that.</remarks>
internal static class GramSweep<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Without this the loops would run on emulated vectors, tens of times slower than their scalar tails.
    private static int VectorEnd(int length) => Vector.IsHardwareAccelerated ? length - (length % Vector<T>.Count) : 0;

    /// <summary>target += Σ_k weights_k · G_{rows_k}, [atoms].</summary>
    public static void AddRows(GramRows<T> gram, ReadOnlySpan<int> rows, ReadOnlySpan<T> weights, Span<T> target)
    {
        Debug.Assert(rows.Length == weights.Length && target.Length == gram.AtomCount, "One weight per row, one element per atom.");
        int row = 0;
        for (; row + 8 <= rows.Length; row += 8)
        {
            AddEight(gram, rows.Slice(row, 8), weights.Slice(row, 8), target);
        }

        if (row + 4 <= rows.Length)
        {
            AddFour(gram, rows.Slice(row, 4), weights.Slice(row, 4), target);
            row += 4;
        }

        if (row + 2 <= rows.Length)
        {
            AddTwo(gram.Row(rows[row]), weights[row], gram.Row(rows[row + 1]), weights[row + 1], target);
            row += 2;
        }

        if (row < rows.Length)
        {
            AddScaled(gram.Row(rows[row]), weights[row], target);
        }
    }

    /// <summary>target += scale · source.</summary>
    public static void AddScaled(ReadOnlySpan<T> source, T scale, Span<T> target)
    {
        ref T s = ref MemoryMarshal.GetReference(source);
        ref T t = ref MemoryMarshal.GetReference(target);
        int end = VectorEnd(target.Length), i = 0;
        var vector = new Vector<T>(scale);
        for (; i < end; i += Vector<T>.Count)
        {
            MultiplyAdd(vector, Load(ref s, i), Load(ref t, i)).StoreUnsafe(ref t, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            target[i] += scale * source[i];
        }
    }

    /// <summary>
    /// The smallest γ at which an atom's correlation c − γ a meets the falling level C − γ (or −(C − γ), unless <paramref name="nonNegative"/>):
    /// min (C − c)/(1 − a), (C + c)/(1 + a) over denominators above <paramref name="floor"/>; in [0, C], and C if nothing comes sooner.
    /// Elements with c = a = 0 give C, which is how a caller takes atoms out.
    /// </summary>
    /// <remarks>Fractions are compared with the best so far by a product; only the few vectors that hold a better one divide.</remarks>
    public static T SmallestStep(ReadOnlySpan<T> correlations, ReadOnlySpan<T> slopes, T level, T floor, bool nonNegative)
    {
        ref T c = ref MemoryMarshal.GetReference(correlations);
        ref T a = ref MemoryMarshal.GetReference(slopes);
        int length = correlations.Length, end = VectorEnd(length), i = 0;
        T best = level;
        var levels = new Vector<T>(level);
        Vector<T> bests = levels;
        for (; i < end; i += Vector<T>.Count)
        {
            Vector<T> vc = Load(ref c, i), va = Load(ref a, i);
            Vector<T> better = Vector.LessThan(levels - vc, bests - (bests * va));
            if (!nonNegative)
            {
                better |= Vector.LessThan(levels + vc, bests + (bests * va));
            }

            if (!Vector.EqualsAll(better.As<T, int>(), Vector<int>.Zero))
            {
                best = SmallestOf(correlations.Slice(i, Vector<T>.Count), slopes.Slice(i, Vector<T>.Count), level, floor, nonNegative, best);
                bests = new Vector<T>(best);
            }
        }

        return T.Max(SmallestOf(correlations[i..], slopes[i..], level, floor, nonNegative, best), T.Zero);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T SmallestOf(ReadOnlySpan<T> correlations, ReadOnlySpan<T> slopes, T level, T floor, bool nonNegative, T best)
    {
        for (int i = 0; i < correlations.Length; i++)
        {
            T below = T.One - slopes[i], above = T.One + slopes[i];
            if (below > floor)
            {
                best = T.Min(best, (level - correlations[i]) / below);
            }

            if (!nonNegative && above > floor)
            {
                best = T.Min(best, (level + correlations[i]) / above);
            }
        }

        return best;
    }

    /// <summary>c −= γ a, then lists the atoms with |c| (or c, if <paramref name="nonNegative"/>) >= <paramref name="bound"/> in order of index.</summary>
    /// <returns>How many were written to <paramref name="found"/>, [atoms].</returns>
    public static int Advance(Span<T> correlations, ReadOnlySpan<T> slopes, T step, T bound, bool nonNegative, Span<int> found)
    {
        ref T c = ref MemoryMarshal.GetReference(correlations);
        ref T a = ref MemoryMarshal.GetReference(slopes);
        int length = correlations.Length, end = VectorEnd(length), i = 0, count = 0;
        Vector<T> steps = new(-step), bounds = new(bound);
        for (; i < end; i += Vector<T>.Count)
        {
            Vector<T> v = MultiplyAdd(steps, Load(ref a, i), Load(ref c, i));
            v.StoreUnsafe(ref c, (nuint)i);
            Vector<T> enough = Vector.GreaterThanOrEqual(nonNegative ? v : Vector.Abs(v), bounds);
            if (!Vector.EqualsAll(enough.As<T, int>(), Vector<int>.Zero))
            {
                count = List(enough, i, found, count);
            }
        }

        for (int j = i; j < length; j++)
        {
            correlations[j] -= step * slopes[j];
        }

        return List(correlations, i, length, bound, nonNegative, found, count);
    }

    /// <summary>Lists the atoms with |c| (or c, if <paramref name="nonNegative"/>) >= <paramref name="bound"/> in order of index; returns how many.</summary>
    public static int AtLeast(ReadOnlySpan<T> correlations, T bound, bool nonNegative, Span<int> found)
    {
        ref T c = ref MemoryMarshal.GetReference(correlations);
        int length = correlations.Length, end = VectorEnd(length), i = 0, count = 0;
        var bounds = new Vector<T>(bound);
        for (; i < end; i += Vector<T>.Count)
        {
            Vector<T> v = Load(ref c, i);
            Vector<T> enough = Vector.GreaterThanOrEqual(nonNegative ? v : Vector.Abs(v), bounds);
            if (!Vector.EqualsAll(enough.As<T, int>(), Vector<int>.Zero))
            {
                count = List(enough, i, found, count);
            }
        }

        return List(correlations, i, length, bound, nonNegative, found, count);
    }

    /// <summary>max |c|, or max(c, 0) if <paramref name="nonNegative"/>; 0 for no atoms.</summary>
    public static T Largest(ReadOnlySpan<T> correlations, bool nonNegative)
    {
        ref T c = ref MemoryMarshal.GetReference(correlations);
        int length = correlations.Length, end = VectorEnd(length), i = 0;
        T best = T.Zero;
        if (end > 0)
        {
            Vector<T> bests = Vector<T>.Zero;
            for (; i < end; i += Vector<T>.Count)
            {
                Vector<T> v = Load(ref c, i);
                bests = Vector.Max(bests, nonNegative ? v : Vector.Abs(v));
            }

            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                best = T.Max(best, bests[lane]);
            }
        }

        for (; i < length; i++)
        {
            best = T.Max(best, Size(correlations[i], nonNegative));
        }

        return best;
    }

    /// <summary>a·b + c, fused where the hardware fuses; never the library call that replaces a missing instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd(Vector<T> left, Vector<T> right, Vector<T> addend)
    {
        if (Fma.IsSupported || AdvSimd.IsSupported)
        {
            if (typeof(T) == typeof(float))
            {
                return Vector.FusedMultiplyAdd(left.As<T, float>(), right.As<T, float>(), addend.As<T, float>()).As<float, T>();
            }

            if (typeof(T) == typeof(double))
            {
                return Vector.FusedMultiplyAdd(left.As<T, double>(), right.As<T, double>(), addend.As<T, double>()).As<double, T>();
            }
        }

        return (left * right) + addend;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int List(ReadOnlySpan<T> correlations, int from, int to, T bound, bool nonNegative, Span<int> found, int count)
    {
        for (int i = from; i < to; i++)
        {
            if (Size(correlations[i], nonNegative) >= bound)
            {
                found[count++] = i;
            }
        }

        return count;
    }

    /// <summary>Lists the lanes of a comparison that are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int List(Vector<T> lanes, int from, Span<int> found, int count)
    {
        if (Vector<byte>.Count == 32)
        {
            for (uint mask = Vector256.ExtractMostSignificantBits(lanes.AsVector256()); mask != 0; mask &= mask - 1)
            {
                found[count++] = from + BitOperations.TrailingZeroCount(mask);
            }

            return count;
        }

        for (int lane = 0; lane < Vector<T>.Count; lane++)
        {
            // A set lane is all ones, which is a NaN.
            if (T.IsNaN(lanes[lane]))
            {
                found[count++] = from + lane;
            }
        }

        return count;
    }

    /// <summary>|value|, or value itself where codes are not negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Size(T value, bool nonNegative) => nonNegative ? value : T.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load(ref T source, int offset) => Vector.LoadUnsafe(ref source, (nuint)offset);

    private static void AddTwo(ReadOnlySpan<T> row0, T weight0, ReadOnlySpan<T> row1, T weight1, Span<T> target)
    {
        ref T r0 = ref MemoryMarshal.GetReference(row0);
        ref T r1 = ref MemoryMarshal.GetReference(row1);
        ref T t = ref MemoryMarshal.GetReference(target);
        int end = VectorEnd(target.Length), i = 0;
        Vector<T> w0 = new(weight0), w1 = new(weight1);
        for (; i < end; i += Vector<T>.Count)
        {
            MultiplyAdd(w1, Load(ref r1, i), MultiplyAdd(w0, Load(ref r0, i), Load(ref t, i))).StoreUnsafe(ref t, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            target[i] += (weight0 * row0[i]) + (weight1 * row1[i]);
        }
    }

    private static void AddFour(GramRows<T> gram, ReadOnlySpan<int> rows, ReadOnlySpan<T> weights, Span<T> target)
    {
        ref T r0 = ref MemoryMarshal.GetReference(gram.Row(rows[0]));
        ref T r1 = ref MemoryMarshal.GetReference(gram.Row(rows[1]));
        ref T r2 = ref MemoryMarshal.GetReference(gram.Row(rows[2]));
        ref T r3 = ref MemoryMarshal.GetReference(gram.Row(rows[3]));
        ref T t = ref MemoryMarshal.GetReference(target);
        int end = VectorEnd(target.Length), i = 0;
        Vector<T> w0 = new(weights[0]), w1 = new(weights[1]), w2 = new(weights[2]), w3 = new(weights[3]);
        for (; i < end; i += Vector<T>.Count)
        {
            Vector<T> even = MultiplyAdd(w2, Load(ref r2, i), MultiplyAdd(w0, Load(ref r0, i), Load(ref t, i)));
            Vector<T> odd = MultiplyAdd(w3, Load(ref r3, i), w1 * Load(ref r1, i));
            (even + odd).StoreUnsafe(ref t, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            T even = (weights[0] * Unsafe.Add(ref r0, i)) + (weights[2] * Unsafe.Add(ref r2, i));
            T odd = (weights[1] * Unsafe.Add(ref r1, i)) + (weights[3] * Unsafe.Add(ref r3, i));
            target[i] += even + odd;
        }
    }

    private static void AddEight(GramRows<T> gram, ReadOnlySpan<int> rows, ReadOnlySpan<T> weights, Span<T> target)
    {
        ref T r0 = ref MemoryMarshal.GetReference(gram.Row(rows[0]));
        ref T r1 = ref MemoryMarshal.GetReference(gram.Row(rows[1]));
        ref T r2 = ref MemoryMarshal.GetReference(gram.Row(rows[2]));
        ref T r3 = ref MemoryMarshal.GetReference(gram.Row(rows[3]));
        ref T r4 = ref MemoryMarshal.GetReference(gram.Row(rows[4]));
        ref T r5 = ref MemoryMarshal.GetReference(gram.Row(rows[5]));
        ref T r6 = ref MemoryMarshal.GetReference(gram.Row(rows[6]));
        ref T r7 = ref MemoryMarshal.GetReference(gram.Row(rows[7]));
        ref T t = ref MemoryMarshal.GetReference(target);
        int end = VectorEnd(target.Length), i = 0;
        Vector<T> w0 = new(weights[0]), w1 = new(weights[1]), w2 = new(weights[2]), w3 = new(weights[3]);
        Vector<T> w4 = new(weights[4]), w5 = new(weights[5]), w6 = new(weights[6]), w7 = new(weights[7]);
        for (; i < end; i += Vector<T>.Count)
        {
            // Two chains, so that the latency of eight dependent multiply-adds is halved.
            Vector<T> even = MultiplyAdd(w0, Load(ref r0, i), Load(ref t, i));
            Vector<T> odd = w1 * Load(ref r1, i);
            even = MultiplyAdd(w2, Load(ref r2, i), even);
            odd = MultiplyAdd(w3, Load(ref r3, i), odd);
            even = MultiplyAdd(w4, Load(ref r4, i), even);
            odd = MultiplyAdd(w5, Load(ref r5, i), odd);
            even = MultiplyAdd(w6, Load(ref r6, i), even);
            odd = MultiplyAdd(w7, Load(ref r7, i), odd);
            (even + odd).StoreUnsafe(ref t, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            T even = (weights[0] * Unsafe.Add(ref r0, i)) + (weights[2] * Unsafe.Add(ref r2, i)) + (weights[4] * Unsafe.Add(ref r4, i)) + (weights[6] * Unsafe.Add(ref r6, i));
            T odd = (weights[1] * Unsafe.Add(ref r1, i)) + (weights[3] * Unsafe.Add(ref r3, i)) + (weights[5] * Unsafe.Add(ref r5, i)) + (weights[7] * Unsafe.Add(ref r7, i));
            target[i] += even + odd;
        }
    }
}
