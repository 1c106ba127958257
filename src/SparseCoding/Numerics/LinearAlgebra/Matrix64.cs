using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// A dense matrix [rows, columns] of doubles, row-major, for the small exact computations of the theory and the dictionary updates.
/// It is a plain holder of memory: products are written for clarity and contiguous access, not for the speed of a blocked kernel.
/// NaN flows through; shapes are checked by assertion only, since every caller inside the library knows them.
/// </summary>
internal sealed class Matrix64
{
    /// <summary>An all-zero matrix [<paramref name="rows"/>, <paramref name="columns"/>].</summary>
    public Matrix64(int rows, int columns)
        : this(rows, columns, new double[checked(rows * columns)])
    {
    }

    /// <summary>Wraps <paramref name="values"/> (row-major, rows × columns numbers) without copying.</summary>
    public Matrix64(int rows, int columns, double[] values)
    {
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"A [{rows}, {columns}] matrix needs {(long)rows * columns} values, not {values.Length}.", nameof(values));
        }

        Rows = rows;
        Columns = columns;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The numbers, row-major; not a copy.</summary>
    public double[] Values { get; }

    /// <summary>One entry.</summary>
    public ref double this[int row, int column] => ref Values[(row * Columns) + column];

    /// <summary>One row [columns]; not a copy.</summary>
    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Widens a row-major float matrix; exact.</summary>
    public static Matrix64 From(ReadOnlySpan<float> values, int rows, int columns)
    {
        var result = new Matrix64(rows, columns);
        TensorPrimitives.ConvertTruncating<float, double>(values[..(rows * columns)], result.Values);
        return result;
    }

    /// <summary>The identity [size, size].</summary>
    public static Matrix64 Identity(int size)
    {
        var result = new Matrix64(size, size);
        for (int i = 0; i < size; i++)
        {
            result[i, i] = 1;
        }

        return result;
    }

    /// <summary>A copy that shares no memory.</summary>
    public Matrix64 Clone() => new(Rows, Columns, (double[])Values.Clone());

    /// <summary>The transpose [columns, rows], a copy.</summary>
    public Matrix64 Transpose()
    {
        var result = new Matrix64(Columns, Rows);
        for (int i = 0; i < Rows; i++)
        {
            ReadOnlySpan<double> row = Row(i);
            for (int j = 0; j < row.Length; j++)
            {
                result.Values[(j * Rows) + i] = row[j];
            }
        }

        return result;
    }

    /// <summary>The rows named by <paramref name="rows"/>, in that order, copied: [rows.Length, Columns].</summary>
    public Matrix64 SelectRows(ReadOnlySpan<int> rows)
    {
        var result = new Matrix64(rows.Length, Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(result.Row(i));
        }

        return result;
    }

    /// <summary>A B: [rows, inner] times [inner, columns], row updates in the order of the inner index.</summary>
    public static Matrix64 Multiply(Matrix64 a, Matrix64 b)
    {
        Debug.Assert(a.Columns == b.Rows);
        var result = new Matrix64(a.Rows, b.Columns);
        for (int i = 0; i < a.Rows; i++)
        {
            Span<double> target = result.Row(i);
            ReadOnlySpan<double> row = a.Row(i);
            for (int k = 0; k < row.Length; k++)
            {
                if (row[k] != 0)
                {
                    TensorPrimitives.MultiplyAdd(b.Row(k), row[k], target, target);
                }
            }
        }

        return result;
    }

    /// <summary>A Bᵀ: rows of A times rows of B, [a.Rows, b.Rows].</summary>
    public static Matrix64 MultiplyTransposed(Matrix64 a, Matrix64 b)
    {
        Debug.Assert(a.Columns == b.Columns);
        var result = new Matrix64(a.Rows, b.Rows);
        for (int i = 0; i < a.Rows; i++)
        {
            Span<double> target = result.Row(i);
            ReadOnlySpan<double> row = a.Row(i);
            for (int j = 0; j < target.Length; j++)
            {
                target[j] = TensorPrimitives.Dot(row, b.Row(j));
            }
        }

        return result;
    }

    /// <summary>A Aᵀ [rows, rows], exactly symmetric.</summary>
    public Matrix64 GramOfRows()
    {
        var result = new Matrix64(Rows, Rows);
        for (int i = 0; i < Rows; i++)
        {
            ReadOnlySpan<double> row = Row(i);
            for (int j = 0; j <= i; j++)
            {
                double value = TensorPrimitives.Dot(row, Row(j));
                result[i, j] = value;
                result[j, i] = value;
            }
        }

        return result;
    }

    /// <summary>Aᵀ A [columns, columns], exactly symmetric; sums over the rows in order.</summary>
    public Matrix64 GramOfColumns()
    {
        var result = new Matrix64(Columns, Columns);
        for (int k = 0; k < Rows; k++)
        {
            ReadOnlySpan<double> row = Row(k);
            for (int i = 0; i < Columns; i++)
            {
                Span<double> target = result.Row(i)[i..];
                TensorPrimitives.MultiplyAdd(row[i..], row[i], target, target);
            }
        }

        for (int i = 0; i < Columns; i++)
        {
            for (int j = 0; j < i; j++)
            {
                result[i, j] = result[j, i];
            }
        }

        return result;
    }

    /// <summary>A v [rows].</summary>
    public double[] Multiply(ReadOnlySpan<double> vector)
    {
        Debug.Assert(vector.Length == Columns);
        var result = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            result[i] = TensorPrimitives.Dot(Row(i), vector);
        }

        return result;
    }

    /// <summary>v A [columns].</summary>
    public double[] MultiplyLeft(ReadOnlySpan<double> vector)
    {
        Debug.Assert(vector.Length == Rows);
        var result = new double[Columns];
        for (int i = 0; i < Rows; i++)
        {
            if (vector[i] != 0)
            {
                TensorPrimitives.MultiplyAdd(Row(i), vector[i], result, result);
            }
        }

        return result;
    }

    /// <summary>‖A‖_F; free of overflow for entries up to 1e150.</summary>
    public double FrobeniusNorm() => Values.Length == 0 ? 0 : TensorPrimitives.Norm<double>(Values);
}
