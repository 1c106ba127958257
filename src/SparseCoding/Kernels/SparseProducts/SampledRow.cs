using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// Inner products of one vector with a few rows of a matrix: the product at the support, outᵢ = ⟨matrix[indexᵢ], r⟩, which gives the gradient of
/// the active codes. Floor: count · d · 4 bytes from where the rows lie.
/// </summary>
internal static class SampledRow
{
    /// <summary>
    /// output[i] = ⟨matrix[indices[i], :], vector⟩ in float32, two vectors of partial sums and then the end of the row; the bits of one product
    /// do not depend on its neighbours.
    /// </summary>
    /// <param name="indices">Rows of the matrix, [count].</param>
    /// <param name="matrix">[rows, d], row-major.</param>
    /// <param name="d">Length of a row.</param>
    /// <param name="vector">The other factor, [d].</param>
    /// <param name="output">Receives the products, at least [count].</param>
    public static void Products(ReadOnlySpan<int> indices, ReadOnlySpan<float> matrix, int d, ReadOnlySpan<float> vector, Span<float> output)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Products<Simd512, Vector512<float>>(indices, matrix, d, vector, output);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Products<Simd256, Vector256<float>>(indices, matrix, d, vector, output);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Products<Simd128, Vector128<float>>(indices, matrix, d, vector, output);
        }
        else
        {
            ProductsScalar(indices, matrix, d, vector, output);
        }
    }

    /// <summary>The specification of <see cref="Products(ReadOnlySpan{int}, ReadOnlySpan{float}, int, ReadOnlySpan{float}, Span{float})"/>, up to rounding.</summary>
    public static void ProductsScalar(
        ReadOnlySpan<int> indices, ReadOnlySpan<float> matrix, int d, ReadOnlySpan<float> vector, Span<float> output)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<float> row = matrix.Slice(indices[i] * d, d);
            float sum = 0;
            for (int j = 0; j < row.Length; j++)
            {
                sum += row[j] * vector[j];
            }

            output[i] = sum;
        }
    }

    /// <summary>The same at a given width; four rows share the loads of the vector, eight chains hide the latency of the multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Products<TSimd, TVector>(
        ReadOnlySpan<int> indices, ReadOnlySpan<float> matrix, int d, ReadOnlySpan<float> vector, Span<float> output)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Debug.Assert(vector.Length == d && output.Length >= indices.Length, "Shapes disagree.");
        ref readonly float x = ref MemoryMarshal.GetReference(vector);
        TVector zero = TSimd.Broadcast(0);
        nuint length = (nuint)d, lanes = (nuint)TSimd.Lanes;
        int i = 0;
        for (; i <= indices.Length - 4; i += 4)
        {
            ref readonly float r0 = ref MemoryMarshal.GetReference(matrix.Slice(indices[i] * d, d));
            ref readonly float r1 = ref MemoryMarshal.GetReference(matrix.Slice(indices[i + 1] * d, d));
            ref readonly float r2 = ref MemoryMarshal.GetReference(matrix.Slice(indices[i + 2] * d, d));
            ref readonly float r3 = ref MemoryMarshal.GetReference(matrix.Slice(indices[i + 3] * d, d));
            TVector a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
            nuint j = 0;
            for (; j + (2 * lanes) <= length; j += 2 * lanes)
            {
                TVector xa = TSimd.Load(in x, j), xb = TSimd.Load(in x, j + lanes);
                a0 = TSimd.MultiplyAdd(xa, TSimd.Load(in r0, j), a0);
                a1 = TSimd.MultiplyAdd(xa, TSimd.Load(in r1, j), a1);
                a2 = TSimd.MultiplyAdd(xa, TSimd.Load(in r2, j), a2);
                a3 = TSimd.MultiplyAdd(xa, TSimd.Load(in r3, j), a3);
                b0 = TSimd.MultiplyAdd(xb, TSimd.Load(in r0, j + lanes), b0);
                b1 = TSimd.MultiplyAdd(xb, TSimd.Load(in r1, j + lanes), b1);
                b2 = TSimd.MultiplyAdd(xb, TSimd.Load(in r2, j + lanes), b2);
                b3 = TSimd.MultiplyAdd(xb, TSimd.Load(in r3, j + lanes), b3);
            }

            output[i] = Finish<TSimd, TVector>(a0, b0, in r0, in x, j, length);
            output[i + 1] = Finish<TSimd, TVector>(a1, b1, in r1, in x, j, length);
            output[i + 2] = Finish<TSimd, TVector>(a2, b2, in r2, in x, j, length);
            output[i + 3] = Finish<TSimd, TVector>(a3, b3, in r3, in x, j, length);
        }

        for (; i < indices.Length; i++)
        {
            ref readonly float row = ref MemoryMarshal.GetReference(matrix.Slice(indices[i] * d, d));
            TVector a = zero, b = zero;
            nuint j = 0;
            for (; j + (2 * lanes) <= length; j += 2 * lanes)
            {
                a = TSimd.MultiplyAdd(TSimd.Load(in x, j), TSimd.Load(in row, j), a);
                b = TSimd.MultiplyAdd(TSimd.Load(in x, j + lanes), TSimd.Load(in row, j + lanes), b);
            }

            output[i] = Finish<TSimd, TVector>(a, b, in row, in x, j, length);
        }
    }

    private static float Finish<TSimd, TVector>(TVector a, TVector b, ref readonly float row, ref readonly float x, nuint start, nuint length)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nuint j = start;
        if (j + (nuint)TSimd.Lanes <= length)
        {
            a = TSimd.MultiplyAdd(TSimd.Load(in x, j), TSimd.Load(in row, j), a);
            j += (nuint)TSimd.Lanes;
        }

        float sum = TSimd.Sum(TSimd.Add(a, b));
        for (; j < length; j++)
        {
            sum = ScalarLane.MultiplyAdd(
                Unsafe.Add(ref Unsafe.AsRef(in x), j), Unsafe.Add(ref Unsafe.AsRef(in row), j), sum);
        }

        return sum;
    }
}
