using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;

namespace SparseCoding.Contracts;

/// <summary>Brings signals into the units in which a solver works: (x − offset)/scale.</summary>
internal static class Signals
{
    /// <summary>Copies rows of a view and subtracts the offset and divides by the scale of a dictionary.</summary>
    public static void Center(SignalView signals, int firstRow, int count, AtomDictionary dictionary, Span<float> target)
    {
        signals.CopyRows(firstRow, count, target);
        Center(target[..(count * dictionary.Dimension)], dictionary);
    }

    /// <summary>The same in place, for rows that are already copied.</summary>
    public static void Center(Span<float> rows, AtomDictionary dictionary)
    {
        int dimension = dictionary.Dimension;
        for (int start = 0; start < rows.Length; start += dimension)
        {
            Span<float> row = rows.Slice(start, dimension);
            if (dictionary.HasOffset)
            {
                TensorPrimitives.Subtract(row, dictionary.OffsetValues, row);
            }

            if (dictionary.Scale != 1)
            {
                TensorPrimitives.Divide(row, dictionary.Scale, row);
            }
        }
    }

    /// <summary>Squared Euclidean norm, summed in float64.</summary>
    public static double SquaredNorm(ReadOnlySpan<float> row) => Reduction.SumSquares(row);

    /// <summary>Any dictionary as one in memory, without a copy when it is one already.</summary>
    public static AtomDictionary InMemory(IDictionary dictionary, string parameter)
    {
        ArgumentNullException.ThrowIfNull(dictionary, parameter);
        if (dictionary is AtomDictionary known)
        {
            return known;
        }

        int dimension = dictionary.OutputDimension;
        if (dictionary.AtomCount < 1 || dimension < 1)
        {
            Throw.Argument($"{parameter} has {dictionary.AtomCount} atoms of dimension {dimension}; at least one of each is needed.", parameter);
        }

        if (dictionary.InputDimension != dimension)
        {
            Throw.Argument($"{parameter} has input dimension {dictionary.InputDimension}, but atoms of dimension {dimension}: it is a transcoder, and signals cannot be solved for on its atoms.", parameter);
        }

        if (!(dictionary.Scale > 0) || !float.IsFinite(dictionary.Scale))
        {
            Throw.Argument($"{parameter} has scale {dictionary.Scale}; it must be finite and positive.", parameter);
        }

        var atoms = new float[checked((long)dictionary.AtomCount * dimension)];
        dictionary.CopyAtoms(0, atoms);
        int bad = FiniteCheck.FirstNotFinite(atoms);
        if (bad >= 0)
        {
            Throw.Argument($"{parameter} holds {atoms[bad]} in atom {bad / dimension}, column {bad % dimension}; atoms must be finite.", parameter);
        }

        var offset = new float[dimension];
        dictionary.CopyOffset(offset);
        bad = FiniteCheck.FirstNotFinite(offset);
        if (bad >= 0)
        {
            Throw.Argument($"{parameter} has offset {offset[bad]} at place {bad}; it must be finite.", parameter);
        }

        return new AtomDictionary(atoms, dimension, offset.AsSpan().ContainsAnyExcept(0f) ? offset : null, dictionary.Scale);
    }
}
