using SparseCoding.Diagnostics;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>The atoms of a dictionary of picture patches as a grid of pictures, each scaled to its own largest magnitude: grey is 0, white positive, black negative.</summary>
public sealed class AtomGridChart : Chart
{
    private const int BlockRows = 256;
    private readonly byte[] _pixels;
    private readonly int _rows;
    private readonly int _columns;

    /// <summary>A picture of the first atoms of a dictionary.</summary>
    /// <param name="title">What the chart shows; empty for none.</param>
    /// <param name="dictionary">A dictionary whose signals are patches, row after row.</param>
    /// <param name="patchHeight">Rows of a patch, at least 1.</param>
    /// <param name="patchWidth">Columns of a patch, at least 1; height times width is the dimension.</param>
    /// <param name="count">Atoms to show, at most; null shows all.</param>
    /// <exception cref="ArgumentException">The patch does not have as many entries as a signal.</exception>
    public AtomGridChart(string title, IDictionary dictionary, int patchHeight, int patchWidth, int? count = null)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        Throw.AtLeast(patchHeight, 1, nameof(patchHeight));
        Throw.AtLeast(patchWidth, 1, nameof(patchWidth));
        int dimension = dictionary.OutputDimension;
        if ((long)patchHeight * patchWidth != dimension)
        {
            Throw.Argument($"A patch of {patchHeight} x {patchWidth} has {(long)patchHeight * patchWidth} entries, but the atoms have {dimension}.", nameof(patchWidth));
        }

        Shown = Math.Min(dictionary.AtomCount, count is { } given ? Throw.AtLeast(given, 1, nameof(count)) : int.MaxValue);
        int across = (int)Math.Ceiling(Math.Sqrt(Shown)), down = (Shown + across - 1) / across;
        (_rows, _columns) = ((down * (patchHeight + 1)) + 1, (across * (patchWidth + 1)) + 1);
        _pixels = new byte[3 * _rows * _columns];
        Array.Fill(_pixels, (byte)255);
        var atoms = new float[Math.Min(BlockRows, Shown) * dimension];
        for (int first = 0; first < Shown; first += BlockRows)
        {
            int block = Math.Min(BlockRows, Shown - first);
            dictionary.CopyAtoms(first, atoms.AsSpan(0, block * dimension));
            for (int i = 0; i < block; i++)
            {
                int atom = first + i;
                Paint(atoms.AsSpan(i * dimension, dimension), (atom / across * (patchHeight + 1)) + 1, (atom % across * (patchWidth + 1)) + 1, patchWidth);
            }
        }
    }

    /// <summary>Number of atoms shown.</summary>
    public int Shown { get; }

    private protected override void Draw(SvgWriter svg)
    {
        const double top = 28;
        double scale = Math.Min((svg.Width - 16.0) / _columns, (svg.Height - top - 8) / _rows);
        svg.Image((svg.Width - (scale * _columns)) / 2, top, scale * _columns, scale * _rows, PngImage.Encode(_pixels, _rows, _columns));
    }

    private void Paint(ReadOnlySpan<float> atom, int row, int column, int width)
    {
        float largest = 0;
        foreach (float value in atom)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        for (int i = 0; i < atom.Length; i++)
        {
            int at = 3 * (((row + (i / width)) * _columns) + column + (i % width));
            (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = Palette.Grey(largest > 0 ? atom[i] / largest : 0);
        }
    }
}
