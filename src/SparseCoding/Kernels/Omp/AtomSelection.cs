using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// The inner loop of the greedy solvers: c = source − Σ_i a_i row_i over all atoms, and in the same pass the next atom, argmax of |c_j| w_j
/// (c_j w_j for a non-negative code), ties to the lower index.
/// </summary>
/// <remarks>
/// All arrays are padded to a multiple of <see cref="Padding"/> elements with zeros (a weight of 0 is never selected, so padding and masked atoms
/// need no test of their own). A block's sums stay in eight registers over all rows, so that c is loaded and stored once: the cost is the
/// reading of the rows, n · count elements. Scalar form = specification; the wide forms may differ from it by the rounding of a fused multiply-add.
/// </remarks>
internal static unsafe class AtomSelection
{
    /// <summary>Lengths are padded to a multiple of this many elements: the widest block (eight 512-bit registers of floats).</summary>
    public const int Padding = 128;

    /// <summary>Updates the correlations and selects the best atom.</summary>
    /// <param name="source">Minuend, [length]; may be the same memory as <paramref name="target"/>.</param>
    /// <param name="target">c, [length], written.</param>
    /// <param name="weights">w_j: 1 / ‖d_j‖, or 0 for an atom that cannot be selected, [length].</param>
    /// <param name="rows">Gram rows, [count] rows at distance <paramref name="stride"/>.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="coefficients">a, [count].</param>
    /// <param name="count">Number of rows; 0 only selects.</param>
    /// <param name="length">Padded number of atoms.</param>
    /// <param name="nonNegative">Select by c_j w_j rather than by |c_j| w_j.</param>
    /// <param name="floor">Only scores above it are candidates, at least 0.</param>
    /// <returns>The atom, or −1 where no score is above the floor (a NaN score is never selected).</returns>
    public static int Update<T>(
        T* source, T* target, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, bool nonNegative, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return Update512(source, target, weights, rows, stride, coefficients, count, length, nonNegative, floor);
        }

