using System.Globalization;
using System.Net;
using System.Text;

namespace SparseCoding.Reports;

/// <summary>Writes one SVG document: numbers in the invariant culture with at most two decimals, text escaped.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Opens the document; the title is also its accessible name.</summary>
    public SvgWriter(int width, int height, string title)
    {
        Width = width;
        Height = height;
        Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">");
        Append($"<title>{Escape(title)}</title>");
        Append($"<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>");
        if (title.Length > 0)
        {
            Append($"<text x=\"{width / 2}\" y=\"18\" text-anchor=\"middle\" font-size=\"14\" font-weight=\"600\">{Escape(title)}</text>");
        }
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>A number as SVG has it.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text that can stand in an element or attribute.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string stroke, double width = 1, string? dash = null) =>
        Append($"<line x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\" stroke=\"{stroke}\" stroke-width=\"{Number(width)}\"{(dash is null ? "" : $" stroke-dasharray=\"{dash}\"")}/>");

    /// <summary>A filled rectangle.</summary>
    public void Rectangle(double x, double y, double width, double height, string fill) =>
        Append($"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" fill=\"{fill}\"/>");

    /// <summary>A filled circle.</summary>
    public void Circle(double x, double y, double radius, string fill) =>
        Append($"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\" fill=\"{fill}\"/>");

    /// <summary>An open line through points.</summary>
    public void Polyline(IReadOnlyList<(double X, double Y)> points, string stroke) =>
        Append($"<polyline fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.8\" stroke-linejoin=\"round\" points=\"{string.Join(' ', points.Select(p => $"{Number(p.X)},{Number(p.Y)}"))}\"/>");

    /// <summary>A line of text; anchor is start, middle or end.</summary>
    public void Text(double x, double y, string text, string anchor = "start", int size = 12, double rotate = 0) =>
        Append($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{(rotate == 0 ? "" : $" transform=\"rotate({Number(rotate)} {Number(x)} {Number(y)})\"")}>{Escape(text)}</text>");

    /// <summary>A picture of pixels, scaled without smoothing, from a PNG.</summary>
    public void Image(double x, double y, double width, double height, byte[] png) =>
        Append($"<image x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>");

    /// <summary>Ends the document.</summary>
    public string Close()
    {
        Append("</svg>");
        return _text.ToString();
    }

    private void Append(string line) => _text.Append(line).Append('\n');
}
