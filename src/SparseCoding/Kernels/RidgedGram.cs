using System.Numerics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>
/// G + μI over another Gram: the Gram of the atoms (d_j, √μ e_j) in atoms + dimension dimensions, on which the Lasso of (x, 0) is the elastic net
/// ½‖x − zD‖² + λ‖z‖₁ + ½μ‖z‖² of x (Zou and Hastie 2005, lemma 1 without its rescaling). Rows are copied on first use; where there is room for no more, the oldest copy goes. Thread-safe.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class RidgedGram<T> : GramRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly GramRows<T> _inner;
    private readonly T _ridge;
    private readonly T[]?[] _rows;
    private readonly T[] _diagonal;
    private readonly Lock _lock = new();
    private readonly int[] _kept;
    private int _keptCount;
    private int _oldest;

    /// <summary>Adds <paramref name="ridge"/> to the diagonal of <paramref name="inner"/>.</summary>
    /// <param name="inner">The Gram.</param>
    /// <param name="ridge">μ.</param>
    /// <param name="budget">Bytes that the copies may take; at least <see cref="LazyGram.LeastRows"/> are kept in any case.</param>
    public RidgedGram(GramRows<T> inner, T ridge, long budget = long.MaxValue)
    {
        _kept = new int[(int)Math.Clamp(budget / (Unsafe.SizeOf<T>() * (long)inner.AtomCount), Math.Min(LazyGram.LeastRows, inner.AtomCount), inner.AtomCount)];
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

    /// <summary>Copies in memory at this moment.</summary>
    public int KeptRows => Volatile.Read(ref _keptCount);

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Row(int atom)
    {
        T[]? row = Volatile.Read(ref _rows[atom]);
        if (row is not null)
        {
            return row;
        }

        // Two threads may both make a row: the same bits, and the first stays. Who holds the span of one that goes keeps its memory alive.
        row = _inner.Row(atom).ToArray();
        row[atom] += _ridge;
        lock (_lock)
        {
            if (_rows[atom] is { } other)
            {
                return other;
            }

            if (_keptCount < _kept.Length)
            {
                _kept[_keptCount++] = atom;
            }
            else
            {
                Volatile.Write(ref _rows[_kept[_oldest]], null);
                _kept[_oldest] = atom;
                _oldest = (_oldest + 1) % _kept.Length;
            }

            Volatile.Write(ref _rows[atom], row);
        }

        return row;
    }
}
