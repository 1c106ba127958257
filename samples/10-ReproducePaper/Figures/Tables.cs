namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Tables of measures by setting and method.</summary>
internal static class Tables
{
    /// <summary>Adds a table with a line for each setting and method that was run, and a column for each measure.</summary>
    public static void Add(Section section, Results results, string figure, IReadOnlyList<string> settings, IReadOnlyList<string> methods, params string[] measures)
    {
        var table = new ReportTable("Mean and 95 % interval over runs", ["setting", "method", "runs", .. measures]);
        foreach (string setting in settings)
        {
            foreach (string method in methods)
            {
                int runs = results.Of(figure, setting, method).Count;
                if (runs > 0)
                {
                    table.Add([setting, method, runs, .. measures.Select(m => Intervals.Text(Intervals.Of(results.Values(figure, setting, method, m))))]);
                }
            }
        }

        section.Add(table);
    }

    /// <summary>Settings of a figure that have rows, in a natural order (numbers by size).</summary>
    public static IReadOnlyList<string> Settings(Results results, string figure) =>
        [.. results.All.Where(r => r.Figure == figure).Select(r => r.Setting).Distinct().Order(Comparer<string>.Create((a, b) => string.Compare(a, b, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.CompareOptions.NumericOrdering)))];

    /// <summary>Methods of a figure that have rows, in the order of their first appearance in <paramref name="known"/>, others behind.</summary>
    public static IReadOnlyList<string> Methods(Results results, string figure, params string[] known)
    {
        string[] there = [.. results.All.Where(r => r.Figure == figure).Select(r => r.Method).Distinct()];
        return [.. known.Where(there.Contains), .. there.Where(m => !known.Contains(m)).Order(StringComparer.Ordinal)];
    }
}
