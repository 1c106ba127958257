using SparseCoding.Diagnostics;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>A matrix as colours: white is 0, red positive, blue negative, the deepest colour the largest magnitude; a NaN is grey. For D Dᵀ, correlations, confusion.</summary>
public sealed class HeatMapChart : Chart
{
    private readonly byte[] _pixels;
    private readonly string _rowLabel;
    private readonly string _columnLabel;

    /// <summary>A picture of a matrix.</summary>
    /// <param name="title">What the chart shows; empty for none.</param>
    /// <param name="values">The matrix, [rows, columns], row after row.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <param name="rowLabel">What a row is.</param>
    /// <param name="columnLabel">What a column is.</param>
    /// <param name="limit">Magnitude of the deepest colour, larger ones have it too; null takes the largest of the matrix.</param>
    /// <exception cref="ArgumentException">The matrix has another number of entries.</exception>
    public HeatMapChart(string title, ReadOnlySpan<float> values, int rows, int columns, string rowLabel = "row", string columnLabel = "column", float? limit = null)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(rowLabel);
        ArgumentNullException.ThrowIfNull(columnLabel);
        Throw.AtLeast(rows, 1, nameof(rows));
        Throw.AtLeast(columns, 1, nameof(columns));
        if (values.Length != (long)rows * columns)
        {
            Throw.Argument($"values has {values.Length} entries, but [{rows}, {columns}] needs {(long)rows * columns}.", nameof(values));
        }

        (Rows, Columns, _rowLabel, _columnLabel) = (rows, columns, rowLabel, columnLabel);
        Limit = limit is { } given ? Throw.Positive(given, nameof(limit)) : Largest(values);
        _pixels = new byte[values.Length * 3];
        for (int i = 0; i < values.Length; i++)
        {
            (_pixels[3 * i], _pixels[(3 * i) + 1], _pixels[(3 * i) + 2]) = Palette.Diverging(values[i] / Limit);
        }
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Magnitude of the deepest colour.</summary>
    public float Limit { get; }

    private protected override void Draw(SvgWriter svg)
    {
        var frame = new ChartFrame(svg, legendWidth: 64);
        double cell = Math.Min((frame.Right - ChartFrame.Left) / Columns, (frame.Bottom - ChartFrame.Top) / Rows);
        double right = ChartFrame.Left + (cell * Columns), bottom = ChartFrame.Top + (cell * Rows);
        svg.Image(ChartFrame.Left, ChartFrame.Top, cell * Columns, cell * Rows, PngImage.Encode(_pixels, Rows, Columns));
        svg.Text((ChartFrame.Left + right) / 2, bottom + 18, $"{_columnLabel} 0 … {Columns - 1}", "middle");
        svg.Text(ChartFrame.Left - 10, (ChartFrame.Top + bottom) / 2, $"{_rowLabel} 0 … {Rows - 1}", "middle", rotate: -90);
        const int steps = 41;
        double height = (bottom - ChartFrame.Top) / steps;
        for (int i = 0; i < steps; i++)
        {
            (byte r, byte g, byte b) = Palette.Diverging(1 - (2.0 * i / (steps - 1)));
            svg.Rectangle(right + 14, ChartFrame.Top + (i * height), 12, height + 0.5, $"#{r:x2}{g:x2}{b:x2}");
        }

        svg.Text(right + 30, ChartFrame.Top + 10, Axis.Label(Limit), size: 11);
        svg.Text(right + 30, ((ChartFrame.Top + bottom) / 2) + 4, "0", size: 11);
        svg.Text(right + 30, bottom, Axis.Label(-Limit), size: 11);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = float.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;
        }

        return largest > 0 ? largest : 1;
    }
}
