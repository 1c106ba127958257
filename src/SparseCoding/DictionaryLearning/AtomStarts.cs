using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>The first atoms of a restart: unit norm, from the signals of its first batch or at random.</summary>
internal static class AtomStarts
{
    /// <summary>Atoms [atoms, dimension].</summary>
    /// <param name="options">Start, sign and seed.</param>
    /// <param name="signals">The first batch, [rows, dimension].</param>
    /// <param name="atomCount">Number of atoms.</param>
    /// <param name="dimension">Dimension.</param>
    /// <param name="restart">Number of the restart: another draw.</param>
    public static float[] Create(DictionaryLearningOptions options, ReadOnlySpan<float> signals, int atomCount, int dimension, int restart)
    {
        var stream = new RandomStream(options.Seed, "dictionary.start", (ulong)restart);
        int rows = signals.Length / dimension;
        var atoms = new float[checked(atomCount * dimension)];
        int[] chosen = new int[Math.Min(atomCount, rows)];
        stream.SampleWithoutReplacement(rows, chosen);
        int singular = options.Start == DictionaryStart.Svd ? SingularVectors(signals, rows, dimension, atoms, atomCount, options.NonNegativeAtoms) : 0;
        for (int i = singular; i < atomCount; i++)
        {
            Span<float> atom = atoms.AsSpan(i * dimension, dimension);
            if (options.Start != DictionaryStart.Random && i < chosen.Length)
            {
                signals.Slice(chosen[i] * dimension, dimension).CopyTo(atom);
            }

            Finish(atom, options.NonNegativeAtoms, stream);
        }

        return atoms;
    }

    /// <summary>Clips where asked and scales to norm 1; a vector of which nothing is left becomes a random direction.</summary>
    public static void Finish(Span<float> atom, bool nonNegative, RandomStream stream)
    {
        Clip(atom, nonNegative);
        double norm = Signals.SquaredNorm(atom);
        while (!(norm > 0))
        {
            stream.FillNormal(atom);
            if (nonNegative)
            {
                TensorPrimitives.Abs(atom, atom);
            }

            norm = Signals.SquaredNorm(atom);
        }

        TensorPrimitives.Multiply(atom, (float)(1 / Math.Sqrt(norm)), atom);
    }

    private static void Clip(Span<float> atom, bool nonNegative)
    {
        if (nonNegative)
        {
            TensorPrimitives.Max(atom, 0f, atom);
        }
    }

    /// <summary>Writes the right singular vectors whose value is above rounding, largest first, each with its largest entry positive; gives how many.</summary>
    private static int SingularVectors(ReadOnlySpan<float> signals, int rows, int dimension, float[] atoms, int atomCount, bool nonNegative)
    {
        var gram = new Matrix64(dimension, dimension);
        var row = new double[dimension];
        for (int r = 0; r < rows; r++)
        {
            TensorPrimitives.ConvertChecked(signals.Slice(r * dimension, dimension), row);
            for (int i = 0; i < dimension; i++)
            {
                TensorPrimitives.MultiplyAdd<double>(row.AsSpan(0, i + 1), row[i], gram.Row(i)[..(i + 1)], gram.Row(i)[..(i + 1)]);
            }
        }

        SymmetricEigen eigen = SymmetricEigen.Compute(gram);
        int count = 0;
        while (count < Math.Min(atomCount, dimension) && eigen.Values[count] > 1e-10 * eigen.Values[0] && eigen.Values[count] > 0)
        {
            Span<double> vector = eigen.Vectors!.Row(count);
            if (nonNegative ? TensorPrimitives.SumOfSquares(Positive(vector)) < 0.5 : vector[TensorPrimitives.IndexOfMaxMagnitude<double>(vector)] < 0)
            {
                TensorPrimitives.Negate(vector, vector);
            }

            Span<float> atom = atoms.AsSpan(count * dimension, dimension);
            TensorPrimitives.ConvertTruncating<double, float>(vector, atom);
            Clip(atom, nonNegative);
            TensorPrimitives.Multiply(atom, (float)(1 / Math.Sqrt(Signals.SquaredNorm(atom))), atom);
            count++;
        }

        return count;
    }

    private static double[] Positive(ReadOnlySpan<double> vector)
    {
        var positive = new double[vector.Length];
        TensorPrimitives.Max(vector, 0.0, positive);
        return positive;
    }
}
