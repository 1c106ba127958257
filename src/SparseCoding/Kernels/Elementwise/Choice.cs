using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Element-wise operations that choose by comparing. Signs and supports of codes are as good as random, so a branch for each element costs several times the arithmetic; here
/// both sides are computed and one is kept. Outputs may be written over an input. All tiers give the same bits: the scalar form of each is its specification. Floor: one
/// read of each input and one write.
/// </summary>
internal static class Choice
{
    /// <summary>output = a where b is not 0 (a NaN is not 0), else +0.</summary>
    public static void Mask(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> output) => Run<MaskOperator>(a, b, 0, 0, output);

    /// <summary>output = a where a is above b, else +0; also where either is NaN.</summary>
    public static void Above(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> output) => Run<AboveOperator>(a, b, 0, 0, output);

    /// <summary>output = value where |a − b| is below distance, else +0; also for NaN.</summary>
    public static void Near(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float value, float distance, Span<float> output) => Run<NearOperator>(a, b, value, distance, output);

    /// <summary>output = factor · a / b, +0 where b is 0, whatever a is.</summary>
    public static void Divide(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float factor, Span<float> output) => Run<DivideOperator>(a, b, factor, 0, output);

    /// <summary>output = value · sign(a), +0 at 0, NaN at NaN.</summary>
    public static void Sign(ReadOnlySpan<float> a, float value, Span<float> output) => Run<SignOperator>(a, a, value, 0, output);

    /// <summary>output = 1/√a, +0 where a is not above the bound (NaN is not).</summary>
    public static void InverseSquareRoot(ReadOnlySpan<float> a, float bound, Span<float> output) => Run<InverseRootOperator>(a, a, bound, 0, output);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TOperator>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float alpha, float beta, Span<float> output)
        where TOperator : struct, IOperator
    {
        Debug.Assert(b.Length >= a.Length && output.Length >= a.Length, "Lengths disagree.");
        ref float x = ref MemoryMarshal.GetReference(a);
        ref float y = ref MemoryMarshal.GetReference(b);
        ref float t = ref MemoryMarshal.GetReference(output);
        Vector<float> alphas = new(alpha), betas = new(beta);
        nuint length = (nuint)a.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i + lanes <= length; i += lanes)
        {
            TOperator.Of(Vector.LoadUnsafe(ref x, i), Vector.LoadUnsafe(ref y, i), alphas, betas).StoreUnsafe(ref t, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref t, i) = TOperator.Of(Unsafe.Add(ref x, i), Unsafe.Add(ref y, i), alpha, beta);
        }
    }

    /// <summary>One operation: its specification for one element, and the same for lanes.</summary>
    private interface IOperator
    {
        static abstract float Of(float a, float b, float alpha, float beta);

        static abstract Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta);
    }

    private readonly struct MaskOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => b == 0 ? 0 : a;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.Equals(b, Vector<float>.Zero), Vector<float>.Zero, a);
    }

    private readonly struct AboveOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => a > b ? a : 0;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.GreaterThan(a, b), a, Vector<float>.Zero);
    }

    private readonly struct NearOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => MathF.Abs(a - b) < beta ? alpha : 0;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(a - b), beta), alpha, Vector<float>.Zero);
    }

    private readonly struct DivideOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => b == 0 ? 0 : alpha * a / b;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.Equals(b, Vector<float>.Zero), Vector<float>.Zero, alpha * a / b);
    }

    private readonly struct SignOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => a > 0 ? alpha : a < 0 ? -alpha : a == 0 ? 0 : float.NaN;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta)
        {
            Vector<float> signed = Vector.ConditionalSelect(
                Vector.GreaterThan(a, Vector<float>.Zero), alpha, Vector.ConditionalSelect(Vector.LessThan(a, Vector<float>.Zero), -alpha, Vector<float>.Zero));
            return Vector.ConditionalSelect(Vector.Equals(a, a), signed, new Vector<float>(float.NaN));
        }
    }

    private readonly struct InverseRootOperator : IOperator
    {
        public static float Of(float a, float b, float alpha, float beta) => a > alpha ? 1 / MathF.Sqrt(a) : 0;

        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> alpha, Vector<float> beta) =>
            Vector.ConditionalSelect(Vector.GreaterThan(a, alpha), Vector<float>.One / Vector.SquareRoot(a), Vector<float>.Zero);
    }
}
