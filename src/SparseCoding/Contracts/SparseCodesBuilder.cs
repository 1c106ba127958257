using SparseCoding.Diagnostics;

namespace SparseCoding.Contracts;

/// <summary>Collects codes row by row; who knows how many entries there can be says so, and nothing is copied as they grow. Rows must come in order; entries within a row may come in any order.</summary>
internal sealed class SparseCodesBuilder(int atomCount, int expectedRows = 16, long mostEntries = 0)
{
    private readonly List<int> _offsets = new(expectedRows + 1) { 0 };
    private int[] _atoms = GC.AllocateUninitializedArray<int>(First(mostEntries));
    private float[] _values = GC.AllocateUninitializedArray<float>(First(mostEntries));
    private int _count;

    /// <summary>Adds a row given dense.</summary>
    public void AddDense(ReadOnlySpan<float> row, float threshold = 0)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (Math.Abs(row[i]) > threshold)
            {
                Push(i, row[i]);
            }
        }

        EndRow();
    }

    /// <summary>Adds a row given sparse, ascending.</summary>
    public void Add(SparseRow row, float threshold = 0)
    {
        for (int i = 0; i < row.Count; i++)
        {
            if (Math.Abs(row.Values[i]) > threshold)
            {
                Push(row.Atoms[i], row.Values[i]);
            }
        }

        EndRow();
    }

    /// <summary>Adds a row whose entries come in any order, as solvers find them; zeros are left out.</summary>
    public void AddUnordered(ReadOnlySpan<int> atoms, ReadOnlySpan<float> values)
    {
        int start = _count, last = -1;
        bool ascending = true;
        for (int i = 0; i < atoms.Length; i++)
        {
            if (values[i] != 0)
            {
                ascending &= atoms[i] > last;
                last = atoms[i];
                Push(last, values[i]);
            }
        }

        if (!ascending)
        {
            _atoms.AsSpan(start, _count - start).Sort(_values.AsSpan(start, _count - start));
        }

        EndRow();
    }

    /// <summary>Adds all rows of other codes.</summary>
    public void AddAll(SparseCodes codes)
    {
        for (int i = 0; i < codes.RowCount; i++)
        {
            Add(codes[i]);
        }
    }

    /// <summary>The codes so far. Arrays that are nearly full are handed over: what is added later lies behind what these codes see.</summary>
    public SparseCodes Build() => _count >= _atoms.Length - (_atoms.Length / 8)
        ? new(atomCount, [.. _offsets], _atoms, _values)
        : new(atomCount, [.. _offsets], _atoms.AsSpan(0, _count).ToArray(), _values.AsSpan(0, _count).ToArray());

    /// <summary>Room at the start; a bound too large to be a good guess is not believed.</summary>
    private static int First(long mostEntries) => (int)Math.Clamp(mostEntries, 64, 1 << 26);

    private void EndRow() => _offsets.Add(_count);

    private void Push(int atom, float value)
    {
        if (_count == _atoms.Length)
        {
            if (_count >= Array.MaxLength)
            {
                Throw.Argument($"The codes have more than {Array.MaxLength} entries; encode in blocks of fewer signals.");
            }

            int size = (int)Math.Min(Array.MaxLength, 2L * _count);
            Array.Resize(ref _atoms, size);
            Array.Resize(ref _values, size);
        }

        _atoms[_count] = atom;
        _values[_count++] = value;
    }
}
