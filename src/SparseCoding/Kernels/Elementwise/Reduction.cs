using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Sums over float32 with float64 terms and accumulators, which TensorPrimitives lacks (it adds in the element type). Four vectors of partial
/// sums, joined as a fixed tree: the bits depend on the length and on the SIMD tier only. Error below n · 1.1e-16 of Σ|terms|.
/// Floor: one read.
/// </summary>
internal static class Reduction
{
    /// <summary>Σ x.</summary>
    public static double Sum(ReadOnlySpan<float> x) => Reduce<Identity>(x, x);

    /// <summary>Σ |x|.</summary>
    public static double SumAbs(ReadOnlySpan<float> x) => Reduce<Magnitude>(x, x);

    /// <summary>Σ x².</summary>
    public static double SumSquares(ReadOnlySpan<float> x) => Reduce<Square>(x, x);

    /// <summary>Σ x y.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Reduce<Product>(x, y);

    /// <summary>Σ (x − y)², the differences in float64 too.</summary>
    public static double SumSquaredDifferences(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => Reduce<SquaredDifference>(x, y);

    /// <summary>How many elements are not zero; NaN counts, −0 does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long CountNonZero(ReadOnlySpan<float> x)
    {
        ref float s = ref MemoryMarshal.GetReference(x);
        nuint length = (nuint)x.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        Vector<int> zeros = Vector<int>.Zero; // a span holds less than 2^31 elements, so no lane overflows
        for (; Vector.IsHardwareAccelerated && i + lanes <= length; i += lanes)
        {
            zeros -= Vector.Equals(Vector.LoadUnsafe(ref s, i), Vector<float>.Zero);
        }

        long count = (long)i;
        for (int lane = 0; lane < Vector<int>.Count; lane++)
        {
            count -= zeros[lane];
        }

        for (; i < length; i++)
        {
            count += Unsafe.Add(ref s, i) != 0 ? 1 : 0;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Reduce<TTerm>(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        where TTerm : struct, ITerm
    {
        Debug.Assert(x.Length == y.Length, "Lengths disagree.");
        ref float a = ref MemoryMarshal.GetReference(x);
        ref float b = ref MemoryMarshal.GetReference(y);
        nuint length = (nuint)x.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        Vector<double> s0 = Vector<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (; Vector.IsHardwareAccelerated && i + (2 * lanes) <= length; i += 2 * lanes)
        {
            Vector.Widen(Vector.LoadUnsafe(ref a, i), out Vector<double> a0, out Vector<double> a1);
            Vector.Widen(Vector.LoadUnsafe(ref a, i + lanes), out Vector<double> a2, out Vector<double> a3);
            Vector<double> b0 = a0, b1 = a1, b2 = a2, b3 = a3;
            if (TTerm.IsBinary)
            {
                Vector.Widen(Vector.LoadUnsafe(ref b, i), out b0, out b1);
                Vector.Widen(Vector.LoadUnsafe(ref b, i + lanes), out b2, out b3);
            }

            s0 += TTerm.Of(a0, b0);
            s1 += TTerm.Of(a1, b1);
            s2 += TTerm.Of(a2, b2);
            s3 += TTerm.Of(a3, b3);
        }

        double sum = Vector.Sum((s0 + s1) + (s2 + s3));
        for (; i < length; i++)
        {
            sum += TTerm.Of(Unsafe.Add(ref a, i), Unsafe.Add(ref b, i));
        }

        return sum;
    }

    /// <summary>A term of a sum; the scalar form is the specification of the other.</summary>
    private interface ITerm
    {
        static abstract bool IsBinary { get; }

        static abstract double Of(double x, double y);

        static abstract Vector<double> Of(Vector<double> x, Vector<double> y);
    }

    private readonly struct Identity : ITerm
    {
        public static bool IsBinary => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double x, double y) => x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x, Vector<double> y) => x;
    }

    private readonly struct Magnitude : ITerm
    {
        public static bool IsBinary => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double x, double y) => Math.Abs(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x, Vector<double> y) => Vector.Abs(x);
    }

    private readonly struct Square : ITerm
    {
        public static bool IsBinary => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double x, double y) => x * x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x, Vector<double> y) => x * x;
    }

    private readonly struct Product : ITerm
    {
        public static bool IsBinary => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double x, double y) => x * y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x, Vector<double> y) => x * y;
    }

    private readonly struct SquaredDifference : ITerm
    {
        public static bool IsBinary => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(double x, double y) => (x - y) * (x - y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x, Vector<double> y) => (x - y) * (x - y);
    }
}
