using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>
/// 128-bit form of <see cref="IMicroKernel{T}"/>: 4 rows x 2 vectors of sums (4 x 8 floats, 4 x 4 doubles). 8 of the 16 registers hold sums, which leaves room for the product where multiply and add are two instructions.
/// Fused multiply-add where the machine has it. The specification is <see cref="ScalarKernel{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Kernel128<T> : IMicroKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int RowCount = 4;

    /// <inheritdoc/>
    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    /// <inheritdoc/>
    public static int Rows => RowCount;

    /// <inheritdoc/>
    public static int Columns => 2 * Vector128<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(nint k, T* a, T* b, T* c, nint ldc, T alpha, T beta, T* next)
    {
        int width = Vector128<T>.Count;
        // The tile of C is wanted only at the end: fetched now, it has the whole sum's time to arrive.
        if (Sse.IsSupported)
        {
            for (nint i = 0; i < RowCount; i++)
            {
                Sse.Prefetch0(c + (i * ldc));
            }
        }

        Vector128<T> s0a = Vector128<T>.Zero, s0b = Vector128<T>.Zero;
        Vector128<T> s1a = Vector128<T>.Zero, s1b = Vector128<T>.Zero;
        Vector128<T> s2a = Vector128<T>.Zero, s2b = Vector128<T>.Zero;
        Vector128<T> s3a = Vector128<T>.Zero, s3b = Vector128<T>.Zero;
        for (; k > 0; k--)
        {
            Vector128<T> ya = Vector128.Load(b);
            Vector128<T> yb = Vector128.Load(b + width);
            Vector128<T> x0 = Vector128.Create(a[0]);
            s0a = MultiplyAdd(x0, ya, s0a);
            s0b = MultiplyAdd(x0, yb, s0b);
            Vector128<T> x1 = Vector128.Create(a[1]);
            s1a = MultiplyAdd(x1, ya, s1a);
            s1b = MultiplyAdd(x1, yb, s1b);
            Vector128<T> x2 = Vector128.Create(a[2]);
            s2a = MultiplyAdd(x2, ya, s2a);
            s2b = MultiplyAdd(x2, yb, s2b);
            Vector128<T> x3 = Vector128.Create(a[3]);
            s3a = MultiplyAdd(x3, ya, s3a);
            s3b = MultiplyAdd(x3, yb, s3b);
            a += RowCount;
            b += 2 * width;
        }

        Store(c, s0a, s0b, alpha, beta);
        Store(c + ldc, s1a, s1b, alpha, beta);
        Store(c + (2 * ldc), s2a, s2b, alpha, beta);
        Store(c + (3 * ldc), s3a, s3b, alpha, beta);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(nint k, nint rows, T* a, nint rowStride, nint depthStride, T* b, nint ldb, T* c, nint ldc, T alpha, T beta)
    {
        int width = Vector128<T>.Count;
        T* start = b;
        for (nint i = 0; i < rows; i += RowCount)
        {
            // Rows past the end read the last row again, and are not stored.
            nint last = Math.Min(rows - i, RowCount) - 1;
            T* a0 = a + (i * rowStride);
            T* a1 = a0 + (Math.Min(1, last) * rowStride);
            T* a2 = a0 + (Math.Min(2, last) * rowStride);
            T* a3 = a0 + (Math.Min(3, last) * rowStride);
            Vector128<T> s0a = Vector128<T>.Zero, s0b = Vector128<T>.Zero;
            Vector128<T> s1a = Vector128<T>.Zero, s1b = Vector128<T>.Zero;
            Vector128<T> s2a = Vector128<T>.Zero, s2b = Vector128<T>.Zero;
            Vector128<T> s3a = Vector128<T>.Zero, s3b = Vector128<T>.Zero;
            nint p = 0;
            b = start;
            for (nint left = k; left > 0; left--)
            {
                Vector128<T> ya = Vector128.Load(b);
                Vector128<T> yb = Vector128.Load(b + width);
                Vector128<T> x0 = Vector128.Create(a0[p]);
                s0a = MultiplyAdd(x0, ya, s0a);
                s0b = MultiplyAdd(x0, yb, s0b);
                Vector128<T> x1 = Vector128.Create(a1[p]);
                s1a = MultiplyAdd(x1, ya, s1a);
                s1b = MultiplyAdd(x1, yb, s1b);
                Vector128<T> x2 = Vector128.Create(a2[p]);
                s2a = MultiplyAdd(x2, ya, s2a);
                s2b = MultiplyAdd(x2, yb, s2b);
                Vector128<T> x3 = Vector128.Create(a3[p]);
                s3a = MultiplyAdd(x3, ya, s3a);
                s3b = MultiplyAdd(x3, yb, s3b);
                p += depthStride;
                b += ldb;
            }

            T* z = c + (i * ldc);
            Store(z, s0a, s0b, alpha, beta);
            if (last >= 1)
            {
                Store(z + (1 * ldc), s1a, s1b, alpha, beta);
            }

            if (last >= 2)
            {
                Store(z + (2 * ldc), s2a, s2b, alpha, beta);
            }

            if (last >= 3)
            {
                Store(z + (3 * ldc), s3a, s3b, alpha, beta);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* c, Vector128<T> a, Vector128<T> b, T alpha, T beta)
    {
        int width = Vector128<T>.Count;
        Vector128<T> factor = Vector128.Create(alpha);
        if (beta == T.Zero)
        {
            (factor * a).Store(c);
            (factor * b).Store(c + width);
        }
        else
        {
            Vector128<T> old = Vector128.Create(beta);
            MultiplyAdd(factor, a, old * Vector128.Load(c)).Store(c);
            MultiplyAdd(factor, b, old * Vector128.Load(c + width)).Store(c + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> MultiplyAdd(Vector128<T> x, Vector128<T> y, Vector128<T> sum) => typeof(T) == typeof(float)
        ? Vector128.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), sum.AsSingle()).As<float, T>()
        : Vector128.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), sum.AsDouble()).As<double, T>();
}
