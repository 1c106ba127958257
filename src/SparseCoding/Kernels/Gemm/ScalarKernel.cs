using System.Numerics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>The specification of <see cref="IMicroKernel{T}"/>, without SIMD: 4 x 4 sums. Multiplies and adds with two roundings.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct ScalarKernel<T> : IMicroKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Size = 4;

    /// <inheritdoc/>
    public static bool IsSupported => true;

    /// <inheritdoc/>
    public static int Rows => Size;

    /// <inheritdoc/>
    public static int Columns => Size;

    /// <inheritdoc/>
    public static void Tile(nint k, T* a, T* b, T* c, nint ldc, T alpha, T beta, T* next) => Strip(k, Size, a, 1, Size, b, Size, c, ldc, alpha, beta);

    /// <inheritdoc/>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(nint k, nint rows, T* a, nint rowStride, nint depthStride, T* b, nint ldb, T* c, nint ldc, T alpha, T beta)
    {
        for (nint i = 0; i < rows; i++)
        {
            T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
            T* x = a + (i * rowStride);
            T* y = b;
            for (nint p = 0; p < k; p++)
            {
                s0 += *x * y[0];
                s1 += *x * y[1];
                s2 += *x * y[2];
                s3 += *x * y[3];
                x += depthStride;
                y += ldb;
            }

            T* z = c + (i * ldc);
            if (beta == T.Zero)
            {
                z[0] = alpha * s0;
                z[1] = alpha * s1;
                z[2] = alpha * s2;
                z[3] = alpha * s3;
            }
            else
            {
                z[0] = (alpha * s0) + (beta * z[0]);
                z[1] = (alpha * s1) + (beta * z[1]);
                z[2] = (alpha * s2) + (beta * z[2]);
                z[3] = (alpha * s3) + (beta * z[3]);
            }
        }
    }
}
