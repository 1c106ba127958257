using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// Sum of a few scaled rows of a matrix, without anything dense: target += Σᵢ vᵢ · matrix[indexᵢ]. With the dictionary as matrix it decodes one
/// code; with residuals as matrix and the support of one atom as indices it is that atom's weight gradient.
/// Floor: count · d · 4 bytes from where the rows lie; the target stays in L1.
/// </summary>
internal static class DecodeRow
{
    /// <summary>
    /// target [d] += Σᵢ values[i] · matrix[indices[i], :]. Every element is one chain of multiply-adds in the order of
    /// <paramref name="indices"/>, so the bits depend neither on d nor on the width (only on whether the processor fuses).
    /// A zero value still meets its row: 0 · infinity is NaN, as in the dense product.
    /// </summary>
    /// <param name="indices">Rows of the matrix, [count]; duplicates are allowed.</param>
    /// <param name="values">Their coefficients, [count].</param>
    /// <param name="matrix">[rows, d], row-major.</param>
    /// <param name="d">Length of a row.</param>
    /// <param name="target">Added to, [d]. Must not overlap the matrix.</param>
    public static void Accumulate(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, int d, Span<float> target)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Accumulate<Simd512, Vector512<float>>(indices, values, matrix, d, target);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Accumulate<Simd256, Vector256<float>>(indices, values, matrix, d, target);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Accumulate<Simd128, Vector128<float>>(indices, values, matrix, d, target);
        }
        else
        {
            AccumulateScalar(indices, values, matrix, d, target);
        }
    }

    /// <summary>The specification of <see cref="Accumulate(ReadOnlySpan{int}, ReadOnlySpan{float}, ReadOnlySpan{float}, int, Span{float})"/>.</summary>
    public static void AccumulateScalar(
        ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, int d, Span<float> target)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<float> row = matrix.Slice(indices[i] * d, d);
            for (int j = 0; j < row.Length; j++)
            {
                target[j] = ScalarLane.MultiplyAdd(values[i], row[j], target[j]);
            }
        }
    }

    /// <summary>The same at a given width; eight rows at a time, then two, then one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate<TSimd, TVector>(
        ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, int d, Span<float> target)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Debug.Assert(values.Length >= indices.Length && target.Length == d, "Shapes disagree.");
        ref float y = ref MemoryMarshal.GetReference(target);
        nuint length = (nuint)d, lanes = (nuint)TSimd.Lanes;
        int i = 0;
        for (; i <= indices.Length - 8; i += 8)
        {
            ref readonly float r0 = ref Row(matrix, indices[i], d);
            ref readonly float r1 = ref Row(matrix, indices[i + 1], d);
            ref readonly float r2 = ref Row(matrix, indices[i + 2], d);
            ref readonly float r3 = ref Row(matrix, indices[i + 3], d);
            ref readonly float r4 = ref Row(matrix, indices[i + 4], d);
            ref readonly float r5 = ref Row(matrix, indices[i + 5], d);
            ref readonly float r6 = ref Row(matrix, indices[i + 6], d);
            ref readonly float r7 = ref Row(matrix, indices[i + 7], d);
            TVector v0 = TSimd.Broadcast(values[i]), v1 = TSimd.Broadcast(values[i + 1]);
            TVector v2 = TSimd.Broadcast(values[i + 2]), v3 = TSimd.Broadcast(values[i + 3]);
            TVector v4 = TSimd.Broadcast(values[i + 4]), v5 = TSimd.Broadcast(values[i + 5]);
            TVector v6 = TSimd.Broadcast(values[i + 6]), v7 = TSimd.Broadcast(values[i + 7]);
            nuint j = 0;
            for (; j + lanes <= length; j += lanes)
            {
                TVector sum = TSimd.Load(ref y, j);
                sum = TSimd.MultiplyAdd(v0, TSimd.Load(in r0, j), sum);
                sum = TSimd.MultiplyAdd(v1, TSimd.Load(in r1, j), sum);
                sum = TSimd.MultiplyAdd(v2, TSimd.Load(in r2, j), sum);
                sum = TSimd.MultiplyAdd(v3, TSimd.Load(in r3, j), sum);
                sum = TSimd.MultiplyAdd(v4, TSimd.Load(in r4, j), sum);
                sum = TSimd.MultiplyAdd(v5, TSimd.Load(in r5, j), sum);
                sum = TSimd.MultiplyAdd(v6, TSimd.Load(in r6, j), sum);
                sum = TSimd.MultiplyAdd(v7, TSimd.Load(in r7, j), sum);
                TSimd.Store(sum, ref y, j);
            }

            Tail(indices.Slice(i, 8), values.Slice(i, 8), matrix, d, (int)j, target);
        }

        for (; i <= indices.Length - 2; i += 2)
        {
            ref readonly float r0 = ref Row(matrix, indices[i], d);
            ref readonly float r1 = ref Row(matrix, indices[i + 1], d);
            TVector v0 = TSimd.Broadcast(values[i]), v1 = TSimd.Broadcast(values[i + 1]);
            nuint j = 0;
            for (; j + lanes <= length; j += lanes)
            {
                TVector sum = TSimd.MultiplyAdd(v0, TSimd.Load(in r0, j), TSimd.Load(ref y, j));
                TSimd.Store(TSimd.MultiplyAdd(v1, TSimd.Load(in r1, j), sum), ref y, j);
            }

            Tail(indices.Slice(i, 2), values.Slice(i, 2), matrix, d, (int)j, target);
        }

        if (i < indices.Length)
        {
            ref readonly float row = ref Row(matrix, indices[i], d);
            TVector value = TSimd.Broadcast(values[i]);
            nuint j = 0;
            for (; j + lanes <= length; j += lanes)
            {
                TSimd.Store(TSimd.MultiplyAdd(value, TSimd.Load(in row, j), TSimd.Load(ref y, j)), ref y, j);
            }

            Tail(indices.Slice(i, 1), values.Slice(i, 1), matrix, d, (int)j, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref readonly float Row(ReadOnlySpan<float> matrix, int row, int d) =>
        ref MemoryMarshal.GetReference(matrix.Slice(row * d, d));

    private static void Tail(
        ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, int d, int start, Span<float> target)
    {
        for (int j = start; j < d; j++)
        {
            float sum = target[j];
            for (int i = 0; i < indices.Length; i++)
            {
                sum = ScalarLane.MultiplyAdd(values[i], matrix[(indices[i] * d) + j], sum);
            }

            target[j] = sum;
        }
    }
}
