namespace SparseCoding.Samples.ReproducePaper;

/// <summary>What a figure puts on the page: charts, which are files of their own too, and tables.</summary>
internal sealed class Section(string id)
{
    private readonly List<(string Name, Chart Chart, int Width, int Height)> _charts = [];
    private readonly List<object> _parts = [];

    /// <summary>Charts with the names of their files.</summary>
    public IReadOnlyList<(string Name, Chart Chart, int Width, int Height)> Charts => _charts;

    /// <summary>Adds a chart.</summary>
    public void Add(Chart chart, int width = 760, int height = 400)
    {
        _charts.Add(($"figure-{id}-{_charts.Count + 1}", chart, width, height));
        _parts.Add(_charts[^1]);
    }

    /// <summary>Adds a table.</summary>
    public void Add(ReportTable table) => _parts.Add(table);

    /// <summary>Adds a paragraph.</summary>
    public void Add(string text) => _parts.Add(text);

    /// <summary>Puts all of it on the page, in the order it came.</summary>
    public void AddTo(HtmlReport report)
    {
        foreach (object part in _parts)
        {
            _ = part switch
            {
                ReportTable table => report.AddTable(table),
                string text => report.AddText(text),
                _ => report.AddChart((((string, Chart Chart, int Width, int Height))part).Chart, (((string, Chart, int Width, int))part).Width, (((string, Chart, int, int Height))part).Height),
            };
        }
    }
}
