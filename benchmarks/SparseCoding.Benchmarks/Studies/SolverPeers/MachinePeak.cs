using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Benchmarks;

/// <summary>What one core does at the most: twelve independent multiply-adds in registers.</summary>
internal static class MachinePeak
{
    /// <summary>float32 operations a second, 1e9, the best of some tries (a busy machine interrupts).</summary>
    public static double GigaflopsPerSecond()
    {
        double best = 0;
        for (int i = 0; i < 200; i++)
        {
            long start = Stopwatch.GetTimestamp();
            float sink = Loop(20_000);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, sink > 1e30f ? 0 : 20_000.0 * 12 * 2 * Vector<float>.Count / seconds / 1e9);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop(int count)
    {
        Vector<float> a = new(0.999f), b = new(1e-3f);
        Vector<float> s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, sa = b, sb = b;
        for (int i = 0; i < count; i++)
        {
            s0 = Vector.MultiplyAddEstimate(s0, a, b);
            s1 = Vector.MultiplyAddEstimate(s1, a, b);
            s2 = Vector.MultiplyAddEstimate(s2, a, b);
            s3 = Vector.MultiplyAddEstimate(s3, a, b);
            s4 = Vector.MultiplyAddEstimate(s4, a, b);
            s5 = Vector.MultiplyAddEstimate(s5, a, b);
            s6 = Vector.MultiplyAddEstimate(s6, a, b);
            s7 = Vector.MultiplyAddEstimate(s7, a, b);
            s8 = Vector.MultiplyAddEstimate(s8, a, b);
            s9 = Vector.MultiplyAddEstimate(s9, a, b);
            sa = Vector.MultiplyAddEstimate(sa, a, b);
            sb = Vector.MultiplyAddEstimate(sb, a, b);
        }

        return Vector.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + sa + sb);
    }
}
