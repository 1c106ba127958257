using System.Numerics;

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
