using System.Numerics;

namespace SparseCoding.Tests;

/// <summary>
/// Inputs for tests, row-major, the same for the same seed. Atoms are rows: a dictionary is [atoms, dimension], signals are
/// [samples, dimension], codes are [samples, atoms].
/// </summary>
internal static class TestMatrices
{
    /// <summary>Independent standard normal entries, [rows, columns].</summary>
    public static T[] Normal<T>(int rows, int columns, int seed)
        where T : IFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var matrix = new T[rows * columns];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = T.CreateChecked(NextNormal(random));
        }

        return matrix;
    }

    /// <summary>A random dictionary [atoms, dimension] with atoms of norm 1 (uniform on the sphere).</summary>
    public static T[] Dictionary<T>(int atoms, int dimension, int seed)
        where T : IFloatingPointIeee754<T>
    {
        double[] matrix = Normal<double>(atoms, dimension, seed);
        NormalizeRows(matrix, dimension);
        return Array.ConvertAll(matrix, T.CreateChecked);
    }

    /// <summary>
    /// Codes [samples, atoms] as a dense matrix with exactly <paramref name="active"/> nonzeros in each row, at places drawn uniformly,
    /// of magnitude 0.5 to 1.5 so that none is close to zero; signed unless <paramref name="nonNegative"/>.
    /// </summary>
    public static T[] Codes<T>(int samples, int atoms, int active, int seed, bool nonNegative = false)
        where T : IFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var codes = new T[samples * atoms];
        int[] order = [.. Enumerable.Range(0, atoms)];
        for (int row = 0; row < samples; row++)
        {
            random.Shuffle(order);
            for (int k = 0; k < active; k++)
            {
                double sign = nonNegative || random.Next(2) == 0 ? 1 : -1;
                codes[(row * atoms) + order[k]] = T.CreateChecked(sign * (0.5 + random.NextDouble()));
            }
        }

        return codes;
    }

    /// <summary>Signals X = Z D [samples, dimension] of dense codes [samples, atoms], summed in double, plus normal noise.</summary>
    public static T[] Signals<T>(T[] codes, T[] dictionary, int atoms, int dimension, double noise = 0, int seed = 0)
        where T : IFloatingPointIeee754<T>
    {
        double[] product = Multiply(Array.ConvertAll(codes, double.CreateChecked), Array.ConvertAll(dictionary, double.CreateChecked), atoms, dimension);
        var random = new Random(seed);
        return Array.ConvertAll(product, value => T.CreateChecked(value + (noise == 0 ? 0 : noise * NextNormal(random))));
    }

    /// <summary>The plain triple loop A B in double: A [rows, inner], B [inner, columns]. The oracle of every product in the tests.</summary>
    public static double[] Multiply(double[] a, double[] b, int inner, int columns)
    {
        int rows = a.Length / inner;
        var product = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < inner; k++)
            {
                double factor = a[(row * inner) + k];
                for (int column = 0; column < columns; column++)
                {
                    product[(row * columns) + column] += factor * b[(k * columns) + column];
                }
            }
        }

        return product;
    }

    /// <summary>The transpose [columns, rows] of a [rows, columns] matrix.</summary>
    public static T[] Transpose<T>(T[] matrix, int columns)
    {
        int rows = matrix.Length / columns;
        var transpose = new T[matrix.Length];
        for (int i = 0; i < matrix.Length; i++)
        {
            transpose[((i % columns) * rows) + (i / columns)] = matrix[i];
        }

        return transpose;
    }

    /// <summary>
    /// Spikes and Hadamard: the identity above the orthonormal Hadamard matrix, [2 · dimension, dimension]. Its coherence is exactly
    /// 1/√dimension, and exact ties between correlations abound.
    /// </summary>
    /// <param name="dimension">A power of two.</param>
    public static T[] SpikesAndHadamard<T>(int dimension)
        where T : IFloatingPointIeee754<T>
    {
        if (!BitOperations.IsPow2(dimension))
        {
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "A Hadamard matrix of Sylvester's kind needs a power of two.");
        }

        var matrix = new T[2 * dimension * dimension];
        double entry = 1 / Math.Sqrt(dimension);
        for (int i = 0; i < dimension; i++)
        {
            matrix[(i * dimension) + i] = T.One;
            for (int j = 0; j < dimension; j++)
            {
                bool odd = (BitOperations.PopCount((uint)(i & j)) & 1) == 1;
                matrix[((dimension + i) * dimension) + j] = T.CreateChecked(odd ? -entry : entry);
            }
        }

        return matrix;
    }

    /// <summary>
    /// The formula-generated coherent dictionary of the oracles, [32, 16]: element i of atom j is sin(i j + 0.3 j²) with i and j from 1,
    /// then each atom has norm 1. Coherence .9900619395477515.
    /// </summary>
    public static double[] SineDictionary()
    {
        var atoms = new double[32 * 16];
        for (int j = 1; j <= 32; j++)
        {
            for (int i = 1; i <= 16; i++)
            {
                atoms[((j - 1) * 16) + i - 1] = Math.Sin((i * j) + (0.3 * j * j));
            }
        }

        NormalizeRows(atoms, 16);
        return atoms;
    }

    /// <summary>The four signals that go with <see cref="SineDictionary"/>, [4, 16]: element i of signal b is cos(0.7 i b + 0.11 i²), i and b from 1.</summary>
    public static double[] SineSignals()
    {
        var signals = new double[4 * 16];
        for (int b = 1; b <= 4; b++)
        {
            for (int i = 1; i <= 16; i++)
            {
                signals[((b - 1) * 16) + i - 1] = Math.Cos((0.7 * i * b) + (0.11 * i * i));
            }
        }

        return signals;
    }

    /// <summary>Divides each row by its norm, in place.</summary>
    public static void NormalizeRows(double[] matrix, int columns)
    {
        for (int start = 0; start < matrix.Length; start += columns)
        {
            double sum = 0;
            for (int i = 0; i < columns; i++)
            {
                sum += matrix[start + i] * matrix[start + i];
            }

            double norm = Math.Sqrt(sum);
            for (int i = 0; i < columns; i++)
            {
                matrix[start + i] /= norm;
            }
        }
    }

    /// <summary>The largest |cosine| between two different rows of unit norm.</summary>
    public static double Coherence(double[] atoms, int dimension)
    {
        int count = atoms.Length / dimension;
        double[] gram = Multiply(atoms, Transpose(atoms, dimension), dimension, count);
        double largest = 0;
        for (int i = 0; i < gram.Length; i++)
        {
            largest = i / count == i % count ? largest : Math.Max(largest, Math.Abs(gram[i]));
        }

        return largest;
    }

    private static double NextNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
