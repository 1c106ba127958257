using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>Gram rows computed on first use and kept: for dictionaries whose Gram exceeds the memory budget. Selections concentrate on few atoms.</summary>
internal sealed class LazyGram : GramRows<float>
{
    private readonly float[] _atoms;
    private readonly int _dimension;
    private readonly float[]?[] _rows;
    private readonly float[] _diagonal;

    /// <summary>Wraps (does not copy) atoms [atoms, dimension].</summary>
    public LazyGram(float[] atoms, int dimension)
    {
        _atoms = atoms;
        _dimension = dimension;
        AtomCount = atoms.Length / dimension;
        _rows = new float[AtomCount][];
        _diagonal = new float[AtomCount];
        for (int i = 0; i < AtomCount; i++)
        {
            ReadOnlySpan<float> atom = atoms.AsSpan(i * dimension, dimension);
            _diagonal[i] = TensorPrimitives.Dot(atom, atom);
        }
    }

    /// <inheritdoc/>
    public override int AtomCount { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Diagonal => _diagonal;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Row(int atom)
    {
        // Two threads may compute the same row: both get the same bits, and one of them stays.
        if (Volatile.Read(ref _rows[atom]) is { } known)
        {
            return known;
        }

        var row = new float[AtomCount];
        ReadOnlySpan<float> left = _atoms.AsSpan(atom * _dimension, _dimension);
        for (int j = 0; j < AtomCount; j++)
        {
            row[j] = TensorPrimitives.Dot(left, _atoms.AsSpan(j * _dimension, _dimension));
        }

        Volatile.Write(ref _rows[atom], row);
        return row;
    }
}
