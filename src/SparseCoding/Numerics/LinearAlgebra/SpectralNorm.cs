using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>Two-sided bound of ‖A‖₂ (the largest singular value).</summary>
/// <param name="Lower">A lower bound, up to rounding: a Ritz value.</param>
/// <param name="Upper">An upper bound that includes the rounding of its own proof.</param>
/// <param name="Iterations">Lanczos steps taken.</param>
/// <param name="ByFactorisation">True when a Cholesky factor of τI − AAᵀ is the proof; false when a matrix norm is (wider).</param>
internal readonly record struct SpectralNormBound(double Lower, double Upper, int Iterations, bool ByFactorisation);

/// <summary>
/// Spectral norm with a certificate. Lanczos on the smaller Gram matrix gives the estimate (never above the truth but for rounding);
/// a successful Cholesky factorisation of τI − G proves λ_max(G) ≤ τ, with Rump's allowance γ·trace for the rounding of the
/// factorisation itself. Above <c>certificateLimit</c> rows the bound is min(‖A‖_F, √(‖A‖₁‖A‖∞)), which is certain but wide.
/// Step sizes of ISTA/FISTA need the upper side: 1/L with L too small diverges.
/// </summary>
internal static class SpectralNorm
{
    private const double UnitRoundoff = 1.1102230246251565e-16;

    /// <summary>Bounds ‖A‖₂ for A [m, n]. Zero matrix: (0, 0). NaN or infinity: (NaN, +∞).</summary>
    public static SpectralNormBound Bound(Matrix64 matrix, int certificateLimit = 1024, int maxSteps = 64)
    {
        double frobenius = matrix.FrobeniusNorm();
        if (!double.IsFinite(frobenius))
        {
            return new(double.NaN, double.PositiveInfinity, 0, false);
        }

        if (frobenius == 0)
        {
            return default;
        }

        (double ritz, int steps) = Lanczos(matrix, maxSteps);
        double lower = Math.Sqrt(Math.Max(0, ritz));
        double wide = Math.Min(frobenius, Math.Sqrt(NormOne(matrix) * NormInfinity(matrix))) * (1 + (8 * UnitRoundoff * (matrix.Rows + matrix.Columns)));
        int n = Math.Min(matrix.Rows, matrix.Columns);
        if (n > certificateLimit)
        {
            return new(lower, wide, steps, false);
        }

        Matrix64 gram = matrix.Rows <= matrix.Columns ? matrix.GramOfRows() : matrix.GramOfColumns();
        int inner = Math.Max(matrix.Rows, matrix.Columns);
        for (double margin = 1e-9; margin < 1; margin *= 10)
        {
            double tau = ritz * (1 + margin);
            var shifted = new Matrix64(n, n);
            TensorPrimitives.Negate(gram.Values, shifted.Values);
            for (int i = 0; i < n; i++)
            {
                shifted[i, i] += tau;
            }

            if (Cholesky.Compute(shifted).Succeeded)
            {
                double proof = tau + (2 * (n + 2) * UnitRoundoff * n * tau) + (2 * (inner + 2) * UnitRoundoff * frobenius * frobenius);
                return new(lower, Math.Min(Math.Sqrt(proof), wide), steps, true);
            }
        }

        return new(lower, wide, steps, false);
    }

    // Lanczos with full reorthogonalisation; the largest Ritz value of the Gram matrix on the smaller side.
    private static (double Value, int Steps) Lanczos(Matrix64 matrix, int maxSteps)
    {
        bool byRows = matrix.Rows <= matrix.Columns;
        int n = Math.Min(matrix.Rows, matrix.Columns);
        int limit = Math.Min(n, maxSteps);
        var basis = new List<double[]>(limit);
        var random = new RandomStream(0, "spectral-norm.lanczos");
        var vector = new double[n];
        for (int i = 0; i < n; i++)
        {
            vector[i] = random.NextNormal();
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<double>(vector), vector);
        var alpha = new List<double>();
        var beta = new List<double>();
        double best = 0;
        for (int step = 0; step < limit; step++)
        {
            basis.Add(vector);
            double[] next = byRows ? matrix.Multiply(matrix.MultiplyLeft(vector)) : matrix.MultiplyLeft(matrix.Multiply(vector));
            alpha.Add(TensorPrimitives.Dot<double>(vector, next));
            for (int pass = 0; pass < 2; pass++)
            {
                foreach (double[] previous in basis)
                {
                    TensorPrimitives.MultiplyAdd(previous, -TensorPrimitives.Dot<double>(previous, next), next, next);
                }
            }

            double norm = TensorPrimitives.Norm<double>(next);
            double value = LargestRitz(alpha, beta);
            bool done = norm <= 1e-13 * value || (step > 4 && value - best <= 1e-13 * value);
            best = value;
            if (done)
            {
                return (best, step + 1);
            }

            beta.Add(norm);
            TensorPrimitives.Divide(next, norm, next);
            vector = next;
        }

        return (best, limit);
    }

    private static double LargestRitz(List<double> alpha, List<double> beta)
    {
        int k = alpha.Count;
        var tridiagonal = new Matrix64(k, k);
        for (int i = 0; i < k; i++)
        {
            tridiagonal[i, i] = alpha[i];
            if (i > 0)
            {
                tridiagonal[i, i - 1] = tridiagonal[i - 1, i] = beta[i - 1];
            }
        }

        return SymmetricEigen.Compute(tridiagonal, vectors: false).Values[0];
    }

    private static double NormOne(Matrix64 matrix)
    {
        var sums = new double[matrix.Columns];
        for (int i = 0; i < matrix.Rows; i++)
        {
            ReadOnlySpan<double> row = matrix.Row(i);
            for (int j = 0; j < row.Length; j++)
            {
                sums[j] += Math.Abs(row[j]);
            }
        }

        return sums.Max();
    }

    private static double NormInfinity(Matrix64 matrix)
    {
        double largest = 0;
        for (int i = 0; i < matrix.Rows; i++)
        {
            largest = Math.Max(largest, TensorPrimitives.SumOfMagnitudes<double>(matrix.Row(i)));
        }

        return largest;
    }
}
