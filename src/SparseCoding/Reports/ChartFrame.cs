namespace SparseCoding.Reports;

/// <summary>The frame of a chart with two axes: grid, ticks, labels, and the note below it.</summary>
internal sealed class ChartFrame
{
    /// <summary>Left edge of the plot, in pixels.</summary>
    public const double Left = 68;

    private const double RightMargin = 16;
    private const double BottomMargin = 62;
    private const double MaxTickLabels = 12;
    private readonly SvgWriter _svg;

    /// <summary>Room for a plot on the drawing; <paramref name="legendWidth"/> is kept free on the right.</summary>
    public ChartFrame(SvgWriter svg, double legendWidth = 0)
    {
        _svg = svg;
        Right = svg.Width - RightMargin - legendWidth;
        Bottom = svg.Height - BottomMargin;
    }

    /// <summary>Top edge of the plot, in pixels.</summary>
    public static double Top => 32;

    /// <summary>Right edge of the plot, in pixels.</summary>
    public double Right { get; }

    /// <summary>Bottom edge of the plot, in pixels.</summary>
    public double Bottom { get; }

    /// <summary>Grid, ticks and labels of both axes.</summary>
    public void Draw(Axis x, Axis y, string xLabel, string yLabel)
    {
        foreach ((double value, string label) in Thinned(x.Ticks()))
        {
            double at = x.At(value);
            _svg.Line(at, Top, at, Bottom, Palette.Grid);
            _svg.Text(at, Bottom + 16, label, "middle");
        }

        foreach ((double value, string label) in Thinned(y.Ticks()))
        {
            double at = y.At(value);
            _svg.Line(Left, at, Right, at, Palette.Grid);
            _svg.Text(Left - 6, at + 4, label, "end");
        }

        _svg.Line(Left, Bottom, Right, Bottom, Palette.Axis);
        _svg.Line(Left, Top, Left, Bottom, Palette.Axis);
        _svg.Text((Left + Right) / 2, Bottom + 34, xLabel, "middle");
        _svg.Text(16, (Top + Bottom) / 2, yLabel, "middle", rotate: -90);
    }

    /// <summary>The line below the chart that says what is not drawn.</summary>
    public void Note(string note)
    {
        if (note.Length > 0)
        {
            _svg.Text(Left, _svg.Height - 8, note, size: 11);
        }
    }

    private static IEnumerable<(double Value, string Label)> Thinned(IReadOnlyList<(double Value, string Label)> ticks)
    {
        int stride = (int)Math.Ceiling(ticks.Count / MaxTickLabels);
        return ticks.Where((_, i) => i % Math.Max(1, stride) == 0);
    }
}
