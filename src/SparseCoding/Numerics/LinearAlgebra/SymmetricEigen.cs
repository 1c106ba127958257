using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// Eigenvalues and vectors of a symmetric matrix A [n, n] = Vᵀ diag(λ) V with the vectors as rows of V, values in descending order.
/// Householder reduction to a tridiagonal matrix, then the implicit QL iteration (Wilkinson; Golub and Van Loan 8.3). Cost about
/// 4n³/3 for values, 9n³ with vectors. Only the lower triangle counts; NaN gives <see cref="Converged"/> = false.
/// </summary>
internal sealed class SymmetricEigen
{
    private const int MaxSweeps = 60;

    private SymmetricEigen(double[] values, Matrix64? vectors, bool converged)
    {
        Values = values;
        Vectors = vectors;
        Converged = converged;
    }

    /// <summary>Eigenvalues [n], descending.</summary>
    public double[] Values { get; }

    /// <summary>Unit eigenvectors as rows [n, n] in the order of <see cref="Values"/>; null when they were not asked for.</summary>
    public Matrix64? Vectors { get; }

    /// <summary>Whether every eigenvalue settled within the iteration limit (60 each, which rounding alone never needs).</summary>
    public bool Converged { get; }

    /// <summary>Decomposes <paramref name="matrix"/>, which stays as it is.</summary>
    public static SymmetricEigen Compute(Matrix64 matrix, bool vectors = true)
    {
        Debug.Assert(matrix.Rows == matrix.Columns);
        int n = matrix.Rows;
        Matrix64 work = matrix.Clone();
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                work[i, j] = work[j, i];
            }
        }

        var diagonal = new double[n];
        var off = new double[n];
        Matrix64? rows = Tridiagonalise(work, diagonal, off, vectors);
        bool converged = ImplicitQl(diagonal, off, rows);
        return Sorted(diagonal, rows, converged);
    }

    // A <- H A H for reflectors H_0, H_1, ...: row k of work keeps reflector k in its entries k+1 .. n-1.
    private static Matrix64? Tridiagonalise(Matrix64 work, double[] diagonal, double[] off, bool vectors)
    {
        int n = work.Rows;
        var beta = new double[n];
        var product = new double[n];
        for (int k = 0; k < n - 1; k++)
        {
            diagonal[k] = work[k, k];
            Span<double> v = work.Row(k)[(k + 1)..];
            (off[k], beta[k]) = PivotedQr.Reflect(v);
            if (beta[k] == 0)
            {
                continue;
            }

            int size = n - k - 1;
            Span<double> p = product.AsSpan(0, size);
            for (int i = 0; i < size; i++)
            {
                p[i] = beta[k] * TensorPrimitives.Dot(work.Row(k + 1 + i)[(k + 1)..], v);
            }

            TensorPrimitives.MultiplyAdd(v, -0.5 * beta[k] * TensorPrimitives.Dot(p, v), p, p);
            for (int i = 0; i < size; i++)
            {
                Span<double> row = work.Row(k + 1 + i)[(k + 1)..];
                TensorPrimitives.MultiplyAdd(p, -v[i], row, row);
                TensorPrimitives.MultiplyAdd(v, -p[i], row, row);
            }
        }

        if (n > 0)
        {
            diagonal[n - 1] = work[n - 1, n - 1];
        }

        if (!vectors)
        {
            return null;
        }

        // Rows of the result are the columns of H_0 H_1 ..., so that one rotation later touches two contiguous rows.
        Matrix64 rows = Matrix64.Identity(n);
        for (int k = n - 2; k >= 0; k--)
        {
            if (beta[k] == 0)
            {
                continue;
            }

            ReadOnlySpan<double> v = work.Row(k)[(k + 1)..];
            for (int i = k + 1; i < n; i++)
            {
                Span<double> row = rows.Row(i)[(k + 1)..];
                TensorPrimitives.MultiplyAdd(v, -beta[k] * TensorPrimitives.Dot(v, row), row, row);
            }
        }

        return rows;
    }

    private static bool ImplicitQl(double[] d, double[] e, Matrix64? rows)
    {
        int n = d.Length;
        double scale = 0;
        for (int i = 0; i < n; i++)
        {
            scale = Math.Max(scale, Math.Abs(d[i]) + Math.Abs(e[i]));
        }

        if (!double.IsFinite(scale))
        {
            return false;
        }

        // Entries below this do not move any eigenvalue by more than rounding of the largest one.
        double floor = scale * 1e-18;
        for (int low = 0; low < n; low++)
        {
            int sweeps = 0;
            while (true)
            {
                int high = low;
                while (high < n - 1 && Math.Abs(e[high]) > Math.Max(floor, 1.1e-16 * (Math.Abs(d[high]) + Math.Abs(d[high + 1]))))
                {
                    high++;
                }

                if (high == low)
                {
                    break;
                }

                if (++sweeps > MaxSweeps)
                {
                    return false;
                }

                double shift = (d[low + 1] - d[low]) / (2 * e[low]);
                double length = Hypot(shift, 1);
                double g = d[high] - d[low] + (e[low] / (shift + (shift >= 0 ? length : -length)));
                double s = 1, c = 1, p = 0;
                int i = high - 1;
                for (; i >= low; i--)
                {
                    double f = s * e[i], b = c * e[i];
                    double r = Hypot(f, g);
                    e[i + 1] = r;
                    if (r == 0)
                    {
                        d[i + 1] -= p;
                        break;
                    }

                    s = f / r;
                    c = g / r;
                    g = d[i + 1] - p;
                    r = ((d[i] - g) * s) + (2 * c * b);
                    p = s * r;
                    d[i + 1] = g + p;
                    g = (c * r) - b;
                    if (rows is not null)
                    {
                        Rotate(rows.Row(i), rows.Row(i + 1), c, s);
                    }
                }

                if (i < low)
                {
                    d[low] -= p;
                    e[low] = g;
                }

                e[high] = 0;
            }
        }

        return true;
    }

    private static void Rotate(Span<double> first, Span<double> second, double c, double s)
    {
        for (int k = 0; k < first.Length; k++)
        {
            double upper = second[k];
            second[k] = (s * first[k]) + (c * upper);
            first[k] = (c * first[k]) - (s * upper);
        }
    }

    private static SymmetricEigen Sorted(double[] diagonal, Matrix64? rows, bool converged)
    {
        int[] order = [.. Enumerable.Range(0, diagonal.Length)];
        // Array.Sort is not stable; the index breaks ties so that equal values keep one order everywhere.
        Array.Sort(order, (a, b) => diagonal[a] != diagonal[b] ? diagonal[b].CompareTo(diagonal[a]) : a.CompareTo(b));
        double[] values = [.. order.Select(i => diagonal[i])];
        return new SymmetricEigen(values, rows?.SelectRows(order), converged);
    }

    private static double Hypot(double a, double b) => double.Hypot(a, b);
}
