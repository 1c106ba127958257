using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Reports;

namespace SparseCoding;

/// <summary>
/// A chart of a report, drawn as SVG: text that any browser shows and any editor takes, the same bytes for the same numbers. Colours are those
/// of Okabe and Ito, told apart by colour-blind readers. Numbers that cannot be drawn are counted in a line below the chart, never dropped in silence.
/// </summary>
public abstract class Chart
{
    private protected Chart(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        Title = title;
    }

    /// <summary>What the chart shows; empty for none.</summary>
    public string Title { get; }

    /// <summary>The chart as an SVG document.</summary>
    /// <param name="width">Width in pixels, at least 200.</param>
    /// <param name="height">Height in pixels, at least 120.</param>
    public string ToSvg(int width = 640, int height = 400)
    {
        Throw.AtLeast(width, 200, nameof(width));
        Throw.AtLeast(height, 120, nameof(height));
        var svg = new SvgWriter(width, height, Title);
        Draw(svg);
        return svg.Close();
    }

    /// <summary>Writes the chart as an SVG file, whole or not at all.</summary>
    /// <param name="path">File to write; its folder must exist.</param>
    /// <param name="width">Width in pixels, at least 200.</param>
    /// <param name="height">Height in pixels, at least 120.</param>
    public void Save(string path, int width = 640, int height = 400)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string svg = ToSvg(width, height);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(svg)));
    }

    /// <summary>The title.</summary>
    public override string ToString() => $"{GetType().Name}({Title})";

    private protected abstract void Draw(SvgWriter svg);
}
