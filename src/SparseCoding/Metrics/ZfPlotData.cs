using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Metrics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// The ZF plot (arXiv 2503.24277): for each signal the norm of the dense vector that its code stands for, ‖zD‖, against the norm of the code, ‖f‖ with f_i = z_i‖atom_i‖. Orthogonal atoms put all points on the diagonal;
/// above it (‖f‖ larger) codes are over-active, their contributions cancel, below it under-active. A signal's own norm may be taken for ‖zD‖, which adds what is not explained.
/// </summary>
public sealed record ZfPlotData
{
    private readonly double[] _dense;
    private readonly double[] _codes;

    private ZfPlotData(double[] dense, double[] codes)
    {
        (_dense, _codes) = (dense, codes);
        double mean = codes.Average(), total = 0, cross = 0, squares = 0, left = 0;
        for (int i = 0; i < dense.Length; i++)
        {
            cross += dense[i] * codes[i];
            squares += dense[i] * dense[i];
            total += (codes[i] - mean) * (codes[i] - mean);
        }

        Slope = squares > 0 ? cross / squares : double.NaN;
        for (int i = 0; i < dense.Length; i++)
        {
            left += (codes[i] - dense[i]) * (codes[i] - dense[i]);
        }

        RSquared = total > 0 ? 1 - (left / total) : double.NaN;
    }

    /// <summary>The abscissa: norms of the dense vectors, [samples].</summary>
    public ReadOnlySpan<double> DenseNorms => _dense;

    /// <summary>The ordinate: norms of the codes ‖f‖, [samples].</summary>
    public ReadOnlySpan<double> CodeNorms => _codes;

    /// <summary>Slope of the least-squares line through 0 of <see cref="CodeNorms"/> on <see cref="DenseNorms"/>, 1 on the diagonal; NaN where all dense norms are 0.</summary>
    public double Slope { get; }

    /// <summary>How much of the variance of ‖f‖ the diagonal explains: 1 − Σ(‖f‖ − ‖zD‖)²/Σ(‖f‖ − mean)², 1 where all points lie on it and below 0 where it is worse than the mean; NaN where all ‖f‖ are alike.</summary>
    public double RSquared { get; }

    /// <summary>The plot of codes on their dictionary.</summary>
    /// <param name="dictionary">Dictionary, [atoms, dimension]; offset and scale play no part.</param>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <exception cref="ArgumentException">No codes, or of another number of atoms.</exception>
    public static ZfPlotData Measure(IDictionary dictionary, SparseCodes codes)
    {
        (double[] dense, double[] norms, _) = Norms(dictionary, codes);
        return new ZfPlotData(dense, norms);
    }

    /// <summary>The same with the norms of the signals themselves, less the dictionary's offset and divided by its scale.</summary>
    /// <param name="dictionary">Dictionary, [atoms, dimension].</param>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="signals">Their signals, [samples, dimension].</param>
    /// <exception cref="ArgumentException">No codes, shapes that differ, NaN or infinity.</exception>
    public static ZfPlotData Measure(AtomDictionary dictionary, SparseCodes codes, SignalView signals)
    {
        (_, double[] norms, _) = Norms(dictionary, codes);
        signals.ThrowIfInvalid(nameof(signals), dictionary.Dimension, "the dictionary");
        if (signals.RowCount != codes.RowCount)
        {
            Throw.Argument($"signals has {signals.RowCount} rows, but codes has {codes.RowCount}.", nameof(signals));
        }

        var row = new float[dictionary.Dimension];
        var dense = new double[codes.RowCount];
        for (int i = 0; i < dense.Length; i++)
        {
            Contracts.Signals.Center(signals, i, 1, dictionary, row);
            dense[i] = Math.Sqrt(Contracts.Signals.SquaredNorm(row));
        }

        return new ZfPlotData(dense, norms);
    }

    /// <summary>‖zD‖, ‖f‖ and ‖f‖₁ of every code, in float64.</summary>
    internal static (double[] Dense, double[] Norms, double[] Sums) Norms(IDictionary dictionary, SparseCodes codes)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.AtomCount != dictionary.AtomCount || codes.RowCount == 0)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}]; it needs rows, and the dictionary's {dictionary.AtomCount} atoms.", nameof(codes));
        }

        Matrix64 atoms = UnitAtoms(dictionary, out double[] lengths);
        double[] dense = new double[codes.RowCount], norms = new double[dense.Length], sums = new double[dense.Length], signal = new double[dictionary.OutputDimension];
        for (int r = 0; r < dense.Length; r++)
        {
            SparseRow row = codes[r];
            Array.Clear(signal);
            double squares = 0;
            for (int i = 0; i < row.Count; i++)
            {
                double f = row.Values[i] * lengths[row.Atoms[i]];
                TensorPrimitives.MultiplyAdd(atoms.Row(row.Atoms[i]), f, signal, signal);
                squares += f * f;
                sums[r] += Math.Abs(f);
            }

            (dense[r], norms[r]) = (TensorPrimitives.Norm<double>(signal), Math.Sqrt(squares));
        }

        return (dense, norms, sums);
    }

    /// <summary>Atoms of norm 1 in float64 (atoms of norm 0 stay 0), and the norms they had.</summary>
    internal static Matrix64 UnitAtoms(IDictionary dictionary, out double[] lengths)
    {
        Matrix64 atoms = Matrix64.From(Similarity.Atoms(dictionary), dictionary.AtomCount, dictionary.OutputDimension);
        lengths = new double[dictionary.AtomCount];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = TensorPrimitives.Norm<double>(atoms.Row(i));
            if (lengths[i] > 0)
            {
                TensorPrimitives.Divide(atoms.Row(i), lengths[i], atoms.Row(i));
            }
        }

        return atoms;
    }
}
