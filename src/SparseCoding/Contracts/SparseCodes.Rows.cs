using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <content>Rows of codes as codes of their own.</content>
public sealed partial class SparseCodes
{
    /// <summary>A range of rows as codes of their own (copied): <c>codes.Rows(..100)</c>, <c>codes.Rows(^50..)</c>.</summary>
    /// <param name="rows">The rows; an end that counts from the back counts from <see cref="RowCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the codes.</exception>
    public SparseCodes Rows(Range rows)
    {
        (int start, int count) = Ranges.Of(rows, RowCount, nameof(rows));
        return Slice(start, count);
    }

    /// <summary>Given rows in the given order as codes of their own, [rows given, atoms] (copied); a row may come several times.</summary>
    /// <param name="rows">Rows, [rows given], from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    /// <exception cref="ArgumentException">The codes would have more entries than fit.</exception>
    public SparseCodes SelectRows(ReadOnlySpan<int> rows)
    {
        long entries = 0;
        foreach (int row in rows)
        {
            entries += this[row].Count;
        }

        int size = Size(entries);
        var offsets = new int[rows.Length + 1];
        int[] atoms = new int[size];
        float[] values = new float[size];
        for (int i = 0; i < rows.Length; i++)
        {
            SparseRow row = this[rows[i]];
            row.Atoms.CopyTo(atoms.AsSpan(offsets[i]));
            row.Values.CopyTo(values.AsSpan(offsets[i]));
            offsets[i + 1] = offsets[i] + row.Count;
        }

        return new SparseCodes(AtomCount, offsets, atoms, values);
    }

    /// <summary>The rows of several codes, one after the other (copied): [samples₁ + samples₂ + ..., atoms].</summary>
    /// <param name="parts">Codes of the same number of atoms, at least one.</param>
    /// <exception cref="ArgumentException">No parts, parts of different numbers of atoms, or more entries than fit.</exception>
    public static SparseCodes Concat(params IReadOnlyList<SparseCodes> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
        {
            Throw.Argument("parts is empty; the number of atoms of nothing is unknown.", nameof(parts));
        }

        long entries = 0, rows = 0;
        foreach (SparseCodes part in parts)
        {
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
            if (part.AtomCount != parts[0].AtomCount)
            {
                Throw.Argument($"parts have {parts[0].AtomCount} and {part.AtomCount} atoms; all must have the same number.", nameof(parts));
            }

            entries += part.NonZeroCount;
            rows += part.RowCount;
        }

        int size = Size(entries), row = 0, entry = 0;
        var offsets = new int[Size(rows) + 1];
        int[] atoms = new int[size];
        float[] values = new float[size];
        foreach (SparseCodes part in parts)
        {
            part.Atoms.CopyTo(atoms.AsSpan(entry));
            part.Values.CopyTo(values.AsSpan(entry));
            for (int i = 1; i <= part.RowCount; i++)
            {
                offsets[++row] = entry + part._offsets[i];
            }

            entry += part.NonZeroCount;
        }

        return new SparseCodes(parts[0].AtomCount, offsets, atoms, values);
    }

    private static int Size(long entries)
    {
        if (entries >= Array.MaxLength)
        {
            Throw.Argument($"The codes would have {entries} rows or entries, more than {Array.MaxLength - 1}; work in blocks of fewer signals.");
        }

        return (int)entries;
    }
}
