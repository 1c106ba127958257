using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// Cost matrices [n, n] to minimise: uniform on [0, 1), and −|cosine| between n random unit vectors in R¹²⁸ and a permuted copy with noise
/// of norm about .5 (easy: matched pairs stand out, mean .895) or 3 (hard: they hardly do, mean .35), as MCC meets them.
/// </summary>
internal static class AssignmentInstances
{
    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static readonly string[] Kinds = ["uniform", "easy", "hard"];

    /// <summary>A matrix [n, n], row-major, the same for the same arguments.</summary>
    public static float[] Create(string kind, int n, ulong seed) => kind switch
    {
        "uniform" => Uniform(n, seed),
        "easy" => Cosines(n, 0.5, seed),
        "hard" => Cosines(n, 3, seed),
        _ => throw new ArgumentException($"Unknown kind of instance '{kind}'; there are {string.Join(", ", Kinds)}.", nameof(kind)),
    };

    /// <summary>Writes a float32 matrix as .npy, version 1.0.</summary>
    public static void WriteNpy(string path, float[] matrix, int rows, int columns)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        header = header.PadRight(((10 + header.Length + 1 + 63) / 64 * 64) - 10 - 1) + "\n";
        using FileStream file = File.Create(path);
        file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header));
        file.Write(MemoryMarshal.AsBytes(matrix.AsSpan()));
    }

    private static float[] Uniform(int n, ulong seed)
    {
        var matrix = new float[n * n];
        new RandomStream(seed, "benchmark.assignment.uniform").FillUniform(matrix, 0, 1);
        return matrix;
    }

    private static float[] Cosines(int n, double noise, ulong seed)
    {
        const int Dimension = 128;
        var random = new RandomStream(seed, "benchmark.assignment.vectors");
        var truth = new float[n * Dimension];
        random.FillNormal(truth);
        Normalise(truth, Dimension);

        var order = new int[n];
        for (int i = 0; i < n; i++)
        {
            order[i] = i;
        }

        random.Shuffle<int>(order);
        var copy = new float[n * Dimension];
        random.FillNormal(copy, noise / Math.Sqrt(Dimension));
        for (int i = 0; i < n; i++)
        {
            Span<float> row = copy.AsSpan(i * Dimension, Dimension);
            TensorPrimitives.Add(row, truth.AsSpan(order[i] * Dimension, Dimension), row);
        }

        Normalise(copy, Dimension);
        var matrix = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                matrix[(i * n) + j] = -MathF.Abs(
                    TensorPrimitives.Dot<float>(truth.AsSpan(i * Dimension, Dimension), copy.AsSpan(j * Dimension, Dimension)));
            }
        }

        return matrix;
    }

    private static void Normalise(float[] rows, int dimension)
    {
        for (int start = 0; start < rows.Length; start += dimension)
        {
            Span<float> row = rows.AsSpan(start, dimension);
            TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row);
        }
    }
}
