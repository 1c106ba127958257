namespace SparseCoding.Reports;

/// <summary>Colours: the eight of Okabe and Ito for series, a blue-white-red map for signed numbers.</summary>
internal static class Palette
{
    /// <summary>Grid lines.</summary>
    public const string Grid = "#e3e3e3";

    /// <summary>Axes.</summary>
    public const string Axis = "#555";

    private static readonly string[] Series = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#b8a800"];

    /// <summary>Colour of a series; they repeat after eight.</summary>
    public static string Of(int index) => Series[index % Series.Length];

    /// <summary>Dash pattern of a series: those after the eighth are told apart by it.</summary>
    public static string? DashOf(int index) => index < Series.Length ? null : "6 3";

    /// <summary>Red, green, blue of a number in −1 .. 1: blue below 0, white at 0, red above; grey for NaN.</summary>
    public static (byte R, byte G, byte B) Diverging(double value)
    {
        if (double.IsNaN(value))
        {
            return (160, 160, 160);
        }

        double amount = Math.Min(1, Math.Abs(value));
        (double r, double g, double b) = value < 0 ? (33.0, 102.0, 172.0) : (178.0, 24.0, 43.0);
        return (Mix(r), Mix(g), Mix(b));

        byte Mix(double end) => (byte)Math.Round(255 + ((end - 255) * amount));
    }

    /// <summary>Grey of a number in −1 .. 1: black at −1, white at 1; a NaN is red.</summary>
    public static (byte R, byte G, byte B) Grey(double value)
    {
        if (double.IsNaN(value))
        {
            return (200, 0, 0);
        }

        byte level = (byte)Math.Round(255 * (Math.Clamp(value, -1, 1) + 1) / 2);
        return (level, level, level);
    }
}
