using System.Diagnostics;

namespace SparseCoding.Kernels;

/// <summary>
/// The support of a batch of codes by atom (CSC): for every atom the batch rows that use it, ascending, and where their values lie. Built once per
/// batch by a counting sort in O(nonzeros + atoms); then any number of sparse products can be cut by ranges of atoms, each with one writer, so
/// that scatter-adds are ordered whatever the number of threads. The workspace is reused and grows only.
/// </summary>
internal sealed class SupportTranspose
{
    private int[] _starts = [0];
    private int[] _rows = [];
    private int[] _slots = [];

    /// <summary>Number of atoms of the last <see cref="Build"/>.</summary>
    public int AtomCount { get; private set; }

    /// <summary>Stored entries of the last <see cref="Build"/>.</summary>
    public int EntryCount => _starts[AtomCount];

    /// <summary>Batch rows, by atom, ascending within one; [entries].</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, EntryCount);

    /// <summary>Places in the code arrays (row · capacity + position), in the order of <see cref="Rows"/>; [entries].</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, EntryCount);

    /// <summary>First entry of an atom; that of <see cref="AtomCount"/> is the end of the last.</summary>
    public int Start(int atom) => _starts[atom];

    /// <summary>Batch rows that use an atom, ascending.</summary>
    public ReadOnlySpan<int> RowsOf(int atom) => _rows.AsSpan(_starts[atom], _starts[atom + 1] - _starts[atom]);

    /// <summary>Takes the support of codes of fixed capacity.</summary>
    /// <param name="indices">Atoms, [batch, capacity]; only the first counts[b] of a row are read.</param>
    /// <param name="counts">Entries of each row, [batch].</param>
    /// <param name="capacity">Length of a row of <paramref name="indices"/>.</param>
    /// <param name="atomCount">Number of atoms; every index is less.</param>
    public void Build(ReadOnlySpan<int> indices, ReadOnlySpan<int> counts, int capacity, int atomCount)
    {
        Debug.Assert(indices.Length >= counts.Length * capacity, "Shapes disagree.");
        if (_starts.Length < atomCount + 1)
        {
            _starts = new int[atomCount + 1];
        }

        AtomCount = atomCount;
        Span<int> starts = _starts.AsSpan(0, atomCount + 1);
        starts.Clear();
        int entries = 0;
        for (int row = 0; row < counts.Length; row++)
        {
            entries += counts[row];
            foreach (int atom in indices.Slice(row * capacity, counts[row]))
            {
                starts[atom]++;
            }
        }

        if (_rows.Length < entries)
        {
            // Room to spare, so that batches whose number of entries wavers do not allocate again and again.
            int room = (int)Math.Min(indices.Length, 2L * entries);
            _rows = new int[room];
            _slots = new int[room];
        }

        // Counts become ends; filling from the last row backwards turns the ends into starts and leaves the rows of an atom ascending.
        int end = 0;
        for (int atom = 0; atom < atomCount; atom++)
        {
            end += starts[atom];
            starts[atom] = end;
        }

        starts[atomCount] = end;
        for (int row = counts.Length - 1; row >= 0; row--)
        {
            for (int slot = (row * capacity) + counts[row] - 1; slot >= row * capacity; slot--)
            {
                int place = --starts[indices[slot]];
                _rows[place] = row;
                _slots[place] = slot;
            }
        }
    }

    /// <summary>Reorders values [batch, capacity] by atom: target[e] = values[Slots[e]], [entries].</summary>
    public void Gather(ReadOnlySpan<float> values, Span<float> target)
    {
        ReadOnlySpan<int> slots = Slots;
        for (int e = 0; e < slots.Length; e++)
        {
            target[e] = values[slots[e]];
        }
    }
}
