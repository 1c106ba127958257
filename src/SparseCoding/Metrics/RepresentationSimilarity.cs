using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// How alike two representations of the same samples are (two models, two layers, codes and signals), whatever their bases and dimensions. Row i of both is the same sample. All work is
/// in float64 on the centred cross-products, [dimension, dimension]. Dictionaries of samples are compared by <see cref="ItdaDictionary.Jaccard"/>.
/// </summary>
public static class RepresentationSimilarity
{
    /// <summary>
    /// Linear CKA (Kornblith et al. 2019): ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) of the centred representations, 0 to 1; 1 for a rotation or a common factor. NaN where one is constant. With
    /// fewer samples than dimensions it is high by chance.
    /// </summary>
    /// <param name="first">One representation, [samples, dimension].</param>
    /// <param name="second">The other, [samples, other dimension].</param>
    /// <exception cref="ArgumentException">Empty, of different numbers of rows, or with NaN or infinity.</exception>
    public static double LinearCka(SignalView first, SignalView second)
    {
        CrossProducts sums = CrossProducts.Of(first, second);
        double cross = sums.Both.FrobeniusNorm();
        return cross * cross / (sums.First.FrobeniusNorm() * sums.Second.FrobeniusNorm());
    }

    /// <summary>
    /// SVCCA (Raghu et al. 2017): mean canonical correlation of the leading principal components of both, 0 to 1. 1 where the leading components of one are an invertible linear function
    /// of the other's. Directions whose variance is below 1e-10 of the greatest are left out; NaN where one representation is constant. The mean is over the smaller number of components.
    /// </summary>
    /// <param name="first">One representation, [samples, dimension].</param>
    /// <param name="second">The other, [samples, other dimension].</param>
    /// <param name="components">The most components of each, at least 1.</param>
    /// <exception cref="ArgumentException">Empty, of different numbers of rows, or with NaN or infinity.</exception>
    public static double Svcca(SignalView first, SignalView second, int components = 20)
    {
        Throw.AtLeast(components, 1, nameof(components));
        CrossProducts sums = CrossProducts.Of(first, second);
        Numerics.Matrix64 a = CrossProducts.Whitening(sums.First, components), b = CrossProducts.Whitening(sums.Second, components);
        int count = Math.Min(a.Rows, b.Rows);
        if (count == 0)
        {
            return double.NaN;
        }

        Numerics.Matrix64 correlations = Numerics.Matrix64.MultiplyTransposed(Numerics.Matrix64.Multiply(a, sums.Both), b);
        return Numerics.Svd.Compute(correlations).Values.Take(count).Average(value => Math.Min(1, value));
    }

    /// <summary>
    /// R² of the best affine map from one representation to the other: 1 − residual / variance, over all coordinates together, 0 to 1 on the samples that it is fitted to. It is not
    /// symmetric. Directions of the first whose variance is below 1e-10 of the greatest are not used; NaN where the second is constant, 0 where only the first is.
    /// </summary>
    /// <param name="from">The representation that is mapped, [samples, dimension].</param>
    /// <param name="to">What it is mapped to, [samples, other dimension].</param>
    /// <exception cref="ArgumentException">Empty, of different numbers of rows, or with NaN or infinity.</exception>
    public static double LinearMapR2(SignalView from, SignalView to)
    {
        CrossProducts sums = CrossProducts.Of(from, to);
        Numerics.Matrix64 whitening = CrossProducts.Whitening(sums.First, int.MaxValue);
        double total = 0;
        for (int i = 0; i < sums.Second.Rows; i++)
        {
            total += sums.Second[i, i];
        }

        double explained = Numerics.Matrix64.Multiply(whitening, sums.Both).FrobeniusNorm();
        return Math.Min(1, explained * explained / total);
    }

    /// <summary>
    /// Relative representations (Moschella et al. 2023): every sample is described by its cosines with the first samples (the anchors), in each representation by itself; the mean over
    /// the other samples of the cosine of the two descriptions, −1 to 1. 1 for a rotation or a common factor; not centred. A sample of norm 0 counts 0.
    /// </summary>
    /// <param name="first">One representation, [samples, dimension].</param>
    /// <param name="second">The other, [samples, other dimension].</param>
    /// <param name="anchors">Number of anchors, at least 1 and below the number of samples.</param>
    /// <exception cref="ArgumentException">Empty, of different numbers of rows, with NaN or infinity, or no sample is left beside the anchors.</exception>
    public static double RelativeRepresentation(SignalView first, SignalView second, int anchors = 300)
    {
        CrossProducts.Check(first, second);
        Throw.AtLeast(anchors, 1, nameof(anchors));
        int rows = first.RowCount;
        if (anchors >= rows)
        {
            Throw.Argument($"anchors = {anchors} leaves none of the {rows} samples to be compared.", nameof(anchors));
        }

        double[] a = Relative(first, anchors), b = Relative(second, anchors);
        double sum = 0;
        for (int row = 0; row < rows - anchors; row++)
        {
            ReadOnlySpan<double> x = a.AsSpan(row * anchors, anchors), y = b.AsSpan(row * anchors, anchors);
            double norms = System.Numerics.Tensors.TensorPrimitives.Norm(x) * System.Numerics.Tensors.TensorPrimitives.Norm(y);
            sum += norms > 0 ? System.Numerics.Tensors.TensorPrimitives.Dot(x, y) / norms : 0;
        }

        return sum / (rows - anchors);
    }

    /// <summary>Cosines of the samples behind the anchors with the anchors, [samples − anchors, anchors].</summary>
    private static double[] Relative(SignalView view, int anchors)
    {
        var all = new float[view.RowCount * view.Dimension];
        view.CopyRows(0, view.RowCount, all);
        float[] unit = Similarity.Unit(all, view.Dimension);
        var rows = Numerics.Matrix64.From(unit.AsSpan(anchors * view.Dimension), view.RowCount - anchors, view.Dimension);
        return Numerics.Matrix64.MultiplyTransposed(rows, Numerics.Matrix64.From(unit, anchors, view.Dimension)).Values;
    }
}
