using System.Numerics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>An upper bound of the largest eigenvalue of a Gram, the constant L whose inverse is the step of ISTA and FISTA.</summary>
internal static class SpectralBound
{
    /// <summary>
    /// Power iteration on G from a fixed start: the Rayleigh quotient plus the norm of its residual, with 2 % more, but never above the certain bound
    /// max_i Σ_j |G_ij|. An eigenvalue lies within the residual of the quotient; that it is the largest is all but certain, not proved, which is why
    /// <see cref="FistaCore{T}"/> checks each step and raises L where it must. Exact sums in double; cost <paramref name="iterations"/> · atoms² · 2.
    /// </summary>
    /// <returns>L > 0; 1 if all atoms are zero.</returns>
    public static double Compute<T>(GramRows<T> gram, int iterations = 30)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int count = gram.AtomCount;
        var vector = new double[count];
        var image = new double[count];
        double certain = 0;
        for (int i = 0; i < count; i++)
        {
            // Not constant, so that it is not orthogonal to the leading eigenvector of structured dictionaries (even a circulant one).
            vector[i] = 1 + (0.5 * Math.Sin(1.0 + (1.7 * i * (i + 1.0))));
            double sum = 0;
            foreach (T value in gram.Row(i))
            {
                sum += Math.Abs(double.CreateTruncating(value));
            }

            certain = Math.Max(certain, sum);
        }

        if (certain == 0)
        {
            return 1;
        }

        double bound = certain;
        for (int round = 0; round < iterations; round++)
        {
            double norm = Math.Sqrt(Dot(vector, vector));
            double quotient = 0;
            for (int i = 0; i < count; i++)
            {
                vector[i] /= norm;
            }

            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<T> row = gram.Row(i);
                double sum = 0;
                for (int j = 0; j < row.Length; j++)
                {
                    sum += double.CreateTruncating(row[j]) * vector[j];
                }

                image[i] = sum;
                quotient += sum * vector[i];
            }

            double residual = Math.Sqrt(Math.Max(0, Dot(image, image) - (quotient * quotient)));
            bound = Math.Min(certain, 1.02 * (quotient + residual));
            if (residual <= 0.01 * quotient)
            {
                break;
            }

            (vector, image) = (image, vector);
            if (quotient == 0)
            {
                return certain;
            }
        }

        return bound;
    }

    /// <summary>
    /// The same for the atoms themselves, of which no Gram is needed: power iteration on DᵀD [dimension, dimension], which has the nonzero eigenvalues of G, as
    /// y ← Σ_i w_i² (d_i·y) d_i from the start y = vD with the v of the other form, and so the same quotients in exact arithmetic. The certain bound is the trace Σ w_i² ‖d_i‖².
    /// Double throughout; cost (<paramref name="iterations"/> + 1) · 4 · atoms · dimension, whatever the memory budget.
    /// </summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="norms">Norms of the atoms, [atoms], to bound the Gram of the atoms scaled to norm 1 (w_i = 1/‖d_i‖, 0 for zero atoms); empty for the atoms as they are (w_i = 1).</param>
    /// <param name="cancellationToken">Stops between atoms.</param>
    /// <param name="iterations">Most passes.</param>
    /// <returns>L > 0; 1 if all atoms are zero.</returns>
    public static double Compute(ReadOnlySpan<float> atoms, int dimension, ReadOnlySpan<float> norms, CancellationToken cancellationToken, int iterations = 30)
    {
        const int AtomsPerCheck = 1024;
        int count = atoms.Length / dimension;
        double[] atom = new double[dimension], vector = new double[dimension], image = new double[dimension];
        double certain = 0, bound = 0;
        for (int round = -1; round < iterations; round++)
        {
            double size = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(vector));
            if (round >= 0)
            {
                TensorPrimitives.Divide(vector, size, vector);
            }

            image.AsSpan().Clear();
            for (int i = 0; i < count; i++)
            {
                if (i % AtomsPerCheck == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                double weight = norms.IsEmpty ? 1 : norms[i] > 0 ? 1.0 / ((double)norms[i] * norms[i]) : 0;
                TensorPrimitives.ConvertTruncating(atoms.Slice(i * dimension, dimension), atom.AsSpan());
                if (round < 0)
                {
                    certain += weight * TensorPrimitives.SumOfSquares<double>(atom);

                    // Not constant, so that it is not orthogonal to the leading eigenvector of structured dictionaries (even a circulant one).
                    double start = Math.Sqrt(weight) * (1 + (0.5 * Math.Sin(1.0 + (1.7 * i * (i + 1.0)))));
                    TensorPrimitives.MultiplyAdd(atom, start, image, image);
                }
                else
                {
                    TensorPrimitives.MultiplyAdd(atom, weight * TensorPrimitives.Dot<double>(atom, vector), image, image);
                }
            }

            if (round < 0)
            {
                if (!(certain > 0))
                {
                    return 1;
                }

                bound = certain;
            }
            else
            {
                double quotient = TensorPrimitives.Dot<double>(image, vector);
                double residual = Math.Sqrt(Math.Max(0, TensorPrimitives.SumOfSquares<double>(image) - (quotient * quotient)));
                bound = Math.Min(certain, 1.02 * (quotient + residual));
                if (residual <= 0.01 * quotient)
                {
                    break;
                }
            }

            (vector, image) = (image, vector);
            if (!(TensorPrimitives.SumOfSquares<double>(vector) > 0))
            {
                // The start lay in the null space: nothing is known beyond the trace.
                return certain;
            }
        }

        return bound;
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
