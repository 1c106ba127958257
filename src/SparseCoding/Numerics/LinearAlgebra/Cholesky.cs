using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// Cholesky factorisation A = L Lᵀ of a symmetric positive definite matrix [n, n] (only the lower triangle is read).
/// A pivot that is not above <c>tolerance · A_jj</c> is a failure and is reported as a value with its index: it means that column j
/// depends, to rounding, on the columns before it. Source: Golub and Van Loan, Matrix Computations, 4.2 (dot-product form).
/// </summary>
internal sealed class Cholesky
{
    private readonly Matrix64 _factor;

    private Cholesky(Matrix64 factor, int failedAt)
    {
        _factor = factor;
        FailedAt = failedAt;
    }

    /// <summary>Whether every pivot was positive. When false, <see cref="Solve"/> must not be used.</summary>
    public bool Succeeded => FailedAt < 0;

    /// <summary>Index of the first pivot that was not positive (or was NaN), −1 when there is none.</summary>
    public int FailedAt { get; }

    /// <summary>L [n, n]; rows from <see cref="FailedAt"/> on are not meaningful after a failure.</summary>
    public Matrix64 Factor => _factor;

    /// <summary>log det A = 2 Σ log L_jj.</summary>
    public double LogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < _factor.Rows; i++)
            {
                sum += Math.Log(_factor[i, i]);
            }

            return 2 * sum;
        }
    }

    /// <summary>Factors <paramref name="matrix"/>, which stays as it is. Cost n³/3.</summary>
    /// <param name="matrix">A [n, n], symmetric.</param>
    /// <param name="tolerance">A pivot must exceed this share of its diagonal entry; 0 asks for positive only.</param>
    public static Cholesky Compute(Matrix64 matrix, double tolerance = 0)
    {
        Debug.Assert(matrix.Rows == matrix.Columns);
        int n = matrix.Rows;
        var factor = new Matrix64(n, n);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = factor.Row(i);
            for (int j = 0; j < i; j++)
            {
                row[j] = (matrix[i, j] - TensorPrimitives.Dot(row[..j], factor.Row(j)[..j])) / factor[j, j];
            }

            double pivot = matrix[i, i] - TensorPrimitives.Dot(row[..i], row[..i]);
            if (!(pivot > tolerance * matrix[i, i]) || !(pivot > 0) || !double.IsFinite(pivot))
            {
                return new Cholesky(factor, i);
            }

            row[i] = Math.Sqrt(pivot);
        }

        return new Cholesky(factor, -1);
    }

    /// <summary>Solves A x = b in place for one right-hand side [n].</summary>
    public void Solve(Span<double> vector)
    {
        Debug.Assert(Succeeded && vector.Length == _factor.Rows);
        SolveLower(vector);
        SolveUpper(vector);
    }

    /// <summary>Solves L y = b in place.</summary>
    public void SolveLower(Span<double> vector)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (vector[i] - TensorPrimitives.Dot(_factor.Row(i)[..i], vector[..i])) / _factor[i, i];
        }
    }

    /// <summary>Solves Lᵀ x = y in place.</summary>
    public void SolveUpper(Span<double> vector)
    {
        for (int i = vector.Length - 1; i >= 0; i--)
        {
            vector[i] /= _factor[i, i];
            TensorPrimitives.MultiplyAdd(_factor.Row(i)[..i], -vector[i], vector[..i], vector[..i]);
        }
    }

    /// <summary>Solves A Xᵀ = Bᵀ for right-hand sides stored as the rows of B [count, n], in place.</summary>
    public void SolveRows(Matrix64 rows)
    {
        for (int i = 0; i < rows.Rows; i++)
        {
            Solve(rows.Row(i));
        }
    }
}
