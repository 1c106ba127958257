namespace SparseCoding.Kernels;

/// <summary>The codes of one signal after each step of a solver. Memory grows to the longest path seen and is kept.</summary>
internal sealed class CodePath
{
    private int[] _atoms = [];
    private double[] _values = [];
    private int[] _starts = new int[1];

    /// <summary>Number of steps recorded.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets all steps.</summary>
    public void Clear() => Length = 0;

    /// <summary>Appends the code of one step.</summary>
    public void Add(ReadOnlySpan<int> atoms, ReadOnlySpan<double> values)
    {
        int start = _starts[Length];
        int end = start + atoms.Length;
        if (end > _atoms.Length)
        {
            int size = Math.Max(end, 2 * _atoms.Length);
            Array.Resize(ref _atoms, size);
            Array.Resize(ref _values, size);
        }

        if (Length + 2 > _starts.Length)
        {
            Array.Resize(ref _starts, 2 * (Length + 2));
        }

        atoms.CopyTo(_atoms.AsSpan(start));
        values.CopyTo(_values.AsSpan(start));
        _starts[++Length] = end;
    }

    /// <summary>Active atoms after step <paramref name="step"/> (0 is the first), in the order of selection.</summary>
    public ReadOnlySpan<int> Atoms(int step) => _atoms.AsSpan(_starts[step], _starts[step + 1] - _starts[step]);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<double> Values(int step) => _values.AsSpan(_starts[step], _starts[step + 1] - _starts[step]);
}
