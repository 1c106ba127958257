using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// What every greedy solver of one signal keeps per thread: padded copies of c0 = D x, the running c = D r, the selection weights 1 / ‖d_j‖ and the
/// Gram rows of the active atoms, in order. Nothing is allocated after construction.
/// </summary>
/// <remarks>
/// The rows are copied because a copy can be padded, aligned and set off from powers of two (Gram rows of 1024 floats all fall into the same cache sets),
/// and because a copied row is read again in each later step: one write against k / 2 reads.
/// c is kept multiplied by a power of two that brings ‖x‖ into [1, 2): exact, and it makes thresholds constants and squares safe for signals of any size.
/// Memory: (maxRows + 4) · atoms elements.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class PursuitWorkspace<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Alignment = 64;

    // Pinned for its whole life, so that the kernels may hold plain pointers into it.
    private readonly T[] _memory;
    private readonly T* _initial;
    private readonly T* _correlations;
    private readonly T* _weights;
    private readonly T* _spare;
    private readonly T* _rows;
    private readonly T* _coefficients;
    private readonly nint _stride;
    private readonly int[] _masked;
    private readonly T[] _maskedWeights;
    private int _maskedCount;
    private GramRows<T>? _gram;

    /// <summary>Working memory for up to <paramref name="maxRows"/> active atoms of <paramref name="atomCount"/>.</summary>
    public PursuitWorkspace(int atomCount, int maxRows)
    {
        AtomCount = atomCount;
        MaxRows = maxRows;
        Length = checked((atomCount + AtomSelection.Padding - 1) / AtomSelection.Padding * AtomSelection.Padding);
        _stride = Length + (Alignment / sizeof(float));
        nint coefficients = (maxRows + 15) / 16 * 16;
        _memory = GC.AllocateArray<T>(checked((int)((_stride * (maxRows + 4L)) + coefficients + Alignment)), pinned: true);
        fixed (T* start = _memory)
        {
            T* aligned = (T*)(((nuint)start + Alignment - 1) & ~(nuint)(Alignment - 1));
            _initial = aligned;
            _correlations = aligned + _stride;
            _weights = aligned + (2 * _stride);
            _spare = aligned + (3 * _stride);
            _coefficients = aligned + (4 * _stride);
            _rows = _coefficients + coefficients;
        }

        _masked = new int[atomCount];
        _maskedWeights = new T[atomCount];
    }

    /// <summary>Smallest score that is more than rounding, for c scaled to ‖x‖ in [1, 2): 8 units in the last place of one.</summary>
    public static T NoiseFloor => T.CreateTruncating(8) * Epsilon;

    /// <summary>Distance from 1 to the next larger value of <typeparamref name="T"/>.</summary>
    public static T Epsilon => T.BitIncrement(T.One) - T.One;

    /// <summary>Number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>Most rows that can be held.</summary>
    public int MaxRows { get; }

    /// <summary>Number of atoms, padded to <see cref="AtomSelection.Padding"/>.</summary>
    public int Length { get; }

    /// <summary>The power of two that c is multiplied by.</summary>
    public double Scale { get; private set; } = 1;

    /// <summary>c = D r times <see cref="Scale"/>, [Length].</summary>
    public T* Correlations => _correlations;

    /// <summary>1 / ‖d_j‖, 0 for masked atoms and padding, [Length].</summary>
    public T* Weights => _weights;

    /// <summary>One more padded vector for the solver's own use, [Length].</summary>
    public T* Spare => _spare;

    /// <summary>Copied Gram rows, at distance <see cref="Stride"/>.</summary>
    public T* Rows => _rows;

    /// <summary>Elements from one row to the next.</summary>
    public nint Stride => _stride;

    /// <summary>The multipliers of the rows for the next update, [MaxRows].</summary>
    public T* Coefficients => _coefficients;

    /// <summary>c0_j = (D x)_j, not scaled.</summary>
    public double InitialCorrelation(int atom) => double.CreateTruncating(_initial[atom]) / Scale;

    /// <summary>Starts a signal: c = c0, no atom masked.</summary>
    /// <param name="gram">Gram of the dictionary.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    public void Begin(GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm)
    {
        Debug.Assert(gram.AtomCount == AtomCount && correlations.Length == AtomCount, "The workspace is made for another number of atoms.");
        UnmaskAll();
        if (!ReferenceEquals(_gram, gram))
        {
            ReadOnlySpan<T> diagonal = gram.Diagonal;
            for (int j = 0; j < diagonal.Length; j++)
            {
                double norm = Math.Sqrt(double.CreateTruncating(diagonal[j]));
                _weights[j] = norm > 0 ? T.CreateTruncating(1 / norm) : T.Zero;
            }

            _gram = gram;
        }

        // Within the range in which the power and its inverse are normal numbers of T.
        int limit = sizeof(T) == sizeof(float) ? 126 : 1022;
        int exponent = squaredNorm > 0 ? Math.Clamp(Math.ILogB(Math.Sqrt(squaredNorm)), -limit, limit) : 0;
        Scale = Math.ScaleB(1, -exponent);
        T scale = T.CreateTruncating(Scale);
        var initial = new Span<T>(_initial, AtomCount);
        if (exponent == 0)
        {
            correlations.CopyTo(initial);
        }
        else
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(correlations, scale, initial);
        }

        initial.CopyTo(new Span<T>(_correlations, AtomCount));
    }

    /// <summary>Copies the Gram row of an atom into place <paramref name="slot"/> and returns it, [atoms].</summary>
    public ReadOnlySpan<T> LoadRow(int slot, int atom)
    {
        var row = new Span<T>(_rows + (slot * _stride), AtomCount);
        _gram!.Row(atom).CopyTo(row);
        return row;
    }

    /// <summary>Takes the row at <paramref name="slot"/> out; the rows behind it, up to <paramref name="count"/>, move forward.</summary>
    public void RemoveRow(int slot, int count)
    {
        long elements = (count - slot - 1) * (long)_stride;
        T* to = _rows + (slot * _stride);
        Buffer.MemoryCopy(to + _stride, to, elements * sizeof(T), elements * sizeof(T));
    }

    /// <summary>Takes an atom out of the selection until <see cref="UnmaskAll"/>, <see cref="Unmask"/> or the next signal.</summary>
    public void Mask(int atom)
    {
        _masked[_maskedCount] = atom;
        _maskedWeights[_maskedCount++] = _weights[atom];
        _weights[atom] = T.Zero;
    }

    /// <summary>Lets one masked atom be selected again.</summary>
    public void Unmask(int atom)
    {
        int place = Array.IndexOf(_masked, atom, 0, _maskedCount);
        _weights[atom] = _maskedWeights[place];
        _masked[place] = _masked[--_maskedCount];
        _maskedWeights[place] = _maskedWeights[_maskedCount];
    }

    /// <summary>Lets all atoms be selected again.</summary>
    public void UnmaskAll()
    {
        while (_maskedCount > 0)
        {
            _weights[_masked[--_maskedCount]] = _maskedWeights[_maskedCount];
        }
    }

    /// <summary>The best atom for the present c; −1 where none is above the noise.</summary>
    public int Select(bool nonNegative) =>
        AtomSelection.Update(_correlations, _correlations, _weights, _rows, _stride, _coefficients, 0, Length, nonNegative, NoiseFloor);

    /// <summary>c −= Scale · Σ step_i G_i, then the best atom; −1 where none is above the noise.</summary>
    public int Advance(ReadOnlySpan<double> step, bool nonNegative) => Update(_correlations, step, nonNegative);

    /// <summary>c = Scale · (c0 − Σ code_i G_i) afresh, then the best atom; −1 where none is above the noise.</summary>
    public int Refresh(ReadOnlySpan<double> code, bool nonNegative) => Update(_initial, code, nonNegative);

    private int Update(T* source, ReadOnlySpan<double> multipliers, bool nonNegative)
    {
        for (int i = 0; i < multipliers.Length; i++)
        {
            _coefficients[i] = T.CreateTruncating(multipliers[i] * Scale);
        }

        return AtomSelection.Update(
            source, _correlations, _weights, _rows, _stride, _coefficients, multipliers.Length, Length, nonNegative, NoiseFloor);
    }
}