        return Vector.IsHardwareAccelerated
            ? UpdateVector(source, target, weights, rows, stride, coefficients, count, length, nonNegative, floor)
            : UpdateScalar(source, target, weights, rows, stride, coefficients, count, length, nonNegative, floor);
    }

    /// <summary>The specification.</summary>
    internal static int UpdateScalar<T>(
        T* source, T* target, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, bool nonNegative, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int best = -1;
        for (nint j = 0; j < length; j++)
        {
            T sum = T.Zero;
            for (int i = 0; i < count; i++)
            {
                sum += coefficients[i] * rows[(i * stride) + j];
            }

            T value = source[j] - sum;
            target[j] = value;
            T score = Score(value, weights[j], nonNegative);
            if (score > floor)
            {
                floor = score;
                best = (int)j;
            }
        }

        return best;
    }

    /// <summary>The form for 256- and 128-bit registers.</summary>
    internal static int UpdateVector<T>(
        T* source, T* target, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, bool nonNegative, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint w = Vector<T>.Count;
        Vector<T> keep = nonNegative ? Vector<T>.AllBitsSet : ~new Vector<T>(-T.Zero);
        var bestVector = new Vector<T>(floor);
        nint bestBlock = -1;
        for (nint b = 0; b < length; b += 8 * w)
        {
            Vector<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            T* row = rows + b;
            for (int i = 0; i < count; i++)
            {
                var a = new Vector<T>(coefficients[i]);
                s0 = MultiplyAdd(a, Vector.Load(row), s0);
                s1 = MultiplyAdd(a, Vector.Load(row + w), s1);
                s2 = MultiplyAdd(a, Vector.Load(row + (2 * w)), s2);
                s3 = MultiplyAdd(a, Vector.Load(row + (3 * w)), s3);
                s4 = MultiplyAdd(a, Vector.Load(row + (4 * w)), s4);
                s5 = MultiplyAdd(a, Vector.Load(row + (5 * w)), s5);
                s6 = MultiplyAdd(a, Vector.Load(row + (6 * w)), s6);
                s7 = MultiplyAdd(a, Vector.Load(row + (7 * w)), s7);
                row += stride;
            }

            T* from = source + b;
            T* to = target + b;
            T* weight = weights + b;
            s0 = Finish(from, to, weight, s0, keep);
            s1 = Finish(from + w, to + w, weight + w, s1, keep);
            s2 = Finish(from + (2 * w), to + (2 * w), weight + (2 * w), s2, keep);
            s3 = Finish(from + (3 * w), to + (3 * w), weight + (3 * w), s3, keep);
            s4 = Finish(from + (4 * w), to + (4 * w), weight + (4 * w), s4, keep);
            s5 = Finish(from + (5 * w), to + (5 * w), weight + (5 * w), s5, keep);
            s6 = Finish(from + (6 * w), to + (6 * w), weight + (6 * w), s6, keep);
            s7 = Finish(from + (7 * w), to + (7 * w), weight + (7 * w), s7, keep);
            Vector<T> max = Vector.MaxNative(
                Vector.MaxNative(Vector.MaxNative(s0, s1), Vector.MaxNative(s2, s3)),
                Vector.MaxNative(Vector.MaxNative(s4, s5), Vector.MaxNative(s6, s7)));
            if (Vector.GreaterThanAny(max, bestVector))
            {
                // Strictly greater: among equal scores of different blocks the first block stays.
                floor = Largest(max, floor);
                bestVector = new Vector<T>(floor);
                bestBlock = b;
            }
        }

        return bestBlock < 0 ? -1 : Locate(target, weights, bestBlock, 8 * w, nonNegative, floor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector<T> Finish(T* from, T* to, T* weight, Vector<T> sum, Vector<T> keep)
        {
            Vector<T> value = Vector.Load(from) - sum;
            Vector.Store(value, to);
            return (value & keep) * Vector.Load(weight);
        }
    }

    /// <summary>The form for 512-bit registers.</summary>
    internal static int Update512<T>(
        T* source, T* target, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, bool nonNegative, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint w = Vector512<T>.Count;
        Vector512<T> keep = nonNegative ? Vector512<T>.AllBitsSet : ~Vector512.Create(-T.Zero);
        Vector512<T> bestVector = Vector512.Create(floor);
        nint bestBlock = -1;
        for (nint b = 0; b < length; b += 8 * w)
        {
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            T* row = rows + b;
            for (int i = 0; i < count; i++)
            {
                Vector512<T> a = Vector512.Create(coefficients[i]);
                s0 = MultiplyAdd(a, Vector512.Load(row), s0);
                s1 = MultiplyAdd(a, Vector512.Load(row + w), s1);
                s2 = MultiplyAdd(a, Vector512.Load(row + (2 * w)), s2);
                s3 = MultiplyAdd(a, Vector512.Load(row + (3 * w)), s3);
                s4 = MultiplyAdd(a, Vector512.Load(row + (4 * w)), s4);
                s5 = MultiplyAdd(a, Vector512.Load(row + (5 * w)), s5);
                s6 = MultiplyAdd(a, Vector512.Load(row + (6 * w)), s6);
                s7 = MultiplyAdd(a, Vector512.Load(row + (7 * w)), s7);
                row += stride;
            }

            T* from = source + b;
            T* to = target + b;
            T* weight = weights + b;
            s0 = Finish(from, to, weight, s0, keep);
            s1 = Finish(from + w, to + w, weight + w, s1, keep);
            s2 = Finish(from + (2 * w), to + (2 * w), weight + (2 * w), s2, keep);
            s3 = Finish(from + (3 * w), to + (3 * w), weight + (3 * w), s3, keep);
            s4 = Finish(from + (4 * w), to + (4 * w), weight + (4 * w), s4, keep);
            s5 = Finish(from + (5 * w), to + (5 * w), weight + (5 * w), s5, keep);
            s6 = Finish(from + (6 * w), to + (6 * w), weight + (6 * w), s6, keep);
            s7 = Finish(from + (7 * w), to + (7 * w), weight + (7 * w), s7, keep);
            Vector512<T> max = Vector512.MaxNative(
                Vector512.MaxNative(Vector512.MaxNative(s0, s1), Vector512.MaxNative(s2, s3)),
                Vector512.MaxNative(Vector512.MaxNative(s4, s5), Vector512.MaxNative(s6, s7)));
            if (Vector512.GreaterThanAny(max, bestVector))
            {
                floor = Largest(Vector256.MaxNative(max.GetLower(), max.GetUpper()), floor);
                bestVector = Vector512.Create(floor);
                bestBlock = b;
            }
        }

        return bestBlock < 0 ? -1 : Locate(target, weights, bestBlock, 8 * w, nonNegative, floor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Finish(T* from, T* to, T* weight, Vector512<T> sum, Vector512<T> keep)
        {
            Vector512<T> value = Vector512.Load(from) - sum;
            value.Store(to);
            return (value & keep) * Vector512.Load(weight);
        }
    }

    /// <summary>The score of one atom; one multiplication, so that every form gives the same bits for the same c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Score<T>(T value, T weight, bool nonNegative)
        where T : unmanaged, IFloatingPointIeee754<T> => (nonNegative ? value : T.Abs(value)) * weight;

    /// <summary>First atom of the block whose score is exactly the maximum.</summary>
    private static int Locate<T>(T* target, T* weights, nint block, nint length, bool nonNegative, T best)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint end = block + length;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<T> keep = nonNegative ? Vector256<T>.AllBitsSet : ~Vector256.Create(-T.Zero);
            Vector256<T> wanted = Vector256.Create(best);
            for (nint j = block; j < end; j += Vector256<T>.Count)
            {
                uint equal = Vector256.Equals((Vector256.Load(target + j) & keep) * Vector256.Load(weights + j), wanted).ExtractMostSignificantBits();
                if (equal != 0)
                {
                    return (int)j + BitOperations.TrailingZeroCount(equal);
                }
            }

            return -1;
        }

        for (nint j = block; j < end; j++)
        {
            if (Score(target[j], weights[j], nonNegative) == best)
            {
                return (int)j;
            }
        }

        return -1;
    }

    /// <summary>The largest of the lanes and <paramref name="floor"/>; a lane that is NaN does not count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Largest<T>(Vector<T> values, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Vector<byte>.Count == 32)
        {
            return Largest(values.AsVector256(), floor);
        }

        for (int lane = 0; lane < Vector<T>.Count; lane++)
        {
            floor = values[lane] > floor ? values[lane] : floor;
        }

        return floor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Largest<T>(Vector256<T> values, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // NaN > x is false, so a select instead of a maximum leaves NaN out.
        Vector128<T> best = Vector128.Create(floor);
        Vector128<T> half = values.GetLower();
        best = Vector128.ConditionalSelect(Vector128.GreaterThan(half, best), half, best);
        half = values.GetUpper();
        best = Vector128.ConditionalSelect(Vector128.GreaterThan(half, best), half, best);
        Vector128<T> swapped = Vector128.Shuffle(best.AsInt64(), Vector128.Create(1L, 0)).As<long, T>();
        best = Vector128.ConditionalSelect(Vector128.GreaterThan(swapped, best), swapped, best);
        if (sizeof(T) == sizeof(float))
        {
            swapped = Vector128.Shuffle(best.AsInt32(), Vector128.Create(1, 0, 3, 2)).As<int, T>();
            best = Vector128.ConditionalSelect(Vector128.GreaterThan(swapped, best), swapped, best);
        }

        return best.ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> MultiplyAdd<T>(Vector<T> a, Vector<T> b, Vector<T> c)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector.As<float, T>(Vector.MultiplyAddEstimate(Vector.AsVectorSingle(a), Vector.AsVectorSingle(b), Vector.AsVectorSingle(c)));
        }

        return Vector.As<double, T>(Vector.MultiplyAddEstimate(Vector.AsVectorDouble(a), Vector.AsVectorDouble(b), Vector.AsVectorDouble(c)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector512.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        return Vector512.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
    }
}
