using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// The heart of the theorem: A = D Wᵀ [N, N] passes through M dimensions, so rank(A) ≤ M &lt; N and ‖A − I‖_F² ≥ N − rank(D) ≥ N − M
/// (Eckart-Young for the identity), with equality for W = (D⁺)ᵀ, where A is the orthogonal projection onto the column space of D.
/// </summary>
/// <param name="Shape">min(M, N): proved by shape alone.</param>
/// <param name="Bound">max(0, N − M).</param>
/// <param name="DictionaryRank">Numerical rank of D; −1 where measuring was beyond the budget.</param>
/// <param name="AtMinimiser">‖D D⁺ − I‖_F², measured; NaN beyond the budget.</param>
/// <param name="EncoderRank">Numerical rank of D Wᵀ; −1 without an encoder or beyond the budget.</param>
/// <param name="AtEncoder">‖D Wᵀ − I‖_F² of the given encoder; NaN without one.</param>
/// <param name="AtRescaledEncoder">The same with the best factor c ≥ 0 for each latent; NaN without an encoder.</param>
internal sealed record RankBound(int Shape, int Bound, int DictionaryRank, double AtMinimiser, int EncoderRank, double AtEncoder, double AtRescaledEncoder)
{
    private const double RankTolerance = 1e-6;
    private const int LargestDirect = 2048;

    /// <summary>Measures the bound on D [N, M] and, where given, encoder weights W [N, M].</summary>
    public static RankBound Compute(Matrix64 atoms, Matrix64? weights, double budget)
    {
        int n = atoms.Rows, m = atoms.Columns;
        bool small = 10.0 * n * m * Math.Min(n, m) <= budget;
        double minimiser = double.NaN;
        int rank = -1, encoderRank = -1;
        if (small)
        {
            Svd svd = Svd.Compute(atoms);
            rank = svd.Rank(RankTolerance);
            Matrix64 inverse = svd.PseudoInverse(RankTolerance);
            minimiser = DistanceToIdentity(atoms, inverse.Transpose());
            if (weights is not null)
            {
                encoderRank = ProductRank(atoms, weights);
            }
        }

        double plain = double.NaN, rescaled = double.NaN;
        if (weights is not null)
        {
            plain = DistanceToIdentity(atoms, weights);
            rescaled = 0;
            double[] factors = BestFactors(atoms, weights, out double[] left);
            for (int i = 0; i < factors.Length; i++)
            {
                rescaled += left[i];
            }
        }

        return new RankBound(Math.Min(m, n), Math.Max(0, n - m), rank, minimiser, encoderRank, plain, rescaled);
    }

    /// <summary>The minimiser (D⁺)ᵀ [N, M]: rows are encoder weights.</summary>
    public static Matrix64 Minimiser(Matrix64 atoms) => Svd.Compute(atoms).PseudoInverse(RankTolerance).Transpose();

    /// <summary>‖D Wᵀ − I‖_F²: entry by entry in double up to 2,048 atoms, else Σ_l ‖A_·l‖² − 2A_ll + 1 through DᵀD. Cost N M min(N, M).</summary>
    public static double DistanceToIdentity(Matrix64 atoms, Matrix64 weights)
    {
        double sum = 0;
        if (atoms.Rows > LargestDirect)
        {
            double[] squares = ResponseSquares(atoms, weights);
            for (int l = 0; l < weights.Rows; l++)
            {
                sum += squares[l] - (2 * TensorPrimitives.Dot<double>(atoms.Row(l), weights.Row(l))) + 1;
            }

            return sum;
        }

        for (int i = 0; i < atoms.Rows; i++)
        {
            for (int l = 0; l < weights.Rows; l++)
            {
                double entry = TensorPrimitives.Dot<double>(atoms.Row(i), weights.Row(l)) - (i == l ? 1 : 0);
                sum += entry * entry;
            }
        }

        return sum;
    }

    /// <summary>
    /// Least-squares factor of each latent, c_l = max(0, A_ll / Σ_i A_il²) [N], and what is left of column l of AC − I.
    /// A positive factor does not leave the class of encoders: c ReLU(u) = ReLU(cu).
    /// </summary>
    public static double[] BestFactors(Matrix64 atoms, Matrix64 weights, out double[] left)
    {
        var factors = new double[weights.Rows];
        left = new double[weights.Rows];
        double[] squares = ResponseSquares(atoms, weights);
        for (int l = 0; l < weights.Rows; l++)
        {
            double own = TensorPrimitives.Dot<double>(atoms.Row(l), weights.Row(l));
            factors[l] = squares[l] > 0 ? Math.Max(0, own / squares[l]) : 0;
            left[l] = 1 - (factors[l] * own);
        }

        return factors;
    }

    // Σ_i A_il² for each latent l.
    private static double[] ResponseSquares(Matrix64 atoms, Matrix64 weights)
    {
        var squares = new double[weights.Rows];
        Matrix64? gram = atoms.Rows > LargestDirect ? atoms.GramOfColumns() : null;
        for (int l = 0; l < weights.Rows; l++)
        {
            ReadOnlySpan<double> row = weights.Row(l);
            squares[l] = gram is null
                ? TensorPrimitives.SumOfSquares<double>(atoms.Multiply(row))
                : Math.Max(0, TensorPrimitives.Dot<double>(gram.Multiply(row), row));
        }

        return squares;
    }

    // D Wᵀ has the singular values of R_D R_Wᵀ, which is small: [min(N, M), min(N, M)].
    private static int ProductRank(Matrix64 atoms, Matrix64 weights) =>
        Svd.Compute(Matrix64.MultiplyTransposed(Triangle(atoms), Triangle(weights))).Rank(RankTolerance);

    private static Matrix64 Triangle(Matrix64 matrix)
    {
        PivotedQr qr = PivotedQr.Compute(matrix);
        Matrix64 upper = qr.UpperTriangle();
        var result = new Matrix64(upper.Rows, upper.Columns);
        for (int j = 0; j < upper.Columns; j++)
        {
            for (int i = 0; i < upper.Rows; i++)
            {
                result[i, qr.Pivots[j]] = upper[i, j];
            }
        }

        return result;
    }
}
