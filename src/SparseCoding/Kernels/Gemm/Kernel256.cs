using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>
/// 256-bit form of <see cref="IMicroKernel{T}"/>: 6 rows x 2 vectors of sums (6 x 16 floats, 6 x 8 doubles). 12 of the 16 registers hold sums, two a row of B, one the broadcast factor of A.
/// Fused multiply-add where the machine has it. The specification is <see cref="ScalarKernel{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Kernel256<T> : IMicroKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int RowCount = 6;

    /// <inheritdoc/>
    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    /// <inheritdoc/>
    public static int Rows => RowCount;

    /// <inheritdoc/>
    public static int Columns => 2 * Vector256<T>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(nint k, T* a, T* b, T* c, nint ldc, T alpha, T beta, T* next)
    {
        int width = Vector256<T>.Count;
        // The tile of C is wanted only at the end: fetched now, it has the whole sum's time to arrive.
        if (Sse.IsSupported)
        {
            for (nint i = 0; i < RowCount; i++)
            {
                Sse.Prefetch0(c + (i * ldc));
            }
        }

        Vector256<T> s0a = Vector256<T>.Zero, s0b = Vector256<T>.Zero;
        Vector256<T> s1a = Vector256<T>.Zero, s1b = Vector256<T>.Zero;
        Vector256<T> s2a = Vector256<T>.Zero, s2b = Vector256<T>.Zero;
        Vector256<T> s3a = Vector256<T>.Zero, s3b = Vector256<T>.Zero;
        Vector256<T> s4a = Vector256<T>.Zero, s4b = Vector256<T>.Zero;
        Vector256<T> s5a = Vector256<T>.Zero, s5b = Vector256<T>.Zero;
        for (; k >= GemmBlocking.PrefetchSteps; k -= GemmBlocking.PrefetchSteps)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(next);
            }

            Step(a, b, 0, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 1, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 2, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 3, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 4, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 5, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 6, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            Step(a, b, 7, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            a += GemmBlocking.PrefetchSteps * RowCount;
            b += GemmBlocking.PrefetchSteps * 2 * width;
            next += 2 * width;
        }

        for (; k > 0; k--)
        {
            Step(a, b, 0, ref s0a, ref s0b, ref s1a, ref s1b, ref s2a, ref s2b, ref s3a, ref s3b, ref s4a, ref s4b, ref s5a, ref s5b);
            a += RowCount;
            b += 2 * width;
        }

        Store(c, s0a, s0b, alpha, beta);
        Store(c + ldc, s1a, s1b, alpha, beta);
        Store(c + (2 * ldc), s2a, s2b, alpha, beta);
        Store(c + (3 * ldc), s3a, s3b, alpha, beta);
        Store(c + (4 * ldc), s4a, s4b, alpha, beta);
        Store(c + (5 * ldc), s5a, s5b, alpha, beta);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(nint k, nint rows, T* a, nint rowStride, nint depthStride, T* b, nint ldb, T* c, nint ldc, T alpha, T beta)
    {
        int width = Vector256<T>.Count;
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
            Vector256<T> s0a = Vector256<T>.Zero, s0b = Vector256<T>.Zero;
            Vector256<T> s1a = Vector256<T>.Zero, s1b = Vector256<T>.Zero;
            Vector256<T> s2a = Vector256<T>.Zero, s2b = Vector256<T>.Zero;
            Vector256<T> s3a = Vector256<T>.Zero, s3b = Vector256<T>.Zero;
            Vector256<T> s4a = Vector256<T>.Zero, s4b = Vector256<T>.Zero;
            Vector256<T> s5a = Vector256<T>.Zero, s5b = Vector256<T>.Zero;
            nint p = 0;
            b = start;
            for (nint left = k; left > 0; left--)
            {
                Vector256<T> ya = Vector256.Load(b);
                Vector256<T> yb = Vector256.Load(b + width);
                Vector256<T> x0 = Vector256.Create(a0[p]);
                s0a = MultiplyAdd(x0, ya, s0a);
                s0b = MultiplyAdd(x0, yb, s0b);
                Vector256<T> x1 = Vector256.Create(a1[p]);
                s1a = MultiplyAdd(x1, ya, s1a);
                s1b = MultiplyAdd(x1, yb, s1b);
                Vector256<T> x2 = Vector256.Create(a2[p]);
                s2a = MultiplyAdd(x2, ya, s2a);
                s2b = MultiplyAdd(x2, yb, s2b);
                Vector256<T> x3 = Vector256.Create(a3[p]);
                s3a = MultiplyAdd(x3, ya, s3a);
                s3b = MultiplyAdd(x3, yb, s3b);
                Vector256<T> x4 = Vector256.Create(a4[p]);
                s4a = MultiplyAdd(x4, ya, s4a);
                s4b = MultiplyAdd(x4, yb, s4b);
                Vector256<T> x5 = Vector256.Create(a5[p]);
                s5a = MultiplyAdd(x5, ya, s5a);
                s5b = MultiplyAdd(x5, yb, s5b);
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
        }
    }

    /// <summary>
    /// One product of each sum, <paramref name="step"/> steps (a constant) past a and b. The sums are references so that the steps of an unrolled loop are written once: inlined,
    /// they are registers again, and the steps' addresses are displacements. Unrolled, a step is 20 instructions instead of 25; where another processor shares the core's decoders, that is time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        T* a,
        T* b,
        int step,
        ref Vector256<T> s0a,
        ref Vector256<T> s0b,
        ref Vector256<T> s1a,
        ref Vector256<T> s1b,
        ref Vector256<T> s2a,
        ref Vector256<T> s2b,
        ref Vector256<T> s3a,
        ref Vector256<T> s3b,
        ref Vector256<T> s4a,
        ref Vector256<T> s4b,
        ref Vector256<T> s5a,
        ref Vector256<T> s5b)
    {
        Vector256<T> ya = Vector256.Load(b + (step * 2 * Vector256<T>.Count));
        Vector256<T> yb = Vector256.Load(b + (step * 2 * Vector256<T>.Count) + Vector256<T>.Count);
        Vector256<T> x0 = Vector256.Create(a[step * RowCount]);
        s0a = MultiplyAdd(x0, ya, s0a);
        s0b = MultiplyAdd(x0, yb, s0b);
        Vector256<T> x1 = Vector256.Create(a[(step * RowCount) + 1]);
        s1a = MultiplyAdd(x1, ya, s1a);
        s1b = MultiplyAdd(x1, yb, s1b);
        Vector256<T> x2 = Vector256.Create(a[(step * RowCount) + 2]);
        s2a = MultiplyAdd(x2, ya, s2a);
        s2b = MultiplyAdd(x2, yb, s2b);
        Vector256<T> x3 = Vector256.Create(a[(step * RowCount) + 3]);
        s3a = MultiplyAdd(x3, ya, s3a);
        s3b = MultiplyAdd(x3, yb, s3b);
        Vector256<T> x4 = Vector256.Create(a[(step * RowCount) + 4]);
        s4a = MultiplyAdd(x4, ya, s4a);
        s4b = MultiplyAdd(x4, yb, s4b);
        Vector256<T> x5 = Vector256.Create(a[(step * RowCount) + 5]);
        s5a = MultiplyAdd(x5, ya, s5a);
        s5b = MultiplyAdd(x5, yb, s5b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* c, Vector256<T> a, Vector256<T> b, T alpha, T beta)
    {
        int width = Vector256<T>.Count;
        Vector256<T> factor = Vector256.Create(alpha);
        if (beta == T.Zero)
        {
            (factor * a).Store(c);
            (factor * b).Store(c + width);
        }
        else
        {
            Vector256<T> old = Vector256.Create(beta);
            MultiplyAdd(factor, a, old * Vector256.Load(c)).Store(c);
            MultiplyAdd(factor, b, old * Vector256.Load(c + width)).Store(c + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> MultiplyAdd(Vector256<T> x, Vector256<T> y, Vector256<T> sum) => typeof(T) == typeof(float)
        ? Vector256.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), sum.AsSingle()).As<float, T>()
        : Vector256.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), sum.AsDouble()).As<double, T>();
}
