using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Fused Adam (Kingma and Ba 2015; AdamW of Loshchilov and Hutter 2019 with decay), in the arrangement of the common libraries:
/// m = β1 m + (1 − β1) g, v = β2 v + (1 − β2) g², w = (1 − lr·wd) w − (lr / c1) m / (√v / √c2 + ε), c = 1 − βᵗ.
/// Floor: 4 streams read and 3 written, 28 bytes an element; projection and normalisation sweep the row again while it is in L1.
/// No multiply-add is fused, so without projection and normalisation all SIMD tiers and the scalar form give the same bits.
/// </summary>
internal static class Adam
{
    /// <summary>One step on a range of rows, each [columns]; the same bits however the rows are cut into ranges.</summary>
    /// <param name="weights">Updated in place, [rows, columns].</param>
    /// <param name="gradient">[rows, columns].</param>
    /// <param name="first">First moment m, updated, [rows, columns].</param>
    /// <param name="second">Second moment v, updated, [rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Length of a row; 0 is allowed.</param>
    /// <param name="step">The numbers of this step.</param>
    /// <returns>True where a weight or second moment is now NaN or infinite, or a norm overflowed. Everything has been written all the same.</returns>
    public static bool Step(
        Span<float> weights,
        ReadOnlySpan<float> gradient,
        Span<float> first,
        Span<float> second,
        int rows,
        int columns,
        in AdamStep step)
    {
        Debug.Assert(
            weights.Length == (long)rows * columns && gradient.Length == weights.Length && first.Length == weights.Length
            && second.Length == weights.Length,
            "Shapes disagree.");
        var numbers = new Numbers(step);
        if (!step.Project && !step.Normalize && rows > 0)
        {
            // Nothing of a row is summed: all rows are one long one, with the same bits.
            (rows, columns) = (1, weights.Length);
        }

        bool nonFinite = false;
        for (int row = 0; row < rows; row++)
        {
            Span<float> w = weights.Slice(row * columns, columns);
            ReadOnlySpan<float> g = gradient.Slice(row * columns, columns);
            Span<float> m = first.Slice(row * columns, columns);
            Span<float> v = second.Slice(row * columns, columns);
            nonFinite |= Vector.IsHardwareAccelerated ? StepRow(w, g, m, v, step, numbers) : StepRowScalar(w, g, m, v, step);
        }

        return nonFinite;
    }

