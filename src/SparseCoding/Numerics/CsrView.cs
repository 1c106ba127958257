namespace SparseCoding.Numerics;

/// <summary>
/// A sparse matrix [rows, columns] in compressed rows: row s holds the entries RowOffsets[s] .. RowOffsets[s + 1] − 1 of the other two.
/// A view, it owns nothing. Column indices are distinct within a row, in any order; what is not stored is 0.
/// </summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="RowOffsets">Where rows start, [rows + 1].</param>
/// <param name="ColumnIndices">Columns of the entries, [entries].</param>
/// <param name="Values">The entries, [entries]; a stored 0 is allowed.</param>
internal readonly record struct CsrView(
    int Rows, int Columns, ReadOnlyMemory<int> RowOffsets, ReadOnlyMemory<int> ColumnIndices, ReadOnlyMemory<float> Values);
