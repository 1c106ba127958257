using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// Thin singular value decomposition A = Uᵀ diag(σ) V of A [m, n], k = min(m, n), singular vectors as rows: U [k, m], V [k, n].
/// One-sided Jacobi (Hestenes 1958; de Rijk's pivoting by norm): slower than bidiagonalisation, but short, and small singular values
/// are as good as the data. Rows of U (m ≥ n) or V (m &lt; n) whose σ is below 2⁻⁵² ‖A‖_F are zero: their direction is rounding.
/// </summary>
internal sealed class Svd
{
    private const double Epsilon = 2.220446049250313e-16;
    private const int MaxSweeps = 60;

    private Svd(double[] values, Matrix64 left, Matrix64 right, bool converged)
    {
        Values = values;
        Left = left;
        Right = right;
        Converged = converged;
    }

    /// <summary>Singular values [k], descending, not negative.</summary>
    public double[] Values { get; }

    /// <summary>Left singular vectors as rows [k, m].</summary>
    public Matrix64 Left { get; }

    /// <summary>Right singular vectors as rows [k, n].</summary>
    public Matrix64 Right { get; }

    /// <summary>Whether all pairs became orthogonal to rounding within 60 sweeps; false for NaN or infinity.</summary>
    public bool Converged { get; }

    /// <summary>Decomposes <paramref name="matrix"/>, which stays as it is. Cost about 6 to 10 sweeps of 2 k² max(m, n).</summary>
    public static Svd Compute(Matrix64 matrix)
    {
        bool tall = matrix.Rows >= matrix.Columns;
        Matrix64 vectors = tall ? matrix.Transpose() : matrix.Clone();
        int k = vectors.Rows;
        Matrix64 rotations = Matrix64.Identity(k);
        double floor = Epsilon * vectors.FrobeniusNorm();
        bool converged = double.IsFinite(floor) && Orthogonalise(vectors, rotations, floor);

        var norms = new double[k];
        for (int i = 0; i < k; i++)
        {
            norms[i] = TensorPrimitives.Norm<double>(vectors.Row(i));
        }

        int[] order = [.. Enumerable.Range(0, k)];
        Array.Sort(order, (a, b) => norms[a] != norms[b] ? norms[b].CompareTo(norms[a]) : a.CompareTo(b));
        Matrix64 longSide = vectors.SelectRows(order), shortSide = rotations.SelectRows(order);
        double[] values = [.. order.Select(i => norms[i])];
        for (int i = 0; i < k; i++)
        {
            Span<double> row = longSide.Row(i);
            if (values[i] > floor)
            {
                TensorPrimitives.Divide(row, values[i], row);
            }
            else
            {
                row.Clear();
            }
        }

        return tall ? new Svd(values, longSide, shortSide, converged) : new Svd(values, shortSide, longSide, converged);
    }

    /// <summary>Number of singular values above tolerance · σ_max; negative means max(m, n) · 2⁻⁵², as NumPy's matrix_rank.</summary>
    public int Rank(double tolerance = -1)
    {
        double limit = Limit(tolerance);
        int rank = 0;
        while (rank < Values.Length && Values[rank] > limit)
        {
            rank++;
        }

        return rank;
    }

    /// <summary>Moore-Penrose pseudo-inverse [n, m], with singular values at or below tolerance · σ_max left out.</summary>
    public Matrix64 PseudoInverse(double tolerance = -1)
    {
        double limit = Limit(tolerance);
        var result = new Matrix64(Right.Columns, Left.Columns);
        for (int i = 0; i < Values.Length && Values[i] > limit; i++)
        {
            ReadOnlySpan<double> left = Left.Row(i), right = Right.Row(i);
            for (int row = 0; row < right.Length; row++)
            {
                Span<double> target = result.Row(row);
                TensorPrimitives.MultiplyAdd(left, right[row] / Values[i], target, target);
            }
        }

        return result;
    }

    private double Limit(double tolerance) =>
        Values.Length == 0 ? 0 : Values[0] * (tolerance >= 0 ? tolerance : Math.Max(Left.Columns, Right.Columns) * Epsilon);

    // Plane rotations of pairs of rows until all are orthogonal; the same rotations build the other side's vectors.
    private static bool Orthogonalise(Matrix64 vectors, Matrix64 rotations, double floor)
    {
        int k = vectors.Rows;
        var squares = new double[k];
        for (int sweep = 0; sweep < MaxSweeps; sweep++)
        {
            for (int i = 0; i < k; i++)
            {
                squares[i] = TensorPrimitives.SumOfSquares<double>(vectors.Row(i));
            }

            bool rotated = false;
            for (int p = 0; p < k - 1; p++)
            {
                Pivot(vectors, rotations, squares, p);
                for (int q = p + 1; q < k; q++)
                {
                    double dot = TensorPrimitives.Dot<double>(vectors.Row(p), vectors.Row(q));
                    double small = Math.Sqrt(Math.Max(0, squares[q])), large = Math.Sqrt(Math.Max(0, squares[p]));
                    // A row at the level of rounding can never become orthogonal in the relative sense: leave it.
                    if (small <= floor || large <= floor || Math.Abs(dot) <= 4 * Epsilon * small * large)
                    {
                        continue;
                    }

                    rotated = true;
                    double zeta = (squares[q] - squares[p]) / (2 * dot);
                    double tangent = (zeta >= 0 ? 1 : -1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                    double cosine = 1 / Math.Sqrt(1 + (tangent * tangent)), sine = cosine * tangent;
                    Rotate(vectors.Row(p), vectors.Row(q), cosine, sine);
                    Rotate(rotations.Row(p), rotations.Row(q), cosine, sine);
                    squares[p] -= tangent * dot;
                    squares[q] += tangent * dot;
                }
            }

            if (!rotated)
            {
                return true;
            }
        }

        return false;
    }

    // Brings the longest remaining row to place p: without it, convergence on graded matrices is slow.
    private static void Pivot(Matrix64 vectors, Matrix64 rotations, double[] squares, int p)
    {
        int best = p;
        for (int q = p + 1; q < squares.Length; q++)
        {
            if (squares[q] > squares[best])
            {
                best = q;
            }
        }

        if (best != p)
        {
            (squares[p], squares[best]) = (squares[best], squares[p]);
            Swap(vectors.Row(p), vectors.Row(best));
            Swap(rotations.Row(p), rotations.Row(best));
        }
    }

    private static void Rotate(Span<double> p, Span<double> q, double c, double s)
    {
        for (int i = 0; i < p.Length; i++)
        {
            double first = p[i], second = q[i];
            p[i] = (c * first) - (s * second);
            q[i] = (s * first) + (c * second);
        }
    }

    private static void Swap(Span<double> a, Span<double> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            (a[i], b[i]) = (b[i], a[i]);
        }
    }
}