    /// <summary>The specification: one row, in the same order of operations but for the sums of projection and norm.</summary>
    public static bool StepRowScalar(Span<float> w, ReadOnlySpan<float> g, Span<float> m, Span<float> v, in AdamStep step)
    {
        var n = new Numbers(step);
        float along = 0, square = 0;
        for (int j = 0; step.Project && j < w.Length; j++)
        {
            along += w[j] * g[j];
            square += w[j] * w[j];
        }

        float removed = square > 0 ? n.GradientScale * (along / square) : 0;
        bool nonFinite = false;
        float norm = 0;
        for (int j = 0; j < w.Length; j++)
        {
            float gradient = (g[j] * n.GradientScale) - (removed * w[j]);
            m[j] = (n.Beta1 * m[j]) + (n.Complement1 * gradient);
            v[j] = (n.Beta2 * v[j]) + (n.Complement2 * (gradient * gradient));
            w[j] = (n.Decay * w[j]) - (n.StepSize * (m[j] / ((MathF.Sqrt(v[j]) * n.RootScale) + n.Epsilon)));
            norm += w[j] * w[j];
            nonFinite |= !float.IsFinite(w[j]) || !float.IsFinite(v[j]);
        }

        return step.Normalize ? nonFinite | Normalize(w, norm) : nonFinite;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool StepRow(
        Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, in AdamStep step, in Numbers n)
    {
        float removed = step.Project ? n.GradientScale * Coefficient(weights, gradient) : 0;
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        ref float m = ref MemoryMarshal.GetReference(first);
        ref float v = ref MemoryMarshal.GetReference(second);
        Vector<float> removedLanes = new(removed), scale = new(n.GradientScale), decay = new(n.Decay), stepSize = new(n.StepSize);
        Vector<float> beta1 = new(n.Beta1), complement1 = new(n.Complement1), beta2 = new(n.Beta2), complement2 = new(n.Complement2);
        Vector<float> rootScale = new(n.RootScale), epsilon = new(n.Epsilon);
        Vector<float> normLanes = Vector<float>.Zero, bad = Vector<float>.Zero;
        nuint length = (nuint)weights.Length, lanes = (nuint)Vector<float>.Count, j = 0;
        for (; j + lanes <= length; j += lanes)
        {
            Vector<float> wj = Vector.LoadUnsafe(ref w, j);
            Vector<float> gj = (Vector.LoadUnsafe(ref g, j) * scale) - (removedLanes * wj);
            Vector<float> mj = (beta1 * Vector.LoadUnsafe(ref m, j)) + (complement1 * gj);
            Vector<float> vj = (beta2 * Vector.LoadUnsafe(ref v, j)) + (complement2 * (gj * gj));
            wj = (decay * wj) - (stepSize * (mj / ((Vector.SquareRoot(vj) * rootScale) + epsilon)));
            mj.StoreUnsafe(ref m, j);
            vj.StoreUnsafe(ref v, j);
            wj.StoreUnsafe(ref w, j);
            normLanes += wj * wj;
            bad += (wj - wj) + (vj - vj); // 0 for finite numbers, NaN for all others
        }

        float norm = Vector.Sum(normLanes);
        bool nonFinite = !Vector.EqualsAll(bad, bad);
        for (; j < length; j++)
        {
            ref float wj = ref Unsafe.Add(ref w, j);
            ref float mj = ref Unsafe.Add(ref m, j);
            ref float vj = ref Unsafe.Add(ref v, j);
            float gj = (Unsafe.Add(ref g, j) * n.GradientScale) - (removed * wj);
            mj = (n.Beta1 * mj) + (n.Complement1 * gj);
            vj = (n.Beta2 * vj) + (n.Complement2 * (gj * gj));
            wj = (n.Decay * wj) - (n.StepSize * (mj / ((MathF.Sqrt(vj) * n.RootScale) + n.Epsilon)));
            norm += wj * wj;
            nonFinite |= !float.IsFinite(wj) || !float.IsFinite(vj);
        }

        return step.Normalize ? nonFinite | Normalize(weights, norm) : nonFinite;
    }

    /// <summary>⟨g, w⟩ / ‖w‖², 0 for a zero row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Coefficient(ReadOnlySpan<float> weights, ReadOnlySpan<float> gradient)
    {
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        Vector<float> along0 = Vector<float>.Zero, along1 = along0, square0 = along0, square1 = along0;
        nuint length = (nuint)weights.Length, lanes = (nuint)Vector<float>.Count, j = 0;
        for (; j + (2 * lanes) <= length; j += 2 * lanes)
        {
            Vector<float> a = Vector.LoadUnsafe(ref w, j), b = Vector.LoadUnsafe(ref w, j + lanes);
            along0 += a * Vector.LoadUnsafe(ref g, j);
            along1 += b * Vector.LoadUnsafe(ref g, j + lanes);
            square0 += a * a;
            square1 += b * b;
        }

        float along = Vector.Sum(along0 + along1), square = Vector.Sum(square0 + square1);
        for (; j < length; j++)
        {
            float a = Unsafe.Add(ref w, j);
            along += a * Unsafe.Add(ref g, j);
            square += a * a;
        }

        return square > 0 ? along / square : 0;
    }

    /// <summary>Divides by the norm; says whether that could not be done because the norm is not finite.</summary>
    private static bool Normalize(Span<float> weights, float squaredNorm)
    {
        if (!float.IsFinite(squaredNorm))
        {
            return true;
        }

        if (squaredNorm > 0)
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(weights, 1f / MathF.Sqrt(squaredNorm), weights);
        }

        return false;
    }

    /// <summary>The numbers of a step, rounded once.</summary>
    private readonly struct Numbers
    {
        public Numbers(in AdamStep step)
        {
            Debug.Assert(step.BiasCorrection1 > 0 && step.BiasCorrection2 > 0, "Bias corrections are 1 - beta^t for t >= 1.");
            Beta1 = (float)step.Beta1;
            Complement1 = (float)(1 - step.Beta1);
            Beta2 = (float)step.Beta2;
            Complement2 = (float)(1 - step.Beta2);
            StepSize = (float)(step.LearningRate / step.BiasCorrection1);
            RootScale = (float)(1 / Math.Sqrt(step.BiasCorrection2));
            Epsilon = (float)step.Epsilon;
            Decay = (float)(1 - (step.LearningRate * step.WeightDecay));
            GradientScale = (float)step.GradientScale;
        }

        public float Beta1 { get; }

        public float Complement1 { get; }

        public float Beta2 { get; }

        public float Complement2 { get; }

        public float StepSize { get; }

        public float RootScale { get; }

        public float Epsilon { get; }

        public float Decay { get; }

        public float GradientScale { get; }
    }
}
