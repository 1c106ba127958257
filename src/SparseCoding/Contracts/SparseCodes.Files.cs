using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding;

/// <content>Files that SciPy reads and writes.</content>
public sealed partial class SparseCodes
{
    /// <summary>Writes the codes as <c>scipy.sparse.save_npz</c> does (CSR, float32, int32 indices), atomically: <c>scipy.sparse.load_npz(path)</c> opens them.</summary>
    /// <param name="path">File to write; ".npz" is not added.</param>
    /// <param name="compressed">Whether to compress, as SciPy does by default.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public void SaveNpz(string path, bool compressed = true)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        SparseNpz.Write(path, RowCount, AtomCount, RowOffsets, Atoms, Values, compressed);
    }

    /// <summary>
    /// Reads codes that <see cref="SaveNpz"/> or <c>scipy.sparse.save_npz</c> wrote: a CSR matrix [samples, atoms] with sorted columns and no duplicates.
    /// Values become float32; stored zeros are dropped, so that every entry counts as an active atom.
    /// </summary>
    /// <param name="path">File to read.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">Not such a file, damaged, of another sparse format, or with NaN or infinity; the message says what and, where one helps, the SciPy call that repairs it.</exception>
    public static SparseCodes LoadNpz(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        CsrArrays csr = SparseNpz.Read(path);
        if (csr.Columns is < 1 or > int.MaxValue)
        {
            Throw.InvalidData($"{path}: shape [{csr.Rows}, {csr.Columns}], expected between 1 and {int.MaxValue} columns (atoms).");
        }

        int bad = FiniteCheck.FirstNotFinite(csr.Values);
        if (bad >= 0)
        {
            int row = 0;
            while (csr.RowStarts[row + 1] <= bad)
            {
                row++;
            }

            Throw.InvalidData($"{path}: entry {bad} (row {row}, atom {csr.ColumnIndices[bad]}) is {csr.Values[bad]} as float32; codes must be finite.");
        }

        var codes = new SparseCodes((int)csr.Columns, csr.RowStarts, csr.ColumnIndices, csr.Values);
        return csr.Values.Contains(0f) ? codes.Above(0) : codes;
    }
}
