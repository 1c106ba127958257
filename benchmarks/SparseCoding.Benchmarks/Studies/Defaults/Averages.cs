namespace SparseCoding.Benchmarks;

/// <summary>Figures of one setting, added up over worlds.</summary>
internal sealed class Averages
{
    private readonly Dictionary<string, List<double>> _values = new(StringComparer.Ordinal);

    /// <summary>Adds a world's value.</summary>
    public void Add(string name, double value)
    {
        if (!_values.TryGetValue(name, out List<double>? list))
        {
            _values[name] = list = [];
        }

        list.Add(value);
    }

    /// <summary>The mean over worlds.</summary>
    public double Mean(string name) => _values[name].Average();

    /// <summary>The smallest of the worlds.</summary>
    public double Min(string name) => _values[name].Min();

    /// <summary>"100 to 104".</summary>
    public static string Range(World[] worlds) => FormattableString.Invariant($"{worlds[0].Number} to {worlds[^1].Number}");

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => FormattableString.Invariant($"{100 * share:F1} %");

    /// <summary>A value as a table shows it.</summary>
    public static string Number(double value, string format = "F4") => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}
