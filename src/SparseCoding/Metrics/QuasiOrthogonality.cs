using SparseCoding.Diagnostics;
using SparseCoding.Metrics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// How far the atoms that codes use are from orthogonal (arXiv 2503.24277). With unit atoms d_i and contributions f_i = z_i‖atom_i‖, the signal zD has ‖zD‖² = ‖f‖² + Σ_{i≠j} f_i f_j ⟨d_i, d_j⟩, so that
/// ε_LBO = |‖zD‖² − ‖f‖²| / (‖f‖₁² − ‖f‖₂²) of every code is a lower bound of ε, the greatest |⟨d_i, d_j⟩|. 0 for orthonormal atoms.
/// </summary>
public sealed record QuasiOrthogonality
{
    private readonly double[] _bounds;

    private QuasiOrthogonality(double[] bounds) => _bounds = bounds;

    /// <summary>ε: the greatest |cosine| of two different atoms; 0 for a single one.</summary>
    public required double Maximum { get; init; }

    /// <summary>The greatest cosine with its sign, as top-afa-sae reports it; 0 for a single atom.</summary>
    public required double SignedMaximum { get; init; }

    /// <summary>Mean cosine, with signs, over all pairs of different atoms, as top-afa-sae reports it; 0 for a single atom.</summary>
    public required double SignedMean { get; init; }

    /// <summary>ε_LBO of each code, [samples]; NaN for a code of fewer than two active atoms, which bounds nothing.</summary>
    public ReadOnlySpan<double> LowerBounds => _bounds;

    /// <summary>The greatest of <see cref="LowerBounds"/>; NaN where no code has two active atoms.</summary>
    public double GreatestLowerBound => _bounds.Where(bound => !double.IsNaN(bound)).DefaultIfEmpty(double.NaN).Max();

    /// <summary>Measures a dictionary by the codes that use it. Cost: atoms² · dimension and samples · L0 · dimension, in float64.</summary>
    /// <param name="dictionary">Dictionary, [atoms, dimension]; offset and scale play no part.</param>
    /// <param name="codes">Codes, [samples, atoms], of any sign.</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    /// <exception cref="ArgumentException">The codes have another number of atoms.</exception>
    public static QuasiOrthogonality Measure(IDictionary dictionary, SparseCodes codes, CancellationToken cancellationToken = default)
    {
        (double[] dense, double[] norms, double[] sums) = ZfPlotData.Norms(dictionary, codes);
        var bounds = new double[codes.RowCount];
        for (int row = 0; row < bounds.Length; row++)
        {
            double squares = norms[row] * norms[row], room = (sums[row] * sums[row]) - squares;
            bounds[row] = codes[row].Count > 1 && room > 0 ? Math.Abs((dense[row] * dense[row]) - squares) / room : double.NaN;
        }

        (double greatest, double signed, double mean) = Cosines(dictionary, cancellationToken);
        return new QuasiOrthogonality(bounds) { Maximum = greatest, SignedMaximum = signed, SignedMean = mean };
    }

    private static (double Greatest, double Signed, double Mean) Cosines(IDictionary dictionary, CancellationToken cancellation)
    {
        int count = dictionary.AtomCount, dimension = dictionary.OutputDimension;
        if (count == 1)
        {
            return (0, 0, 0);
        }

        Matrix64 atoms = ZfPlotData.UnitAtoms(dictionary, out _);
        double greatest = 0, signed = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < i; j++)
            {
                double cosine = System.Numerics.Tensors.TensorPrimitives.Dot<double>(atoms.Row(i), atoms.Row(j));
                greatest = Math.Max(greatest, Math.Abs(cosine));
                signed = Math.Max(signed, cosine);
                sum += cosine;
            }
        }

        return (greatest, signed, 2 * sum / ((double)count * (count - 1)));
    }
}
