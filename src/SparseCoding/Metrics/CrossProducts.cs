using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Metrics;

/// <summary>XᵀX, YᵀY and XᵀY of two centred representations of the same samples, in float64. Cost: samples · (d₁² + d₂² + d₁ d₂).</summary>
internal sealed class CrossProducts
{
    private const double LeastShare = 1e-10;

    private CrossProducts(Matrix64 first, Matrix64 second)
    {
        First = first.GramOfRows();
        Second = second.GramOfRows();
        Both = Matrix64.MultiplyTransposed(first, second);
    }

    /// <summary>XᵀX, [d₁, d₁].</summary>
    public Matrix64 First { get; }

    /// <summary>YᵀY, [d₂, d₂].</summary>
    public Matrix64 Second { get; }

    /// <summary>XᵀY, [d₁, d₂].</summary>
    public Matrix64 Both { get; }

    /// <summary>Checks and multiplies.</summary>
    public static CrossProducts Of(SignalView first, SignalView second)
    {
        Check(first, second);
        return new CrossProducts(Centred(first), Centred(second));
    }

    /// <summary>Both given, finite, not empty, and equally many rows.</summary>
    public static void Check(SignalView first, SignalView second)
    {
        first.ThrowIfInvalid(nameof(first));
        second.ThrowIfInvalid(nameof(second));
        if (first.RowCount != second.RowCount)
        {
            Throw.Argument($"second has shape [{second.RowCount}, {second.Dimension}], but first has [{first.RowCount}, {first.Dimension}]; rows must be the same samples.", nameof(second));
        }
    }

    /// <summary>W [components, d] with W S Wᵀ = I for the leading eigenvectors of S whose eigenvalue is above 1e-10 of the greatest; no rows where S is 0.</summary>
    public static Matrix64 Whitening(Matrix64 sums, int components)
    {
        SymmetricEigen eigen = SymmetricEigen.Compute(sums);
        double least = eigen.Values[0] * LeastShare;
        int count = Math.Min(components, eigen.Values.Count(value => value > least && value > 0));
        var whitening = new Matrix64(count, sums.Columns);
        for (int i = 0; i < count; i++)
        {
            TensorPrimitives.Divide(eigen.Vectors!.Row(i), Math.Sqrt(eigen.Values[i]), whitening.Row(i));
        }

        return whitening;
    }

    /// <summary>The representation less its mean, transposed: [dimension, samples].</summary>
    private static Matrix64 Centred(SignalView view)
    {
        var all = new float[view.RowCount * view.Dimension];
        view.CopyRows(0, view.RowCount, all);
        Matrix64 columns = Matrix64.From(all, view.RowCount, view.Dimension).Transpose();
        for (int j = 0; j < columns.Rows; j++)
        {
            Span<double> column = columns.Row(j);
            TensorPrimitives.Subtract(column, TensorPrimitives.Sum<double>(column) / column.Length, column);
        }

        return columns;
    }
}
