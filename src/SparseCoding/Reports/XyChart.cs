using SparseCoding.Diagnostics;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>Series of points over two axes: training curves, error against sparsity, recovery against operations; with intervals where they are given.</summary>
/// <param name="title">What the chart shows; empty for none.</param>
/// <param name="xLabel">Quantity and unit of the horizontal axis.</param>
/// <param name="yLabel">Quantity and unit of the vertical axis.</param>
public sealed class XyChart(string title, string xLabel, string yLabel) : Chart(title)
{
    private const double LegendWidth = 150;
    private const int LegendLetters = 20;
    private readonly List<ChartSeries> _series = [];

    /// <summary>Scale of the horizontal axis.</summary>
    /// <value>Default: <see cref="AxisScale.Linear"/>.</value>
    public AxisScale XScale
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Scale of the vertical axis.</summary>
    /// <value>Default: <see cref="AxisScale.Linear"/>.</value>
    public AxisScale YScale
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Whether a linear vertical axis reaches down to 0, so that small changes of a large number look small.</summary>
    internal bool FromZero { get; init; }

    /// <summary>Adds a series. A point with a NaN or an infinity interrupts the line.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="x">Horizontal positions, [points].</param>
    /// <param name="y">Vertical positions, [points].</param>
    /// <param name="style">How it is drawn.</param>
    /// <returns>This chart.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public XyChart Add(string name, ReadOnlySpan<double> x, ReadOnlySpan<double> y, SeriesStyle style = SeriesStyle.Line) => Add(name, x, y, [], [], style);

    /// <summary>Adds a series with an interval at each point, drawn as a vertical bar.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="x">Horizontal positions, [points].</param>
    /// <param name="y">Vertical positions, [points].</param>
    /// <param name="lower">Lower ends of the intervals, [points].</param>
    /// <param name="upper">Upper ends of the intervals, [points].</param>
    /// <param name="style">How it is drawn.</param>
    /// <returns>This chart.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public XyChart Add(string name, ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, SeriesStyle style = SeriesStyle.LineAndPoints)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (x.Length != y.Length || lower.Length != upper.Length || (lower.Length != 0 && lower.Length != x.Length))
        {
            Throw.Argument($"Series '{name}' has {x.Length} horizontal and {y.Length} vertical positions and intervals with {lower.Length} lower and {upper.Length} upper ends; they must be as many (or no intervals).", nameof(y));
        }

        _series.Add(new ChartSeries(name, x.ToArray(), y.ToArray(), lower.ToArray(), upper.ToArray(), style));
        return this;
    }

    private protected override void Draw(SvgWriter svg)
    {
        bool legend = _series.Count > 1;
        var frame = new ChartFrame(svg, legend ? LegendWidth : 0);
        Axis x = Axis.Of(_series.SelectMany(s => s.X), XScale, ChartFrame.Left, frame.Right);
        Axis y = Axis.Of(_series.SelectMany(s => s.Y.Concat(s.Lower).Concat(s.Upper)).Concat(FromZero ? [0] : []), YScale, frame.Bottom, ChartFrame.Top);
        frame.Draw(x, y, xLabel, yLabel);
        int hidden = 0;
        for (int i = 0; i < _series.Count; i++)
        {
            hidden += DrawSeries(svg, _series[i], i, x, y);
            if (legend)
            {
                double at = ChartFrame.Top + 12 + (18 * i);
                svg.Line(frame.Right + 10, at - 4, frame.Right + 28, at - 4, Palette.Of(i), 2.5, Palette.DashOf(i));
                string name = _series[i].Name;
                svg.Text(frame.Right + 34, at, name.Length <= LegendLetters ? name : name[..(LegendLetters - 1)] + "…", size: 11);
            }
        }

        frame.Note(hidden == 0 ? string.Empty : $"{hidden} point(s) not drawn: not finite, or not positive on a logarithmic axis.");
    }

    /// <summary>Draws one series and gives the number of points that the axes cannot show.</summary>
    private int DrawSeries(SvgWriter svg, ChartSeries series, int index, Axis x, Axis y)
    {
        string colour = Palette.Of(index);
        var run = new List<(double X, double Y)>();
        int hidden = 0;
        for (int i = 0; i < series.X.Length; i++)
        {
            if (!Axis.Shows(series.X[i], XScale) || !Axis.Shows(series.Y[i], YScale))
            {
                hidden++;
                Flush();
                continue;
            }

            (double X, double Y) point = (x.At(series.X[i]), y.At(series.Y[i]));
            run.Add(point);
            if (series.Lower.Length > 0 && Axis.Shows(series.Lower[i], YScale) && Axis.Shows(series.Upper[i], YScale))
            {
                svg.Line(point.X, y.At(series.Lower[i]), point.X, y.At(series.Upper[i]), colour);
            }

            if (series.Style != SeriesStyle.Line)
            {
                svg.Circle(point.X, point.Y, 3, colour);
            }
        }

        Flush();
        return hidden;

        void Flush()
        {
            if (series.Style != SeriesStyle.Points && run.Count > 1)
            {
                svg.Polyline(run, colour);
            }
            else if (series.Style == SeriesStyle.Line && run.Count == 1)
            {
                svg.Circle(run[0].X, run[0].Y, 2, colour);
            }

            run.Clear();
        }
    }
}
