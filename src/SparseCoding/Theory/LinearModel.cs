using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// A dictionary as the theory needs it: x = offset + sD in double, with the scale folded into the atoms D [N, M], and the same atoms at
/// unit norm (zero atoms stay zero).
/// </summary>
internal sealed class LinearModel
{
    /// <summary>Takes atoms [N, M] with their scale already applied; an empty offset means none.</summary>
    public LinearModel(Matrix64 atoms, double[]? offset = null)
    {
        Atoms = atoms;
        Offset = offset ?? new double[atoms.Columns];
        Unit = atoms.Clone();
        for (int i = 0; i < atoms.Rows; i++)
        {
            Span<double> row = Unit.Row(i);
            double norm = TensorPrimitives.Norm<double>(row);
            if (norm > 0)
            {
                TensorPrimitives.Divide(row, norm, row);
            }
            else
            {
                ZeroAtomCount++;
            }
        }
    }

    /// <summary>scale · D [N, M].</summary>
    public Matrix64 Atoms { get; }

    /// <summary>Atoms of norm 1 [N, M].</summary>
    public Matrix64 Unit { get; }

    /// <summary>Number of atoms of norm 0 (dead atoms of an SAE, say).</summary>
    public int ZeroAtomCount { get; }

    /// <summary>Offset [M].</summary>
    public double[] Offset { get; }

    /// <summary>N.</summary>
    public int AtomCount => Atoms.Rows;

    /// <summary>M.</summary>
    public int Dimension => Atoms.Columns;

    /// <summary>Copies a dictionary of the library.</summary>
    public static LinearModel From(IDictionary dictionary)
    {
        int n = dictionary.AtomCount, m = dictionary.InputDimension;
        var atoms = new Matrix64(n, m);
        var row = new float[m];
        for (int i = 0; i < n; i++)
        {
            dictionary.CopyAtoms(i, row);
            for (int k = 0; k < m; k++)
            {
                atoms[i, k] = (double)row[k] * dictionary.Scale;
            }
        }

        dictionary.CopyOffset(row);
        return new LinearModel(atoms, [.. row.Select(v => (double)v)]);
    }

    /// <summary>offset + sD, summed in double and rounded once to float: what the user's encoder is given.</summary>
    public float[] Signal(ReadOnlySpan<float> source)
    {
        double[] signal = (double[])Offset.Clone();
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] != 0)
            {
                TensorPrimitives.MultiplyAdd(Atoms.Row(i), (double)source[i], signal, signal);
            }
        }

        var result = new float[signal.Length];
        TensorPrimitives.ConvertTruncating<double, float>(signal, result);
        return result;
    }
}
