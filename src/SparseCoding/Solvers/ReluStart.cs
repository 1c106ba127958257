using System.Numerics.Tensors;

namespace SparseCoding.Solvers;

/// <summary>
/// Where gradient inference with z = ReLU(s) starts cold: s = a · max(Du, 0.1‖u‖), with the factor a ≥ 0 that makes ‖u − sD‖ smallest. Every entry
/// begins above 0, for an entry at or below 0 gets no gradient and is lost; the best factor keeps the start at the signal's size for any number of atoms.
/// </summary>
internal static class ReluStart
{
    /// <summary>The least correlation, as a share of ‖u‖, that an entry starts with: room to grow for atoms that point away from the signal.</summary>
    private const float Floor = 0.1f;

    /// <summary>The size of all entries, as a share of ‖u‖, where no positive factor lowers the error.</summary>
    private const float Least = 1e-3f;

    /// <summary>Fills the start of one signal; all zeros for a zero signal, whose code is zero.</summary>
    /// <param name="signal">The signal u, [dimension].</param>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="start">Receives s, [atoms].</param>
    public static void Fill(ReadOnlySpan<float> signal, ReadOnlySpan<float> atoms, Span<float> start)
    {
        float norm = TensorPrimitives.Norm(signal);
        var decoded = new float[signal.Length];
        for (int i = 0; i < start.Length; i++)
        {
            ReadOnlySpan<float> atom = atoms.Slice(i * signal.Length, signal.Length);
            start[i] = MathF.Max(TensorPrimitives.Dot(signal, atom), Floor * norm);
            TensorPrimitives.MultiplyAdd(atom, start[i], decoded, decoded);
        }

        float aligned = TensorPrimitives.Dot(decoded, signal), squared = TensorPrimitives.Dot<float>(decoded, decoded);
        if (aligned > 0 && squared > 0)
        {
            TensorPrimitives.Multiply(start, aligned / squared, start);
        }
        else
        {
            start.Fill(Least * norm);
        }
    }
}
