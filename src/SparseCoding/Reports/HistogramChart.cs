using SparseCoding.Diagnostics;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>How often numbers fall into bins of equal width: feature densities, L0 of rows, cosines.</summary>
public sealed class HistogramChart : Chart
{
    private readonly double[] _values;
    private readonly string _label;
    private readonly int _hidden;

    /// <summary>A histogram of numbers.</summary>
    /// <param name="title">What the chart shows; empty for none.</param>
    /// <param name="label">Quantity and unit of the numbers.</param>
    /// <param name="values">The numbers, [count]; those that the axis cannot show are counted below the chart.</param>
    /// <param name="scale">Logarithmic bins the logarithm (base 10) of the numbers.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    public HistogramChart(string title, string label, ReadOnlySpan<double> values, AxisScale scale = AxisScale.Linear, int bins = 40)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(label);
        Throw.AtLeast(bins, 1, nameof(bins));
        _label = scale == AxisScale.Logarithmic ? $"log10 {label}" : label;
        var shown = new List<double>(values.Length);
        foreach (double value in values)
        {
            if (Axis.Shows(value, scale))
            {
                shown.Add(scale == AxisScale.Logarithmic ? Math.Log10(value) : value);
            }
        }

        _values = [.. shown];
        _hidden = values.Length - _values.Length;
        Low = _values.Length == 0 ? 0 : _values.Min();
        High = _values.Length == 0 ? 1 : _values.Max();
        if (High <= Low)
        {
            (Low, High) = (Low - 0.5, High + 0.5);
        }

        Counts = Count(bins);
    }

    /// <summary>Lower end of the first bin, in the unit of the axis.</summary>
    public double Low { get; }

    /// <summary>Upper end of the last bin, in the unit of the axis.</summary>
    public double High { get; }

    /// <summary>Numbers in each bin; the last bin has both its ends.</summary>
    public IReadOnlyList<long> Counts { get; }

    private protected override void Draw(SvgWriter svg)
    {
        var frame = new ChartFrame(svg);
        Axis x = Axis.Exactly(Low, High, ChartFrame.Left, frame.Right);
        Axis y = Axis.Exactly(0, Math.Max(1, Counts.Max() * 1.05), frame.Bottom, ChartFrame.Top);
        frame.Draw(x, y, _label, "count");
        double width = (frame.Right - ChartFrame.Left) / Counts.Count;
        for (int i = 0; i < Counts.Count; i++)
        {
            if (Counts[i] > 0)
            {
                double top = y.At(Counts[i]);
                svg.Rectangle(ChartFrame.Left + (i * width) + 0.5, top, Math.Max(0.5, width - 1), frame.Bottom - top, Palette.Of(0));
            }
        }

        frame.Note(_hidden == 0 ? string.Empty : $"{_hidden} of {_hidden + _values.Length} not drawn: not finite, or not positive on a logarithmic axis (such as a latent that never fires).");
    }

    private long[] Count(int bins)
    {
        var counts = new long[bins];
        foreach (double value in _values)
        {
            counts[Math.Min(bins - 1, (int)((value - Low) / (High - Low) * bins))]++;
        }

        return counts;
    }
}
