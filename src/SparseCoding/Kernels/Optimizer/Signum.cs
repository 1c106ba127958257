using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Fused Signum (Bernstein et al. 2018): m = βm + (1 − β)g, w −= rate · sign(m). Floor: 3 streams read and 2 written, 20 bytes an element.
/// No multiply-add is fused, so without projection and normalisation all SIMD tiers and the scalar form give the same bits.
/// </summary>
internal static class Signum
{
    /// <summary>One step on a range of rows; the same bits however the rows are cut into ranges.</summary>
    /// <param name="weights">Updated in place, [rows, columns].</param>
    /// <param name="gradient">[rows, columns].</param>
    /// <param name="first">Momentum m, updated, [rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Length of a row; 0 is allowed.</param>
    /// <param name="step">The numbers of this step.</param>
    /// <returns>True where a weight or momentum is now NaN or infinite, or a norm overflowed. Everything has been written all the same.</returns>
    public static bool Step(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, int rows, int columns, in SignumStep step)
    {
        Debug.Assert(weights.Length == (long)rows * columns && gradient.Length == weights.Length && first.Length == weights.Length, "Shapes disagree.");
        bool nonFinite = false;
        for (int row = 0; row < rows; row++)
        {
            Span<float> w = weights.Slice(row * columns, columns), m = first.Slice(row * columns, columns);
            ReadOnlySpan<float> g = gradient.Slice(row * columns, columns);
            float removed = step.Project ? step.GradientScale * Coefficient(w, g) : 0;
            nonFinite |= Vector.IsHardwareAccelerated ? StepRow(w, g, m, removed, step) : StepRowScalar(w, g, m, removed, step);
            if (step.Normalize)
            {
                nonFinite |= Normalize(w);
            }
        }

        return nonFinite;
    }

    /// <summary>The specification: one row; <paramref name="removed"/> is what of the weights is taken from the scaled gradient.</summary>
    public static bool StepRowScalar(Span<float> w, ReadOnlySpan<float> g, Span<float> m, float removed, in SignumStep step)
    {
        bool nonFinite = false;
        for (int j = 0; j < w.Length; j++)
        {
            nonFinite |= StepOne(ref w[j], g[j], ref m[j], removed, step);
        }

        return nonFinite;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool StepRow(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, float removed, in SignumStep step)
    {
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        ref float m = ref MemoryMarshal.GetReference(first);
        Vector<float> removedLanes = new(removed), scale = new(step.GradientScale), rate = new(step.LearningRate);
        Vector<float> beta = new(step.Beta), complement = new(1 - step.Beta), bad = Vector<float>.Zero;
        nuint length = (nuint)weights.Length, lanes = (nuint)Vector<float>.Count, j = 0;
        for (; j + lanes <= length; j += lanes)
        {
            Vector<float> wj = Vector.LoadUnsafe(ref w, j);
            Vector<float> gj = (Vector.LoadUnsafe(ref g, j) * scale) - (removedLanes * wj);
            Vector<float> mj = (beta * Vector.LoadUnsafe(ref m, j)) + (complement * gj);

            // Neither above nor below 0 leaves m itself: 0, or the NaN that must show.
            Vector<float> sign = Vector.ConditionalSelect(Vector.GreaterThan(mj, Vector<float>.Zero), Vector<float>.One, mj);
            sign = Vector.ConditionalSelect(Vector.LessThan(mj, Vector<float>.Zero), -Vector<float>.One, sign);
            wj -= rate * sign;
            mj.StoreUnsafe(ref m, j);
            wj.StoreUnsafe(ref w, j);
            bad += (wj - wj) + (mj - mj); // 0 for finite numbers, NaN for all others
        }

        bool nonFinite = !Vector.EqualsAll(bad, bad);
        for (; j < length; j++)
        {
            nonFinite |= StepOne(ref Unsafe.Add(ref w, j), Unsafe.Add(ref g, j), ref Unsafe.Add(ref m, j), removed, step);
        }

        return nonFinite;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool StepOne(ref float w, float g, ref float m, float removed, in SignumStep step)
    {
        float gradient = (g * step.GradientScale) - (removed * w);
        m = (step.Beta * m) + ((1 - step.Beta) * gradient);
        w -= step.LearningRate * (m > 0 ? 1 : m < 0 ? -1 : m);
        return !float.IsFinite(w) || !float.IsFinite(m);
    }

    /// <summary>⟨g, w⟩ / ‖w‖², 0 for a zero row.</summary>
    private static float Coefficient(ReadOnlySpan<float> weights, ReadOnlySpan<float> gradient)
    {
        float square = TensorPrimitives.SumOfSquares(weights);
        return square > 0 ? TensorPrimitives.Dot(weights, gradient) / square : 0;
    }

    /// <summary>Divides by the norm; says whether that could not be done because the norm is not finite.</summary>
    private static bool Normalize(Span<float> weights)
    {
        float square = TensorPrimitives.SumOfSquares((ReadOnlySpan<float>)weights);
        if (!float.IsFinite(square))
        {
            return true;
        }

        if (square > 0)
        {
            TensorPrimitives.Multiply(weights, 1f / MathF.Sqrt(square), weights);
        }

        return false;
    }
}
