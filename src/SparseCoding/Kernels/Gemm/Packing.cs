using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>Copies blocks of a matrix into slivers, the order in which the micro-kernels read them.</summary>
internal static unsafe class Packing
{
    /// <summary>Values of p packed at a time: x the widest sliver of 32 floats = 8 KiB of target, and 4 cache lines of each row of the source.</summary>
    private const int Run = 64;

    /// <summary>Slivers packed at a time where rows are copied: they may fall into one set of the level 1 cache, which has 8 places.</summary>
    private const int RowSlivers = 8;

    /// <summary>
    /// Packs elements (i, p), i in 0 .. length − 1, p in 0 .. depth − 1, found at source[i · stride + p · depthStride], into slivers of <paramref name="width"/>
    /// values of i: sliver s holds [depth, width] row-major at target + s · width · depth. The last sliver is filled with zeros.
    /// </summary>
    public static void Pack<T>(T* source, nint stride, nint depthStride, nint length, nint depth, int width, T* target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint i = 0; i < length; i += width)
        {
            T* from = source + (i * stride);
            if (length - i < width)
            {
                PackPart(from, stride, depthStride, length - i, depth, width, target);
            }
            else if (stride == 1)
            {
                nint slivers = Math.Min((length - i) / width, RowSlivers);
                PackRows(from, depthStride, slivers, depth, width, target);
                i += (slivers - 1) * width;
                target += (slivers - 1) * width * depth;
            }
            else if (typeof(T) == typeof(float) && depthStride == 1 && (Sse.IsSupported || AdvSimd.Arm64.IsSupported))
            {
                PackTransposed((float*)from, stride, depth, width, (float*)target);
            }
            else
            {
                PackPart(from, stride, depthStride, width, depth, width, target);
            }

            target += width * depth;
        }
    }

    /// <summary>The specification, and the last sliver: <paramref name="count"/> of <paramref name="width"/> values are there, the others become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPart<T>(T* source, nint stride, nint depthStride, nint count, nint depth, nint width, T* target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint p = 0; p < depth; p++)
        {
            T* from = source + (p * depthStride);
            nint i = 0;
            for (; i < count; i++)
            {
                target[i] = *from;
                from += stride;
            }

            for (; i < width; i++)
            {
                target[i] = T.Zero;
            }

            target += width;
        }
    }

    /// <summary>Whole slivers whose values of i lie side by side: rows are copied, through all slivers at once, for a row's neighbour is a page or more away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<T>(T* source, nint depthStride, nint slivers, nint depth, int width, T* target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint size = width * depth;
        for (nint p = 0; p < depth; p++)
        {
            T* from = source + (p * depthStride);
            T* to = target + (p * width);
            for (nint s = 0; s < slivers; s++)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(from + (2 * depthStride));
                }

                int i = 0;
                for (; i <= width - Vector128<T>.Count; i += Vector128<T>.Count)
                {
                    Vector128.Store(Vector128.Load(from + i), to + i);
                }

                for (; i < width; i++)
                {
                    to[i] = from[i];
                }

                from += width;
                to += size;
            }
        }
    }

    /// <summary>
    /// A sliver whose values of p lie side by side, transposed in registers. In steps of <see cref="Run"/> values of p, so that the part of the target that all
    /// passes of a step write stays in the level 1 cache.
    /// </summary>
    private static void PackTransposed(float* source, nint stride, nint depth, int width, float* target)
    {
        for (nint p = 0; p < depth; p += Run)
        {
            nint count = Math.Min(Run, depth - p);
            int i = 0;
            for (; i <= width - 4; i += 4)
            {
                PackFour(source + (i * stride) + p, stride, count, width, target + (p * width) + i);
            }

            // All widths are even: two values are left, or none.
            for (; i < width; i += 2)
            {
                PackTwo(source + (i * stride) + p, stride, count, width, target + (p * width) + i);
            }
        }
    }

    /// <summary>Four values of i: blocks of 4 x 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackFour(float* source, nint stride, nint depth, int width, float* target)
    {
        float* from = source;
        float* b = source + stride;
        float* c = source + (2 * stride);
        float* d = source + (3 * stride);
        nint whole = depth & ~(nint)3;
        nint p = 0;
        for (; p < whole; p += 4)
        {
            if (Sse.IsSupported)
            {
                // One of the next pass's 4 x 4 cache lines for each of this pass's 16 steps.
                Sse.Prefetch0(from + ((4 + ((p >> 2) & 3)) * stride) + (p & ~(nint)15));
            }

            Vector128<float> rowA = Vector128.Load(from + p);
            Vector128<float> rowB = Vector128.Load(b + p);
            Vector128<float> rowC = Vector128.Load(c + p);
            Vector128<float> rowD = Vector128.Load(d + p);
            Vector128<float> ac0 = ZipLow(rowA, rowC);
            Vector128<float> ac1 = ZipHigh(rowA, rowC);
            Vector128<float> bd0 = ZipLow(rowB, rowD);
            Vector128<float> bd1 = ZipHigh(rowB, rowD);
            ZipLow(ac0, bd0).Store(target);
            ZipHigh(ac0, bd0).Store(target + width);
            ZipLow(ac1, bd1).Store(target + (2 * width));
            ZipHigh(ac1, bd1).Store(target + (3 * width));
            target += 4 * width;
        }

        for (; p < depth; p++)
        {
            target[0] = from[p];
            target[1] = b[p];
            target[2] = c[p];
            target[3] = d[p];
            target += width;
        }
    }

    /// <summary>Two values of i: blocks of 2 x 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTwo(float* source, nint stride, nint depth, int width, float* target)
    {
        float* b = source + stride;
        nint whole = depth & ~(nint)3;
        nint p = 0;
        for (; p < whole; p += 4)
        {
            Vector128<float> rowA = Vector128.Load(source + p);
            Vector128<float> rowB = Vector128.Load(b + p);
            Vector128<float> low = ZipLow(rowA, rowB);
            Vector128<float> high = ZipHigh(rowA, rowB);
            low.GetLower().Store(target);
            low.GetUpper().Store(target + width);
            high.GetLower().Store(target + (2 * width));
            high.GetUpper().Store(target + (3 * width));
            target += 4 * width;
        }

        for (; p < depth; p++)
        {
            target[0] = source[p];
            target[1] = b[p];
            target += width;
        }
    }

    /// <summary>a0, b0, a1, b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    /// <summary>a2, b2, a3, b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
