using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>Rows of the Gram matrix G = D Dᵀ [atoms, atoms], whole in memory or computed on first use. Thread-safe: one is shared by all signals.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal abstract class GramRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Number of atoms: length of a row and number of rows.</summary>
    public abstract int AtomCount { get; }

    /// <summary>Row <paramref name="atom"/>: inner products of that atom with all atoms, [atoms]. Stays valid while the object lives.</summary>
    public abstract ReadOnlySpan<T> Row(int atom);

    /// <summary>Squared norms of the atoms, the diagonal of G, [atoms].</summary>
    public abstract ReadOnlySpan<T> Diagonal { get; }
}

/// <summary>A Gram held whole: [atoms, atoms], row-major.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class DenseGram<T> : GramRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _gram;
    private readonly T[] _diagonal;

    /// <summary>Wraps (does not copy) a symmetric [atoms, atoms] matrix.</summary>
    public DenseGram(T[] gram, int atomCount)
    {
        _gram = gram;
        AtomCount = atomCount;
        _diagonal = new T[atomCount];
        for (int i = 0; i < atomCount; i++)
        {
            _diagonal[i] = gram[((long)i * atomCount) + i];
        }
    }

    /// <inheritdoc/>
    public override int AtomCount { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Diagonal => _diagonal;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Row(int atom) => _gram.AsSpan(atom * AtomCount, AtomCount);
}
