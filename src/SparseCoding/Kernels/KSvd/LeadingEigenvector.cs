using System.Diagnostics;
using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The eigenvector of the largest eigenvalue of a symmetric positive semi-definite matrix [n, n], by Lanczos steps with full reorthogonalisation that start again
/// from the Ritz vector (Saad 2011, chapter 6). Double precision; the workspace is reused. The sign is free; where the eigenvalue is multiple, any vector of its space.
/// </summary>
internal sealed class LeadingEigenvector
{
    private const int Steps = 24;
    private const int Restarts = 12;
    private const double Tolerance = 1e-10;
    private double[] _basis = [];
    private double[] _work = [];

    /// <summary>Finds the vector.</summary>
    /// <param name="matrix">Symmetric, [n, n], row-major; not all 0.</param>
    /// <param name="size">n, at least 1.</param>
    /// <param name="vector">In: where to begin (any vector, 0 too). Out: unit norm, [n].</param>
    /// <returns>The eigenvalue.</returns>
    public double Find(ReadOnlySpan<double> matrix, int size, Span<double> vector)
    {
        Debug.Assert(matrix.Length >= size * size && vector.Length == size, "Shapes disagree.");
        if (_basis.Length < (Steps + 1) * size)
        {
            _basis = new double[(Steps + 1) * size];
            _work = new double[size];
        }

        Normalize(vector);
        for (int i = 0; i < size; i++)
        {
            // A part in every direction, so that a start in an invariant subspace does not stay there.
            vector[i] += (1 + (0.5 * Math.Sin(1.7 * i))) / (4 * Math.Sqrt(size));
        }

        double value = 0;
        for (int restart = 0; restart < Restarts; restart++)
        {
            Normalize(vector);
            (value, double residual) = Cycle(matrix, size, vector);
            if (residual <= Tolerance * value)
            {
                break;
            }
        }

        return value;
    }

    private (double Value, double Residual) Cycle(ReadOnlySpan<double> matrix, int size, Span<double> vector)
    {
        int steps = Math.Min(Steps, size), done = 0;
        Span<double> alpha = stackalloc double[Steps], beta = stackalloc double[Steps];
        vector.CopyTo(_basis);
        Span<double> next = _work.AsSpan(0, size);
        for (int j = 0; j < steps; j++)
        {
            ReadOnlySpan<double> current = _basis.AsSpan(j * size, size);
            for (int i = 0; i < size; i++)
            {
                next[i] = TensorPrimitives.Dot(matrix.Slice(i * size, size), current);
            }

            alpha[j] = TensorPrimitives.Dot(next, current);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int i = j; i >= 0; i--)
                {
                    ReadOnlySpan<double> earlier = _basis.AsSpan(i * size, size);
                    TensorPrimitives.MultiplyAdd(earlier, -TensorPrimitives.Dot(next, earlier), next, next);
                }
            }

            done = j + 1;
            beta[j] = TensorPrimitives.Norm<double>(next);
            if (beta[j] <= 1e-14 * Math.Abs(alpha[0]) || done == steps)
            {
                break;
            }

            TensorPrimitives.Divide(next, beta[j], _basis.AsSpan((j + 1) * size, size));
        }

        var tridiagonal = new Matrix64(done, done);
        for (int i = 0; i < done; i++)
        {
            tridiagonal[i, i] = alpha[i];
            if (i + 1 < done)
            {
                tridiagonal[i, i + 1] = tridiagonal[i + 1, i] = beta[i];
            }
        }

        SymmetricEigen eigen = SymmetricEigen.Compute(tridiagonal);
        ReadOnlySpan<double> weights = eigen.Vectors!.Row(0);
        vector.Clear();
        for (int i = 0; i < done; i++)
        {
            TensorPrimitives.MultiplyAdd(_basis.AsSpan(i * size, size), weights[i], vector, vector);
        }

        // A basis of the whole space (or of an invariant part) leaves no residual but rounding.
        return (eigen.Values[0], done == size ? 0 : beta[done - 1] * Math.Abs(weights[done - 1]));
    }

    private static void Normalize(Span<double> vector)
    {
        double norm = TensorPrimitives.Norm<double>(vector);
        if (norm > 0)
        {
            TensorPrimitives.Divide(vector, norm, vector);
        }
    }
}
