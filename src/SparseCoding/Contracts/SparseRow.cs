namespace SparseCoding;

/// <summary>One code: its active atoms in ascending order and their values. A view; it copies nothing.</summary>
public readonly ref struct SparseRow
{
    internal SparseRow(ReadOnlySpan<int> atoms, ReadOnlySpan<float> values)
    {
        Atoms = atoms;
        Values = values;
    }

    /// <summary>Active atoms, ascending, [count].</summary>
    public ReadOnlySpan<int> Atoms { get; }

    /// <summary>Values of the active atoms, [count].</summary>
    public ReadOnlySpan<float> Values { get; }

    /// <summary>Number of active atoms: the L0 of this code.</summary>
    public int Count => Atoms.Length;

    /// <summary>Value of an atom; 0 when it is not active. O(log count).</summary>
    /// <param name="atom">Index of the atom.</param>
    public float this[int atom]
    {
        get
        {
            int place = Atoms.BinarySearch(atom);
            return place < 0 ? 0 : Values[place];
        }
    }
}
