using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// Householder QR with column pivoting, A P = Q R for A [m, n] of any shape: numerical rank and least squares.
/// |R_00| ≥ |R_11| ≥ ..., and the rank counts the diagonal entries above tolerance · |R_00|.
/// Source: Businger and Golub (1965); column norms are downdated and recomputed when the downdate has lost half the digits.
/// </summary>
internal sealed class PivotedQr
{
    // Columns of A as rows, so that every inner loop is contiguous: row j holds R above the diagonal and the reflector below it.
    private readonly Matrix64 _columns;
    private readonly double[] _diagonal;
    private readonly double[] _beta;
    private readonly int[] _pivots;

    private PivotedQr(Matrix64 columns, double[] diagonal, double[] beta, int[] pivots, int rank)
    {
        _columns = columns;
        _diagonal = diagonal;
        _beta = beta;
        _pivots = pivots;
        Rank = rank;
    }

    /// <summary>Numerical rank at the tolerance given to <see cref="Compute"/>.</summary>
    public int Rank { get; }

    /// <summary>Column j of A P is column Pivots[j] of A. Ties of norms go to the lower index.</summary>
    public ReadOnlySpan<int> Pivots => _pivots;

    /// <summary>Diagonal of R (signed) [min(m, n)].</summary>
    public ReadOnlySpan<double> Diagonal => _diagonal;

    /// <summary>Factors <paramref name="matrix"/> [m, n], which stays as it is. Cost about 2mn² − 2n³/3 for m ≥ n.</summary>
    /// <param name="matrix">A [m, n].</param>
    /// <param name="tolerance">Relative size of a diagonal entry that counts as zero; negative means max(m, n) · 2⁻⁵².</param>
    public static PivotedQr Compute(Matrix64 matrix, double tolerance = -1)
    {
        int m = matrix.Rows, n = matrix.Columns, steps = Math.Min(m, n);
        if (tolerance < 0)
        {
            tolerance = Math.Max(m, n) * Math.ScaleB(1, -52);
        }

        Matrix64 columns = matrix.Transpose();
        var pivots = new int[n];
        var norms = new double[n];
        var reference = new double[n];
        for (int j = 0; j < n; j++)
        {
            pivots[j] = j;
            norms[j] = reference[j] = Norm(columns.Row(j));
        }

        var diagonal = new double[steps];
        var beta = new double[steps];
        for (int k = 0; k < steps; k++)
        {
            int best = k;
            for (int j = k + 1; j < n; j++)
            {
                if (norms[j] > norms[best])
                {
                    best = j;
                }
            }

            if (best != k)
            {
                Swap(columns.Row(k), columns.Row(best));
                (pivots[k], pivots[best]) = (pivots[best], pivots[k]);
                norms[best] = norms[k];
                reference[best] = reference[k];
            }

            (diagonal[k], beta[k]) = Reflect(columns.Row(k)[k..]);
            ReadOnlySpan<double> reflector = columns.Row(k)[k..];
            for (int j = k + 1; j < n; j++)
            {
                Span<double> column = columns.Row(j)[k..];
                Apply(reflector, beta[k], column);
                double share = norms[j] == 0 ? 0 : column[0] / norms[j];
                double left = Math.Max(0, 1 - (share * share));
                double ratio = reference[j] == 0 ? 0 : norms[j] / reference[j];
                if (left * ratio * ratio < 1e-8)
                {
                    norms[j] = reference[j] = Norm(column[1..]);
                }
                else
                {
                    norms[j] *= Math.Sqrt(left);
                }
            }
        }

        int rank = 0;
        while (rank < steps && Math.Abs(diagonal[rank]) > tolerance * Math.Abs(diagonal[0]))
        {
            rank++;
        }

        return new PivotedQr(columns, diagonal, beta, pivots, rank);
    }

    /// <summary>The upper triangle R [min(m, n), n] of A P = Q R.</summary>
    public Matrix64 UpperTriangle()
    {
        var upper = new Matrix64(_diagonal.Length, _columns.Rows);
        for (int j = 0; j < _columns.Rows; j++)
        {
            for (int i = 0; i < Math.Min(j, _diagonal.Length); i++)
            {
                upper[i, j] = _columns[j, i];
            }

            if (j < _diagonal.Length)
            {
                upper[j, j] = _diagonal[j];
            }
        }

        return upper;
    }

    /// <summary>
    /// Basic least-squares solution of A x ≈ b: [n] with at most <see cref="Rank"/> nonzeros (zeros at the dependent columns), which
    /// minimises ‖A x − b‖₂. Not the solution of least norm when the rank is below n: that is <see cref="Svd.PseudoInverse"/>.
    /// </summary>
    public double[] SolveLeastSquares(ReadOnlySpan<double> target)
    {
        Debug.Assert(target.Length == _columns.Columns);
        double[] work = target.ToArray();
        for (int k = 0; k < _diagonal.Length; k++)
        {
            Apply(_columns.Row(k)[k..], _beta[k], work.AsSpan(k));
        }

        var solution = new double[_columns.Rows];
        for (int k = Rank - 1; k >= 0; k--)
        {
            double value = work[k] / _diagonal[k];
            solution[_pivots[k]] = value;
            TensorPrimitives.MultiplyAdd(_columns.Row(k)[..k], -value, work.AsSpan(0, k), work.AsSpan(0, k));
        }

        return solution;
    }

    /// <summary>Turns a vector into its Householder reflector v in place; H = I − β v vᵀ maps it to (diagonal, 0, ...).</summary>
    internal static (double Diagonal, double Beta) Reflect(Span<double> vector)
    {
        double norm = Norm(vector);
        if (norm == 0)
        {
            return (0, 0);
        }

        // Scaling to unit length first keeps v'v away from overflow and underflow.
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] /= norm;
        }

        double sign = vector[0] >= 0 ? 1 : -1;
        vector[0] += sign;
        return (-sign * norm, 1 / Math.Abs(vector[0]));
    }

    private static void Apply(ReadOnlySpan<double> reflector, double beta, Span<double> target)
    {
        if (beta != 0)
        {
            TensorPrimitives.MultiplyAdd(reflector, -beta * TensorPrimitives.Dot(reflector, target), target, target);
        }
    }

    private static double Norm(ReadOnlySpan<double> vector)
    {
        double scale = vector.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(vector));
        if (scale == 0 || !double.IsFinite(scale))
        {
            return scale;
        }

        double sum = 0;
        foreach (double value in vector)
        {
            double scaled = value / scale;
            sum += scaled * scaled;
        }

        return scale * Math.Sqrt(sum);
    }

    private static void Swap(Span<double> a, Span<double> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            (a[i], b[i]) = (b[i], a[i]);
        }
    }
}
