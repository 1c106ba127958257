using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// G_ij / (‖d_i‖ ‖d_j‖) over another Gram, one row at a time: a row is valid until the next one is asked for, which is all that <see cref="SpectralBound"/> needs.
/// Rows and columns of zero atoms are zero. Not thread-safe.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class NormalizedGram<T> : GramRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly GramRows<T> _inner;
    private readonly T[] _inverseNorms;
    private readonly T[] _row;
    private readonly T[] _diagonal;

    /// <summary>A view of <paramref name="inner"/>.</summary>
    public NormalizedGram(GramRows<T> inner)
    {
        _inner = inner;
        _row = new T[inner.AtomCount];
        _inverseNorms = new T[inner.AtomCount];
        _diagonal = new T[inner.AtomCount];
        for (int i = 0; i < _inverseNorms.Length; i++)
        {
            double norm = Math.Sqrt(double.CreateTruncating(inner.Diagonal[i]));
            _inverseNorms[i] = norm > 0 ? T.CreateTruncating(1 / norm) : T.Zero;
            _diagonal[i] = norm > 0 ? T.One : T.Zero;
        }
    }

    /// <inheritdoc/>
    public override int AtomCount => _inner.AtomCount;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Diagonal => _diagonal;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Row(int atom)
    {
        System.Numerics.Tensors.TensorPrimitives.Multiply(_inner.Row(atom), _inverseNorms, _row);
        System.Numerics.Tensors.TensorPrimitives.Multiply(_row, _inverseNorms[atom], _row);
        return _row;
    }
}
