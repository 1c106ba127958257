using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// G + μI over another Gram: the Gram of the atoms (d_j, √μ e_j) in atoms + dimension dimensions, on which the Lasso of (x, 0) is the elastic net
/// ½‖x − zD‖² + λ‖z‖₁ + ½μ‖z‖² of x (Zou and Hastie 2005, lemma 1 without its rescaling). Rows are copied on first use. Thread-safe.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class RidgedGram<T> : GramRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly GramRows<T> _inner;
    private readonly T _ridge;
    private readonly T[]?[] _rows;
    private readonly T[] _diagonal;

    /// <summary>Adds <paramref name="ridge"/> to the diagonal of <paramref name="inner"/>.</summary>
    public RidgedGram(GramRows<T> inner, T ridge)
    {
        _inner = inner;
        _ridge = ridge;
        _rows = new T[inner.AtomCount][];
        _diagonal = inner.Diagonal.ToArray();
        for (int i = 0; i < _diagonal.Length; i++)
        {
            _diagonal[i] += ridge;
        }
    }

    /// <inheritdoc/>
    public override int AtomCount => _inner.AtomCount;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Diagonal => _diagonal;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Row(int atom)
    {
        // Two threads may both make a row: the same bits, and either may stay.
        T[]? row = Volatile.Read(ref _rows[atom]);
        if (row is null)
        {
            row = _inner.Row(atom).ToArray();
            row[atom] += _ridge;
            Volatile.Write(ref _rows[atom], row);
        }

        return row;
    }
}
