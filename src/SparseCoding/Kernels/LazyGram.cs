namespace SparseCoding.Kernels;

/// <summary>
/// Gram rows computed on first use and kept, up to a number of them: for dictionaries whose Gram exceeds the memory budget. Selections concentrate on few atoms, so
/// most of them are found. Every row has the bits of the whole matrix (<see cref="GramProduct"/>), so that a budget changes no code.
/// </summary>
/// <remarks>
/// Thread-safe. When it is full the oldest row that was not asked for since the hand last passed is forgotten (the clock algorithm); who still holds its span keeps the
/// memory alive. Two threads may compute the same row at once: both get the same bits.
/// </remarks>
internal sealed class LazyGram : GramRows<float>
{
    /// <summary>Rows that are kept however small the budget: a solver that walks over its active atoms would find none of them otherwise.</summary>
    public const int LeastRows = 64;

    private readonly float[] _atoms;
    private readonly int _dimension;
    private readonly float[]?[] _rows;
    private readonly bool[] _used;
    private readonly float[] _diagonal;
    private readonly Lock _lock = new();
    private readonly List<int> _kept = [];
    private int _capacity;
    private int _hand;

    /// <summary>Wraps (does not copy) atoms [atoms, dimension].</summary>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="dimension">Length of an atom.</param>
    /// <param name="budget">Bytes that the rows may take; at least <see cref="LeastRows"/> rows are kept in any case.</param>
    public LazyGram(float[] atoms, int dimension, long budget = long.MaxValue)
    {
        _atoms = atoms;
        _dimension = dimension;
        AtomCount = atoms.Length / dimension;
        _rows = new float[AtomCount][];
        _used = new bool[AtomCount];
        _diagonal = new float[AtomCount];
        Grow(budget);
        for (int i = 0; i < AtomCount; i++)
        {
            ReadOnlySpan<float> atom = atoms.AsSpan(i * dimension, dimension);
            _diagonal[i] = GramProduct.Entry(atom, atom);
        }
    }

    /// <inheritdoc/>
    public override int AtomCount { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Diagonal => _diagonal;

    /// <summary>Rows in memory at this moment.</summary>
    public int KeptRows
    {
        get
        {
            lock (_lock)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>Lets the rows take up to <paramref name="budget"/> bytes; a smaller budget than before changes nothing.</summary>
    public void Grow(long budget)
    {
        lock (_lock)
        {
            _capacity = Math.Max(_capacity, (int)Math.Clamp(budget / (4L * AtomCount), Math.Min(LeastRows, AtomCount), AtomCount));
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Row(int atom)
    {
        if (Volatile.Read(ref _rows[atom]) is { } known)
        {
            _used[atom] = true;
            return known;
        }

        var row = new float[AtomCount];
        GramProduct.Row(_atoms, _dimension, atom, row);
        lock (_lock)
        {
            if (_rows[atom] is { } other)
            {
                return other;
            }

            Keep(atom);
            Volatile.Write(ref _rows[atom], row);
        }

        return row;
    }

    private void Keep(int atom)
    {
        if (_kept.Count < _capacity)
        {
            _kept.Add(atom);
            return;
        }

        // At most one round of second chances: the marks that it takes away stay away while the lock is held, but for rows asked for meanwhile.
        for (int chances = _kept.Count; chances > 0 && _used[_kept[_hand]]; chances--)
        {
            _used[_kept[_hand]] = false;
            _hand = (_hand + 1) % _kept.Count;
        }

        Volatile.Write(ref _rows[_kept[_hand]], null);
        _kept[_hand] = atom;
        _hand = (_hand + 1) % _kept.Count;
    }
}
