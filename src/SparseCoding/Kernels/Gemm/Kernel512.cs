using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>
/// 512-bit form of <see cref="IMicroKernel{T}"/>: 12 rows x 2 vectors of sums (12 x 32 floats, 12 x 16 doubles). 24 of the 32 registers hold sums; the factors of A are broadcast by the multiply-add itself.
/// Fused multiply-add where the machine has it. The specification is <see cref="ScalarKernel{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Kernel512<T> : IMicroKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int RowCount = 12;

    /// <inheritdoc/>
    public static bool IsSupported => Vector512.IsHardwareAccelerated;

    /// <inheritdoc/>
    public static int Rows => RowCount;

    /// <inheritdoc/>
    public static int Columns => 2 * Vector512<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(nint k, T* a, T* b, T* c, nint ldc, T alpha, T beta, T* next)
    {
        int width = Vector512<T>.Count;
        // The tile of C is wanted only at the end: fetched now, it has the whole sum's time to arrive.
        if (Sse.IsSupported)
        {
            for (nint i = 0; i < RowCount; i++)
            {
                Sse.Prefetch0(c + (i * ldc));
            }
        }

        Vector512<T> s0a = Vector512<T>.Zero, s0b = Vector512<T>.Zero;
        Vector512<T> s1a = Vector512<T>.Zero, s1b = Vector512<T>.Zero;
        Vector512<T> s2a = Vector512<T>.Zero, s2b = Vector512<T>.Zero;
        Vector512<T> s3a = Vector512<T>.Zero, s3b = Vector512<T>.Zero;
        Vector512<T> s4a = Vector512<T>.Zero, s4b = Vector512<T>.Zero;
        Vector512<T> s5a = Vector512<T>.Zero, s5b = Vector512<T>.Zero;
        Vector512<T> s6a = Vector512<T>.Zero, s6b = Vector512<T>.Zero;
        Vector512<T> s7a = Vector512<T>.Zero, s7b = Vector512<T>.Zero;
        Vector512<T> s8a = Vector512<T>.Zero, s8b = Vector512<T>.Zero;
        Vector512<T> s9a = Vector512<T>.Zero, s9b = Vector512<T>.Zero;
        Vector512<T> s10a = Vector512<T>.Zero, s10b = Vector512<T>.Zero;
        Vector512<T> s11a = Vector512<T>.Zero, s11b = Vector512<T>.Zero;
        for (; k > 0; k--)
        {
            Vector512<T> ya = Vector512.Load(b);
            Vector512<T> yb = Vector512.Load(b + width);
            Vector512<T> x0 = Vector512.Create(a[0]);
            s0a = MultiplyAdd(x0, ya, s0a);
            s0b = MultiplyAdd(x0, yb, s0b);
            Vector512<T> x1 = Vector512.Create(a[1]);
            s1a = MultiplyAdd(x1, ya, s1a);
            s1b = MultiplyAdd(x1, yb, s1b);
            Vector512<T> x2 = Vector512.Create(a[2]);
            s2a = MultiplyAdd(x2, ya, s2a);
            s2b = MultiplyAdd(x2, yb, s2b);
            Vector512<T> x3 = Vector512.Create(a[3]);
            s3a = MultiplyAdd(x3, ya, s3a);
            s3b = MultiplyAdd(x3, yb, s3b);
            Vector512<T> x4 = Vector512.Create(a[4]);
            s4a = MultiplyAdd(x4, ya, s4a);
            s4b = MultiplyAdd(x4, yb, s4b);
            Vector512<T> x5 = Vector512.Create(a[5]);
            s5a = MultiplyAdd(x5, ya, s5a);
            s5b = MultiplyAdd(x5, yb, s5b);
            Vector512<T> x6 = Vector512.Create(a[6]);
            s6a = MultiplyAdd(x6, ya, s6a);
            s6b = MultiplyAdd(x6, yb, s6b);
            Vector512<T> x7 = Vector512.Create(a[7]);
            s7a = MultiplyAdd(x7, ya, s7a);
            s7b = MultiplyAdd(x7, yb, s7b);
            Vector512<T> x8 = Vector512.Create(a[8]);
            s8a = MultiplyAdd(x8, ya, s8a);
            s8b = MultiplyAdd(x8, yb, s8b);
            Vector512<T> x9 = Vector512.Create(a[9]);
            s9a = MultiplyAdd(x9, ya, s9a);
            s9b = MultiplyAdd(x9, yb, s9b);
            Vector512<T> x10 = Vector512.Create(a[10]);
            s10a = MultiplyAdd(x10, ya, s10a);
            s10b = MultiplyAdd(x10, yb, s10b);
            Vector512<T> x11 = Vector512.Create(a[11]);
            s11a = MultiplyAdd(x11, ya, s11a);
            s11b = MultiplyAdd(x11, yb, s11b);
            a += RowCount;
            b += 2 * width;
        }

        Store(c, s0a, s0b, alpha, beta);
        Store(c + ldc, s1a, s1b, alpha, beta);
        Store(c + (2 * ldc), s2a, s2b, alpha, beta);
        Store(c + (3 * ldc), s3a, s3b, alpha, beta);
        Store(c + (4 * ldc), s4a, s4b, alpha, beta);
        Store(c + (5 * ldc), s5a, s5b, alpha, beta);
        Store(c + (6 * ldc), s6a, s6b, alpha, beta);
        Store(c + (7 * ldc), s7a, s7b, alpha, beta);
        Store(c + (8 * ldc), s8a, s8b, alpha, beta);
        Store(c + (9 * ldc), s9a, s9b, alpha, beta);
        Store(c + (10 * ldc), s10a, s10b, alpha, beta);
        Store(c + (11 * ldc), s11a, s11b, alpha, beta);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(nint k, nint rows, T* a, nint rowStride, nint depthStride, T* b, nint ldb, T* c, nint ldc, T alpha, T beta)
    {
        int width = Vector512<T>.Count;
        T* start = b;
        for (nint i = 0; i < rows; i += RowCount)
        {
            // Rows past the end read the last row again, and are not stored.
            nint last = Math.Min(rows - i, RowCount) - 1;
            T* a0 = a + (i * rowStride);
            T* a1 = a0 + (Math.Min(1, last) * rowStride);
            T* a2 = a0 + (Math.Min(2, last) * rowStride);
            T* a3 = a0 + (Math.Min(3, last) * rowStride);
            T* a4 = a0 + (Math.Min(4, last) * rowStride);
            T* a5 = a0 + (Math.Min(5, last) * rowStride);
            T* a6 = a0 + (Math.Min(6, last) * rowStride);
            T* a7 = a0 + (Math.Min(7, last) * rowStride);
            T* a8 = a0 + (Math.Min(8, last) * rowStride);
            T* a9 = a0 + (Math.Min(9, last) * rowStride);
            T* a10 = a0 + (Math.Min(10, last) * rowStride);
            T* a11 = a0 + (Math.Min(11, last) * rowStride);
            Vector512<T> s0a = Vector512<T>.Zero, s0b = Vector512<T>.Zero;
            Vector512<T> s1a = Vector512<T>.Zero, s1b = Vector512<T>.Zero;
            Vector512<T> s2a = Vector512<T>.Zero, s2b = Vector512<T>.Zero;
            Vector512<T> s3a = Vector512<T>.Zero, s3b = Vector512<T>.Zero;
            Vector512<T> s4a = Vector512<T>.Zero, s4b = Vector512<T>.Zero;
            Vector512<T> s5a = Vector512<T>.Zero, s5b = Vector512<T>.Zero;
            Vector512<T> s6a = Vector512<T>.Zero, s6b = Vector512<T>.Zero;
            Vector512<T> s7a = Vector512<T>.Zero, s7b = Vector512<T>.Zero;
            Vector512<T> s8a = Vector512<T>.Zero, s8b = Vector512<T>.Zero;
            Vector512<T> s9a = Vector512<T>.Zero, s9b = Vector512<T>.Zero;
            Vector512<T> s10a = Vector512<T>.Zero, s10b = Vector512<T>.Zero;
            Vector512<T> s11a = Vector512<T>.Zero, s11b = Vector512<T>.Zero;
            nint p = 0;
            b = start;
            for (nint left = k; left > 0; left--)
            {
                Vector512<T> ya = Vector512.Load(b);
                Vector512<T> yb = Vector512.Load(b + width);
                Vector512<T> x0 = Vector512.Create(a0[p]);
                s0a = MultiplyAdd(x0, ya, s0a);
                s0b = MultiplyAdd(x0, yb, s0b);
                Vector512<T> x1 = Vector512.Create(a1[p]);
                s1a = MultiplyAdd(x1, ya, s1a);
                s1b = MultiplyAdd(x1, yb, s1b);
                Vector512<T> x2 = Vector512.Create(a2[p]);
                s2a = MultiplyAdd(x2, ya, s2a);
                s2b = MultiplyAdd(x2, yb, s2b);
                Vector512<T> x3 = Vector512.Create(a3[p]);
                s3a = MultiplyAdd(x3, ya, s3a);
                s3b = MultiplyAdd(x3, yb, s3b);
                Vector512<T> x4 = Vector512.Create(a4[p]);
                s4a = MultiplyAdd(x4, ya, s4a);
                s4b = MultiplyAdd(x4, yb, s4b);
                Vector512<T> x5 = Vector512.Create(a5[p]);
                s5a = MultiplyAdd(x5, ya, s5a);
                s5b = MultiplyAdd(x5, yb, s5b);
                Vector512<T> x6 = Vector512.Create(a6[p]);
                s6a = MultiplyAdd(x6, ya, s6a);
                s6b = MultiplyAdd(x6, yb, s6b);
                Vector512<T> x7 = Vector512.Create(a7[p]);
                s7a = MultiplyAdd(x7, ya, s7a);
                s7b = MultiplyAdd(x7, yb, s7b);
                Vector512<T> x8 = Vector512.Create(a8[p]);
                s8a = MultiplyAdd(x8, ya, s8a);
                s8b = MultiplyAdd(x8, yb, s8b);
                Vector512<T> x9 = Vector512.Create(a9[p]);
                s9a = MultiplyAdd(x9, ya, s9a);
                s9b = MultiplyAdd(x9, yb, s9b);
                Vector512<T> x10 = Vector512.Create(a10[p]);
                s10a = MultiplyAdd(x10, ya, s10a);
                s10b = MultiplyAdd(x10, yb, s10b);
                Vector512<T> x11 = Vector512.Create(a11[p]);
                s11a = MultiplyAdd(x11, ya, s11a);
                s11b = MultiplyAdd(x11, yb, s11b);
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

            if (last >= 4)
            {
                Store(z + (4 * ldc), s4a, s4b, alpha, beta);
            }

            if (last >= 5)
            {
                Store(z + (5 * ldc), s5a, s5b, alpha, beta);
            }

            if (last >= 6)
            {
                Store(z + (6 * ldc), s6a, s6b, alpha, beta);
            }

            if (last >= 7)
            {
                Store(z + (7 * ldc), s7a, s7b, alpha, beta);
            }

            if (last >= 8)
            {
                Store(z + (8 * ldc), s8a, s8b, alpha, beta);
            }

            if (last >= 9)
            {
                Store(z + (9 * ldc), s9a, s9b, alpha, beta);
            }

            if (last >= 10)
            {
                Store(z + (10 * ldc), s10a, s10b, alpha, beta);
            }

            if (last >= 11)
            {
                Store(z + (11 * ldc), s11a, s11b, alpha, beta);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* c, Vector512<T> a, Vector512<T> b, T alpha, T beta)
    {
        int width = Vector512<T>.Count;
        Vector512<T> factor = Vector512.Create(alpha);
        if (beta == T.Zero)
        {
            (factor * a).Store(c);
            (factor * b).Store(c + width);
        }
        else
        {
            Vector512<T> old = Vector512.Create(beta);
            MultiplyAdd(factor, a, old * Vector512.Load(c)).Store(c);
            MultiplyAdd(factor, b, old * Vector512.Load(c + width)).Store(c + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> sum) => typeof(T) == typeof(float)
        ? Vector512.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), sum.AsSingle()).As<float, T>()
        : Vector512.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), sum.AsDouble()).As<double, T>();
}
