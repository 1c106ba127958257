using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>What the made worlds of several systems share.</summary>
internal static class SeedWorlds
{
    /// <summary>Directions uniform on the sphere, [count, dimension].</summary>
    public static float[] Directions(long seed, string purpose, int count, int dimension)
    {
        var values = new float[count * dimension];
        new RandomStream((ulong)seed, purpose).FillNormal(values, 1);
        for (int i = 0; i < count; i++)
        {
            Span<float> row = values.AsSpan(i * dimension, dimension);
            TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row);
        }

        return values;
    }

    /// <summary>zD of a dense code.</summary>
    public static void Decode(ReadOnlySpan<float> code, ReadOnlySpan<float> atoms, Span<float> signal)
    {
        signal.Clear();
        for (int j = 0; j < code.Length; j++)
        {
            if (code[j] != 0)
            {
                TensorPrimitives.MultiplyAdd(atoms.Slice(j * signal.Length, signal.Length), code[j], signal, signal);
            }
        }
    }
}
