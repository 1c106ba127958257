using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>Copies blocks of a matrix into slivers, the order in which the micro-kernels read them.</summary>
internal static unsafe class Packing
{
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
                PackRows(from, depthStride, depth, width, target);
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

    /// <summary>A sliver whose values of i lie side by side: rows are copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<T>(T* source, nint depthStride, nint depth, int width, T* target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint p = 0; p < depth; p++)
        {
            int i = 0;
            for (; i <= width - Vector128<T>.Count; i += Vector128<T>.Count)
            {
                Vector128.Store(Vector128.Load(source + i), target + i);
            }

            for (; i < width; i++)
            {
                target[i] = source[i];
            }

            source += depthStride;
            target += width;
        }
    }

    /// <summary>A sliver whose values of p lie side by side: blocks of 4 x 4 are transposed in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(float* source, nint stride, nint depth, int width, float* target)
    {
        nint whole = depth & ~(nint)3;
        int i = 0;
        for (; i <= width - 4; i += 4)
        {
            float* from = source + (i * stride);
            float* to = target + i;
            for (nint p = 0; p < whole; p += 4)
            {
                Vector128<float> a = Vector128.Load(from + p);
                Vector128<float> b = Vector128.Load(from + stride + p);
                Vector128<float> c = Vector128.Load(from + (2 * stride) + p);
                Vector128<float> d = Vector128.Load(from + (3 * stride) + p);
                Vector128<float> ac0 = ZipLow(a, c);
                Vector128<float> ac1 = ZipHigh(a, c);
                Vector128<float> bd0 = ZipLow(b, d);
                Vector128<float> bd1 = ZipHigh(b, d);
                ZipLow(ac0, bd0).Store(to);
                ZipHigh(ac0, bd0).Store(to + width);
                ZipLow(ac1, bd1).Store(to + (2 * width));
                ZipHigh(ac1, bd1).Store(to + (3 * width));
                to += 4 * width;
            }

            for (nint p = whole; p < depth; p++)
            {
                to[0] = from[p];
                to[1] = from[stride + p];
                to[2] = from[(2 * stride) + p];
                to[3] = from[(3 * stride) + p];
                to += width;
            }
        }

        for (; i < width; i++)
        {
            float* from = source + (i * stride);
            float* to = target + i;
            for (nint p = 0; p < depth; p++)
            {
                *to = from[p];
                to += width;
            }
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
