using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Codes of many signals, [samples, atoms], in compressed sparse rows: at most 2³¹ − 1 entries (larger sets stream in blocks), signed.
/// Within a row the atoms ascend. Immutable and thread-safe.
/// </summary>
public sealed partial class SparseCodes
{
    private readonly int[] _offsets;
    private readonly int[] _atoms;
    private readonly float[] _values;

    /// <summary>Takes arrays that are already checked, without copying.</summary>
    internal SparseCodes(int atomCount, int[] offsets, int[] atoms, float[] values)
    {
        AtomCount = atomCount;
        _offsets = offsets;
        _atoms = atoms;
        _values = values;
    }

    /// <summary>Number of codes (rows).</summary>
    public int RowCount => _offsets.Length - 1;

    /// <summary>Number of atoms (columns).</summary>
    public int AtomCount { get; }

    /// <summary>Number of stored entries.</summary>
    public int NonZeroCount => _offsets[^1];

    /// <summary>Where each row starts in <see cref="Atoms"/> and <see cref="Values"/>, [samples + 1].</summary>
    public ReadOnlySpan<int> RowOffsets => _offsets;

    /// <summary>Atom of each entry, [entries]; ascending within a row.</summary>
    public ReadOnlySpan<int> Atoms => _atoms.AsSpan(0, NonZeroCount);

    /// <summary>Value of each entry, [entries].</summary>
    public ReadOnlySpan<float> Values => _values.AsSpan(0, NonZeroCount);

    /// <summary>One code.</summary>
    /// <param name="index">Row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    public SparseRow this[int index]
    {
        get
        {
            if ((uint)index >= (uint)RowCount)
            {
                Throw.OutOfRange(nameof(index), index, $"between 0 and {RowCount - 1}");
            }

            int start = _offsets[index];
            return new SparseRow(_atoms.AsSpan(start, _offsets[index + 1] - start), _values.AsSpan(start, _offsets[index + 1] - start));
        }
    }

    /// <summary>Codes from compressed sparse rows; the arrays are checked and copied.</summary>
    /// <param name="atomCount">Number of atoms.</param>
    /// <param name="rowOffsets">Start of each row, [samples + 1]: ascending from 0 to the number of entries.</param>
    /// <param name="atoms">Atom of each entry, [entries], ascending within a row.</param>
    /// <param name="values">Value of each entry, [entries], finite.</param>
    /// <exception cref="ArgumentException">The arrays do not describe codes; the message says where.</exception>
    public static SparseCodes FromRows(int atomCount, ReadOnlySpan<int> rowOffsets, ReadOnlySpan<int> atoms, ReadOnlySpan<float> values)
    {
        Throw.AtLeast(atomCount, 1, nameof(atomCount));
        if (rowOffsets.Length == 0 || rowOffsets[0] != 0 || rowOffsets[^1] != atoms.Length || atoms.Length != values.Length)
        {
            Throw.Argument($"rowOffsets must run from 0 to the number of entries; it has {rowOffsets.Length} places, atoms has {atoms.Length} and values has {values.Length}.", nameof(rowOffsets));
        }

        for (int row = 0; row + 1 < rowOffsets.Length; row++)
        {
            if (rowOffsets[row + 1] < rowOffsets[row] || rowOffsets[row + 1] > atoms.Length)
            {
                Throw.Argument($"rowOffsets must ascend; row {row} runs from {rowOffsets[row]} to {rowOffsets[row + 1]}.", nameof(rowOffsets));
            }

            int last = -1;
            for (int i = rowOffsets[row]; i < rowOffsets[row + 1]; i++)
            {
                if (atoms[i] <= last || atoms[i] >= atomCount)
                {
                    Throw.Argument($"atoms must ascend within a row and lie below atomCount = {atomCount}; row {row} has {atoms[i]} after {last}.", nameof(atoms));
                }

                if (!float.IsFinite(values[i]))
                {
                    Throw.Argument($"values holds {values[i]} at row {row}, atom {atoms[i]}; codes must be finite.", nameof(values));
                }

                last = atoms[i];
            }
        }

        return new SparseCodes(atomCount, rowOffsets.ToArray(), atoms.ToArray(), values.ToArray());
    }

    /// <summary>Codes from a dense matrix: the entries whose magnitude is above the threshold.</summary>
    /// <param name="dense">Codes, [samples, atoms], finite.</param>
    /// <param name="threshold">Magnitude that an entry must exceed; 0 keeps all that are not zero.</param>
    public static SparseCodes FromDense(SignalView dense, float threshold = 0)
    {
        dense.ThrowIfInvalid(nameof(dense));
        Throw.NonNegative(threshold, nameof(threshold));
        var builder = new SparseCodesBuilder(dense.Dimension);
        var row = new float[dense.Dimension];
        for (int r = 0; r < dense.RowCount; r++)
        {
            dense.CopyRows(r, 1, row);
            builder.AddDense(row, threshold);
        }

        return builder.Build();
    }

    /// <summary>The codes as a dense matrix [samples, atoms]; entries that are not stored are 0.</summary>
    public Tensor<float> ToDense()
    {
        var dense = new float[checked((long)RowCount * AtomCount)];
        for (int row = 0; row < RowCount; row++)
        {
            for (int i = _offsets[row]; i < _offsets[row + 1]; i++)
            {
                dense[((long)row * AtomCount) + _atoms[i]] = _values[i];
            }
        }

        return Tensor.Create(dense, [RowCount, AtomCount]);
    }

    /// <summary>A range of rows as codes of their own (copied).</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">Number of rows.</param>
    public SparseCodes Slice(int start, int count)
    {
        if (start < 0 || count < 0 || start > RowCount - count)
        {
            Throw.OutOfRange(nameof(start), start, $"a row such that start + count = {start} + {count} is at most {RowCount}");
        }

        int first = _offsets[start];
        var offsets = new int[count + 1];
        for (int i = 0; i <= count; i++)
        {
            offsets[i] = _offsets[start + i] - first;
        }

        return new SparseCodes(AtomCount, offsets, _atoms.AsSpan(first, offsets[count]).ToArray(), _values.AsSpan(first, offsets[count]).ToArray());
    }

    /// <summary>The same codes without entries whose magnitude is at most the threshold.</summary>
    /// <param name="threshold">Magnitude that an entry must exceed to stay.</param>
    public SparseCodes Above(float threshold)
    {
        Throw.NonNegative(threshold, nameof(threshold));
        var builder = new SparseCodesBuilder(AtomCount);
        for (int row = 0; row < RowCount; row++)
        {
            builder.Add(this[row], threshold);
        }

        return builder.Build();
    }

    /// <summary>"[1024, 16], 3072 entries".</summary>
    public override string ToString() => $"[{RowCount}, {AtomCount}], {NonZeroCount} entries";

    internal int[] OffsetArray => _offsets;

    internal int[] AtomArray => _atoms;

    internal float[] ValueArray => _values;
}
