using System.Numerics;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>The arrays of a CSR matrix [Rows, Columns]: entries of row r lie at [RowStarts[r], RowStarts[r + 1]), columns ascending.</summary>
internal sealed record CsrArrays(long Rows, long Columns, int[] RowStarts, int[] ColumnIndices, float[] Values);

/// <summary>CSR matrices in scipy's npz layout (scipy.sparse.save_npz): entries indices, indptr, format, shape, data.</summary>
internal static class SparseNpz
{
    /// <summary>
    /// Writes a CSR matrix that scipy.sparse.load_npz opens. Lengths are checked (rowStarts has rows + 1 entries, the last is the number of values);
    /// the indices themselves are the caller's.
    /// </summary>
    public static void Write<T>(
        string path,
        long rows,
        long columns,
        ReadOnlySpan<int> rowStarts,
        ReadOnlySpan<int> columnIndices,
        ReadOnlySpan<T> values,
        bool compressed = true)
        where T : unmanaged, INumber<T>
    {
        if (rows < 0 || columns < 0 || rowStarts.Length != rows + 1 || columnIndices.Length != values.Length || rowStarts[^1] != values.Length)
        {
            Throw.Argument(
                $"CSR arrays disagree: shape [{rows}, {columns}], {rowStarts.Length} row starts, {columnIndices.Length} indices, {values.Length} values.",
                nameof(rowStarts));
        }

        using var writer = new NpzWriter(path, compressed);
        writer.Add("indices", columnIndices, columnIndices.Length);
        writer.Add("indptr", rowStarts, rowStarts.Length);
        writer.AddText("format", "csr");
        writer.Add<long>("shape", [rows, columns], 2);
        writer.Add("data", values, values.Length);
        writer.Commit();
    }

    /// <summary>
    /// Reads a CSR matrix and checks every index: starts ascend from 0 to the number of values, columns are in range and strictly ascending in a row.
    /// InvalidDataException otherwise, with the scipy call that repairs it.
    /// </summary>
    public static CsrArrays Read(string path, long maximumEntryBytes = NpzFile.DefaultMaximumEntryBytes)
    {
        using NpzFile file = NpzFile.Open(path, maximumEntryBytes);
        string format = file.ReadText("format");
        if (format != "csr")
        {
            Throw.InvalidData($"{path}: a sparse matrix of format '{SafetensorsHeader.Shown(format)}', expected 'csr'; save matrix.tocsr().");
        }

        StoredTensor shape = Vector(file, "shape", 2);
        StoredTensor starts = Vector(file, "indptr", -1);
        StoredTensor indices = Vector(file, "indices", -1);
        StoredTensor data = Vector(file, "data", indices.ElementCount);
        long[] size = shape.ReadAllInt64();
        if (size[0] < 0 || size[1] < 0 || starts.ElementCount - 1 != size[0])
        {
            Throw.InvalidData($"{path}: shape [{size[0]}, {size[1]}] and {starts.ElementCount} row starts, expected one start more than rows.");
        }

        var matrix = new CsrArrays(size[0], size[1], starts.ReadAllInt32(), indices.ReadAllInt32(), data.ReadAllSingle());
        Check(path, matrix);
        return matrix;
    }

    private static StoredTensor Vector(NpzFile file, string name, long length)
    {
        StoredTensor tensor = file.Get(name);
        if (tensor.Shape.Length != 1 || (length >= 0 && tensor.ElementCount != length))
        {
            Throw.InvalidData(
                $"{tensor.FileName}: shape {TensorShape.Format(tensor.Shape)} found, expected one axis{(length >= 0 ? $" of {length}" : "")}.");
        }

        return tensor;
    }

    private static void Check(string path, CsrArrays matrix)
    {
        int[] starts = matrix.RowStarts;
        if (starts[0] != 0 || starts[^1] != matrix.ColumnIndices.Length)
        {
            Throw.InvalidData($"{path}: row starts go from {starts[0]} to {starts[^1]}, expected 0 to the {matrix.ColumnIndices.Length} values.");
        }

        for (int row = 0; row < starts.Length - 1; row++)
        {
            if (starts[row + 1] < starts[row] || starts[row + 1] > matrix.ColumnIndices.Length)
            {
                Throw.InvalidData($"{path}: row {row} goes from {starts[row]} to {starts[row + 1]}, expected ascending row starts.");
            }

            int previous = -1;
            for (int i = starts[row]; i < starts[row + 1]; i++)
            {
                int column = matrix.ColumnIndices[i];
                if (column <= previous || column >= matrix.Columns)
                {
                    Throw.InvalidData($"{path}: row {row} has column {column} after {previous}, expected strictly ascending columns below "
                        + $"{matrix.Columns}; call matrix.sum_duplicates() before saving.");
                }

                previous = column;
            }
        }
    }
}
