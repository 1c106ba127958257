using System.Globalization;

namespace SparseCoding.Reports;

/// <summary>One axis: its range from the data, its ticks, and where a number lies in pixels.</summary>
internal sealed class Axis
{
    private readonly AxisScale _scale;
    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;

    private Axis(AxisScale scale, double low, double high, double from, double to)
    {
        _scale = scale;
        _low = low;
        _high = high;
        _from = from;
        _to = to;
    }

    /// <summary>
    /// The axis over all numbers that it can show, widened by 4 % (linear) or to the next tick of a decade; 0 .. 1 where there is none.
    /// <paramref name="from"/> and <paramref name="to"/> are the pixels of its ends.
    /// </summary>
    public static Axis Of(IEnumerable<double> values, AxisScale scale, double from, double to)
    {
        double[] shown = [.. values.Where(v => Shows(v, scale))];
        double low = shown.Length == 0 ? (scale == AxisScale.Linear ? 0 : 0.1) : shown.Min();
        double high = shown.Length == 0 ? 1 : shown.Max();
        if (scale == AxisScale.Logarithmic)
        {
            (low, high) = (Math.Log10(low), Math.Log10(high));
        }

        double margin = high > low ? 0.04 * (high - low) : Math.Max(0.5, Math.Abs(low) * 0.1);

        // Numbers that are never negative (a share, an L0, a step) get no axis below 0.
        double start = scale == AxisScale.Linear && low >= 0 ? Math.Max(0, low - margin) : low - margin;
        return new Axis(scale, start, high + margin, from, to);
    }

    /// <summary>The axis with exactly these ends.</summary>
    public static Axis Exactly(double low, double high, double from, double to) => new(AxisScale.Linear, low, high, from, to);

    /// <summary>Whether the axis has a place for the number.</summary>
    public static bool Shows(double value, AxisScale scale) => double.IsFinite(value) && (scale == AxisScale.Linear || value > 0);

    /// <summary>Pixel of a number that the axis shows.</summary>
    public double At(double value)
    {
        double position = _scale == AxisScale.Logarithmic ? Math.Log10(value) : value;
        return _from + ((position - _low) / (_high - _low) * (_to - _from));
    }

    /// <summary>Ticks: value and label, ascending; about five on a linear axis, decades (with 2 and 5 where there are few, even distances within less than that) on a logarithmic one.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks() => _scale == AxisScale.Linear ? LinearTicks() : LogarithmicTicks();

    /// <summary>A number as a label: no more digits than it needs.</summary>
    public static string Label(double value)
    {
        double magnitude = Math.Abs(value);
        return value == 0 ? "0" : magnitude is < 1e-3 or >= 1e5 ? value.ToString("0.##e0", CultureInfo.InvariantCulture) : value.ToString("0.#####", CultureInfo.InvariantCulture);
    }

    private List<(double Value, string Label)> LinearTicks()
    {
        double raw = (_high - _low) / 5;
        double unit = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = (raw / unit) switch { < 1.5 => unit, < 3.5 => 2 * unit, < 7.5 => 5 * unit, _ => 10 * unit };
        var ticks = new List<(double, string)>();
        for (double i = Math.Ceiling(_low / step); i * step <= _high; i++)
        {
            ticks.Add((i * step, Label(Math.Round(i * step, 12))));
        }

        return ticks;
    }

    private List<(double Value, string Label)> LogarithmicTicks()
    {
        double decades = _high - _low;
        double[] factors = decades < 2.5 ? [1, 2, 5] : [1];
        int stride = Math.Max(1, (int)Math.Ceiling(decades / 8));
        var ticks = new List<(double, string)>();
        for (int power = (int)Math.Floor(_low); power <= _high; power++)
        {
            foreach (double factor in power % stride == 0 ? factors : [])
            {
                double value = factor * Math.Pow(10, power), position = Math.Log10(value);
                if (position >= _low && position <= _high)
                {
                    ticks.Add((value, Label(value)));
                }
            }
        }

        if (ticks.Count > 1)
        {
            return ticks;
        }

        // Less than from one tick to the next: those of a linear axis, which has them at every distance.
        (double low, double high) = (Math.Pow(10, _low), Math.Pow(10, _high));
        return [.. new Axis(AxisScale.Linear, low, high, _from, _to).LinearTicks().Where(t => t.Value > 0)];
    }
}
