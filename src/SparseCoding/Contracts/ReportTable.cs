using System.Globalization;
using System.Text;

namespace SparseCoding;

/// <summary>A table of a report: a title, columns and rows of text; prints with aligned columns.</summary>
public sealed class ReportTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>An empty table.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="columns">Heading of each column.</param>
    public ReportTable(string title, params string[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Title = title;
        Columns = columns;
    }

    /// <summary>What the table shows.</summary>
    public string Title { get; }

    /// <summary>Heading of each column.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows, each with one cell for each column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row; numbers are printed with four significant digits in the invariant culture.</summary>
    /// <param name="cells">One cell for each column: a string, a number, or null for an empty one.</param>
    public void Add(params object?[] cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        _rows.Add([.. cells.Select(Format)]);
    }

    /// <summary>The table with aligned columns.</summary>
    public override string ToString()
    {
        int[] widths = [.. Columns.Select((c, i) => Math.Max(c.Length, _rows.Count == 0 ? 0 : _rows.Max(r => i < r.Length ? r[i].Length : 0)))];
        var text = new StringBuilder();
        if (Title.Length > 0)
        {
            text.AppendLine(Title);
        }

        AppendLine(text, Columns, widths);
        text.AppendLine(string.Join("  ", widths.Select(w => new string('-', w))));
        foreach (string[] row in _rows)
        {
            AppendLine(text, row, widths);
        }

        return text.ToString().TrimEnd();
    }

    private static void AppendLine(StringBuilder text, IReadOnlyList<string> cells, int[] widths)
    {
        for (int i = 0; i < cells.Count; i++)
        {
            text.Append(i == 0 ? cells[i].PadRight(widths[i]) : cells[i].PadLeft(widths[i]));
            text.Append(i + 1 < cells.Count ? "  " : Environment.NewLine);
        }
    }

    private static string Format(object? cell) => cell switch
    {
        null => string.Empty,
        double d => FormatNumber(d),
        float f => FormatNumber(f),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? string.Empty,
    };

    private static string FormatNumber(double value)
    {
        double magnitude = Math.Abs(value);
        return double.IsNaN(value) ? "-" : (magnitude is > 0 and < 1e-3 or >= 1e5 ? value.ToString("0.00E0", CultureInfo.InvariantCulture) : value.ToString("0.####", CultureInfo.InvariantCulture));
    }
}
