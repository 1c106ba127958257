namespace SparseCoding.Backends;

/// <summary>
/// Codes of all rows of a <see cref="BatchProblem"/> as a solver gives them. Rows may be set in any order and by any thread, those of one chunk of <see cref="RowsPerChunk"/> by one thread at a
/// time; one that is set again loses its place. Codes of a chunk share two arrays, which serve the next block after <see cref="Reset"/>: a row costs no object.
/// </summary>
internal sealed class BatchSolution
{
    /// <summary>Rows of a chunk.</summary>
    public const int RowsPerChunk = 16;

    // Up to this many entries an insertion sort is quicker than the general one.
    private const int Short = 48;

    private readonly Chunk[] _chunks;
    private readonly int[] _starts;
    private readonly int[] _counts;

    /// <summary>Room for a number of rows, all empty.</summary>
    public BatchSolution(int rows)
    {
        _chunks = new Chunk[(rows + RowsPerChunk - 1) / RowsPerChunk];
        for (int i = 0; i < _chunks.Length; i++)
        {
            _chunks[i] = new Chunk();
        }

        _starts = new int[rows];
        _counts = new int[rows];
        Outcomes = new RowOutcome[rows];
    }

    /// <summary>How each row ended.</summary>
    public RowOutcome[] Outcomes { get; }

    /// <summary>Active atoms of a row, ascending.</summary>
    public ReadOnlySpan<int> Atoms(int row) => _chunks[row / RowsPerChunk].Atoms.AsSpan(_starts[row], _counts[row]);

    /// <summary>Their coefficients.</summary>
    public Span<float> Values(int row) => _chunks[row / RowsPerChunk].Values.AsSpan(_starts[row], _counts[row]);

    /// <summary>Forgets all rows; keeps the memory.</summary>
    public void Reset()
    {
        Array.Clear(_counts);
        foreach (Chunk chunk in _chunks)
        {
            chunk.Used = 0;
        }
    }

    /// <summary>Copies one row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="atoms">Active atoms, in any order.</param>
    /// <param name="values">Their coefficients.</param>
    /// <param name="outcome">How it ended.</param>
    public void Set(int row, ReadOnlySpan<int> atoms, ReadOnlySpan<float> values, RowOutcome outcome)
    {
        Chunk chunk = _chunks[row / RowsPerChunk];
        int start = chunk.Used, end = start + atoms.Length;
        if (end > chunk.Atoms.Length)
        {
            int capacity = Math.Max(end, Math.Max(RowsPerChunk * atoms.Length, 2 * chunk.Atoms.Length));
            Array.Resize(ref chunk.Atoms, capacity);
            Array.Resize(ref chunk.Values, capacity);
        }

        chunk.Used = end;
        Span<int> to = chunk.Atoms.AsSpan(start, atoms.Length);
        Span<float> with = chunk.Values.AsSpan(start, atoms.Length);
        if (atoms.Length <= Short)
        {
            Insert(atoms, values, to, with);
        }
        else
        {
            atoms.CopyTo(to);
            values.CopyTo(with);
            to.Sort(with);
        }

        (_starts[row], _counts[row], Outcomes[row]) = (start, atoms.Length, outcome);
    }

    private static void Insert(ReadOnlySpan<int> atoms, ReadOnlySpan<float> values, Span<int> to, Span<float> with)
    {
        for (int i = 0; i < atoms.Length; i++)
        {
            int atom = atoms[i], place = i;
            for (; place > 0 && to[place - 1] > atom; place--)
            {
                to[place] = to[place - 1];
                with[place] = with[place - 1];
            }

            to[place] = atom;
            with[place] = values[i];
        }
    }

    /// <summary>The codes of some neighbouring rows, one after the other as they were set.</summary>
    private sealed class Chunk
    {
        public int[] Atoms = [];
        public float[] Values = [];
        public int Used;
    }
}
