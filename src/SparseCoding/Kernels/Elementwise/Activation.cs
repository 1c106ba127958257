using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// ReLU, its gradient mask and soft thresholds. Results may be written over the first input. NaN stays NaN, so that a broken value is never
/// turned into a silent zero. All tiers give the same bits. Floor: one read of each input and one write, in DRAM for a batch of pre-activations.
/// </summary>
internal static class Activation
{
    /// <summary>output = max(x, 0); −0 becomes +0.</summary>
    public static void Relu(ReadOnlySpan<float> x, Span<float> output) => SoftThresholdNonNegative(x, 0, output);

    /// <summary>output = preActivation > 0 ? gradient : 0; the derivative of ReLU at 0 is 0. A NaN pre-activation gives 0 (ReLU itself showed it).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReluMask(ReadOnlySpan<float> preActivation, ReadOnlySpan<float> gradient, Span<float> output)
    {
        Debug.Assert(gradient.Length == preActivation.Length && output.Length >= preActivation.Length, "Lengths disagree.");
        ref float p = ref MemoryMarshal.GetReference(preActivation);
        ref float g = ref MemoryMarshal.GetReference(gradient);
        ref float y = ref MemoryMarshal.GetReference(output);
        nuint length = (nuint)preActivation.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i + lanes <= length; i += lanes)
        {
            Vector<int> positive = Vector.GreaterThan(Vector.LoadUnsafe(ref p, i), Vector<float>.Zero);
            Vector.ConditionalSelect(positive, Vector.LoadUnsafe(ref g, i), Vector<float>.Zero).StoreUnsafe(ref y, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref y, i) = Unsafe.Add(ref p, i) > 0 ? Unsafe.Add(ref g, i) : 0;
        }
    }

    /// <summary>output = sign(x) · max(|x| − threshold, 0), the proximal step of λ‖·‖₁; +0 inside the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftThreshold(ReadOnlySpan<float> x, float threshold, Span<float> output)
    {
        Debug.Assert(threshold >= 0 && output.Length >= x.Length, "Negative threshold, or the target is too short.");
        ref float s = ref MemoryMarshal.GetReference(x);
        ref float y = ref MemoryMarshal.GetReference(output);
        var t = new Vector<float>(threshold);
        nuint length = (nuint)x.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i + lanes <= length; i += lanes)
        {
            Vector<float> value = Vector.LoadUnsafe(ref s, i);
            Vector<float> shrunk = Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<float>.Zero), value - t, value + t);
            Vector<int> inside = Vector.LessThanOrEqual(Vector.Abs(value), t);
            Vector.ConditionalSelect(inside, Vector<float>.Zero, shrunk).StoreUnsafe(ref y, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref y, i) = SoftThreshold(Unsafe.Add(ref s, i), threshold);
        }
    }

    /// <summary>One value of <see cref="SoftThreshold(ReadOnlySpan{float}, float, Span{float})"/>: its specification.</summary>
    public static float SoftThreshold(float value, float threshold) =>
        MathF.Abs(value) <= threshold ? 0 : value > 0 ? value - threshold : value + threshold;

    /// <summary>output = max(x − threshold, 0), the proximal step under z >= 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SoftThresholdNonNegative(ReadOnlySpan<float> x, float threshold, Span<float> output)
    {
        Debug.Assert(threshold >= 0 && output.Length >= x.Length, "Negative threshold, or the target is too short.");
        ref float s = ref MemoryMarshal.GetReference(x);
        ref float y = ref MemoryMarshal.GetReference(output);
        var t = new Vector<float>(threshold);
        nuint length = (nuint)x.Length, lanes = (nuint)Vector<float>.Count, i = 0;
        for (; Vector.IsHardwareAccelerated && i + lanes <= length; i += lanes)
        {
            Vector<float> value = Vector.LoadUnsafe(ref s, i);
            Vector.ConditionalSelect(Vector.LessThanOrEqual(value, t), Vector<float>.Zero, value - t).StoreUnsafe(ref y, i);
        }

        for (; i < length; i++)
        {
            float value = Unsafe.Add(ref s, i);
            Unsafe.Add(ref y, i) = value <= threshold ? 0 : value - threshold;
        }
    }
}
