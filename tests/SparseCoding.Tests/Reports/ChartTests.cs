using System.Globalization;
using System.Xml.Linq;

namespace SparseCoding.Tests;

[TestFixture]
internal sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Test]
    public void ToSvg_HostileText_IsEscapedXml()
    {
        XDocument svg = Parse(new XyChart("<script>alert(1)</script> & \"more\"", "x < y", "a & b").Add("</svg>", [1, 2], [3, 4]).Add("b", [1, 2], [3, 4]));
        Assert.Multiple(() =>
        {
            Assert.That(svg.Descendants(Svg + "script"), Is.Empty);
            Assert.That(svg.Root!.Element(Svg + "title")!.Value, Is.EqualTo("<script>alert(1)</script> & \"more\""));
            Assert.That(svg.Descendants(Svg + "text").Select(t => t.Value), Does.Contain("</svg>").And.Contain("x < y"));
        });
    }

    [Test]
    public void XyChart_LogarithmicAxis_DecadesAreEquallyFarApart()
    {
        (double X, double Y)[] points = Circles(new XyChart("t", "x", "y") { XScale = AxisScale.Logarithmic, YScale = AxisScale.Logarithmic }
            .Add("s", [1, 10, 100, 1000], [1e-3, 1e-2, 1e-1, 1], SeriesStyle.Points));
        Assert.Multiple(() =>
        {
            Assert.That(points[1].X - points[0].X, Is.EqualTo(points[3].X - points[2].X).Within(0.02));
            Assert.That(points[0].Y - points[1].Y, Is.EqualTo(points[2].Y - points[3].Y).Within(0.02));
            Assert.That(points[0].Y, Is.GreaterThan(points[3].Y), "larger numbers are higher up");
        });
    }

    [TestCase(AxisScale.Linear, 0, 0, 0)]
    [TestCase(AxisScale.Linear, 0.2, 0, 0.1)]
    [TestCase(AxisScale.Linear, 4.97, 5, 5)]
    [TestCase(AxisScale.Logarithmic, 0.31, 0.45, 0.4)]
    [TestCase(AxisScale.Logarithmic, 6.1e-7, 6.4e-7, 6.2e-7)]
    [TestCase(AxisScale.Logarithmic, 2e-9, 3e12, 5)]
    public void XyChart_NumbersThatAreNeverNegative_HaveTicksThatAreNotEither(AxisScale scale, double a, double b, double c)
    {
        XDocument svg = Parse(new XyChart("t", "step", "share") { YScale = scale }.Add("s", [1, 2, 3], [a, b, c]));
        double[] ticks = [.. svg.Descendants(Svg + "text").Where(t => (string?)t.Attribute("text-anchor") == "end").Select(t => double.Parse(t.Value, CultureInfo.InvariantCulture))];
        Assert.That(ticks, Has.Length.InRange(2, 12).And.Unique.And.Ordered.And.All.Not.Negative);
    }

    [Test]
    public void XyChart_LinearAxis_PlacesPointsByDifference()
    {
        (double X, double Y)[] points = Circles(new XyChart("t", "x", "y").Add("s", [0, 1, 4], [0, 10, 20], SeriesStyle.Points));
        Assert.Multiple(() =>
        {
            Assert.That((points[2].X - points[0].X) / (points[1].X - points[0].X), Is.EqualTo(4).Within(1e-3));
            Assert.That((points[2].Y - points[0].Y) / (points[1].Y - points[0].Y), Is.EqualTo(2).Within(1e-3));
        });
    }

    [Test]
    public void XyChart_NotFiniteOrNotPositive_InterruptsTheLineAndIsCounted()
    {
        XDocument svg = Parse(new XyChart("t", "x", "y") { YScale = AxisScale.Logarithmic }.Add("s", [1, 2, 3, 4, 5, 6, 7], [1, 2, double.NaN, 4, 5, 0, 7]));
        Assert.Multiple(() =>
        {
            Assert.That(svg.Descendants(Svg + "polyline").Count(), Is.EqualTo(2));
            Assert.That(svg.Descendants(Svg + "circle").Count(), Is.EqualTo(1), "a point alone between two gaps is still seen");
            Assert.That(svg.Descendants(Svg + "text").Last().Value, Does.StartWith("2 point(s) not drawn"));
        });
    }

    [Test]
    public void XyChart_Ticks_LieWhereTheirLabelsSay()
    {
        var chart = new XyChart("t", "x", "y").Add("s", [0, 1], [0, 200], SeriesStyle.Points);
        XDocument svg = Parse(chart);
        (double X, double Y)[] points = Circles(chart);
        XElement[] left = [.. svg.Descendants(Svg + "text").Where(t => (string?)t.Attribute("text-anchor") == "end")];
        Assert.That(left, Has.Length.AtLeast(3));
        foreach (XElement tick in left)
        {
            double value = double.Parse(tick.Value, CultureInfo.InvariantCulture), expected = points[0].Y + (value / 200 * (points[1].Y - points[0].Y));
            Assert.That((double)tick.Attribute("y")! - 4, Is.EqualTo(expected).Within(0.05), tick.Value);
        }
    }

    [Test]
    public void XyChart_NoPointsOrOneValue_DrawsAnEmptyFrame()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Parse(new XyChart("t", "x", "y")), Throws.Nothing);
            Assert.That(() => Parse(new XyChart("t", "x", "y") { YScale = AxisScale.Logarithmic }.Add("s", [], [])), Throws.Nothing);
            Assert.That(Circles(new XyChart("t", "x", "y").Add("s", [3], [3])), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public void XyChart_LengthsDiffer_NamesTheSeries()
    {
        var chart = new XyChart("t", "x", "y");
        Assert.Multiple(() =>
        {
            Assert.That(() => chart.Add("loss", [1, 2], [1]), Throws.ArgumentException.With.Message.Contains("'loss'").And.Message.Contains("2 horizontal and 1 vertical"));
            Assert.That(() => chart.Add("loss", [1, 2], [1, 2], [0], [3]), Throws.ArgumentException.With.Message.Contains("1 lower and 1 upper"));
            Assert.That(() => chart.ToSvg(10, 400), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("width"));
        });
    }

    [Test]
    public void XyChart_Intervals_SpanFromLowerToUpper()
    {
        var chart = new XyChart("t", "x", "y").Add("s", [1, 2], [10, 20], [5, 15], [15, 25]);
        string colour = "#0072b2";
        XElement[] bars = [.. Parse(chart).Descendants(Svg + "line").Where(l => (string?)l.Attribute("stroke") == colour)];
        (double X, double Y)[] points = Circles(chart);
        Assert.That(bars, Has.Length.EqualTo(2));
        Assert.That(((double)bars[0].Attribute("y1")! + (double)bars[0].Attribute("y2")!) / 2, Is.EqualTo(points[0].Y).Within(0.02));
    }

    [Test]
    public void Histogram_Counts_AreThoseOfBruteForce()
    {
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 1000).Select(_ => Math.Pow(10, -4 * random.NextDouble())), 0, 0, double.NaN];
        var chart = new HistogramChart("t", "share", values, AxisScale.Logarithmic, bins: 13);
        double[] logs = [.. values.Where(v => v > 0).Select(Math.Log10)];
        double low = logs.Min(), width = (logs.Max() - low) / 13;
        Assert.Multiple(() =>
        {
            Assert.That(chart.Counts.Sum(), Is.EqualTo(1000));
            for (int i = 0; i < 12; i++)
            {
                Assert.That(chart.Counts[i], Is.EqualTo(logs.Count(v => v >= low + (i * width) && v < low + ((i + 1) * width))).Within(1), $"bin {i}");
            }

            Assert.That(Parse(chart).Descendants(Svg + "text").Last().Value, Does.StartWith("3 of 1003 not drawn"));
        });
    }

    [Test]
    public void HeatMap_Png_HoldsTheColoursOfTheEntries()
    {
        var chart = new HeatMapChart("t", [1, 0, -1, 0.5f, float.NaN, -2], 2, 3, limit: 1);
        byte[] pixels = Pixels(Parse(chart), out int rows, out int columns);
        Assert.Multiple(() =>
        {
            Assert.That((rows, columns), Is.EqualTo((2, 3)));
            Assert.That(pixels[..3], Is.EqualTo(new byte[] { 178, 24, 43 }), "the limit is full red");
            Assert.That(pixels[3..6], Is.EqualTo(new byte[] { 255, 255, 255 }), "0 is white");
            Assert.That(pixels[6..9], Is.EqualTo(new byte[] { 33, 102, 172 }), "minus the limit is full blue");
            Assert.That(pixels[12..15], Is.EqualTo(new byte[] { 160, 160, 160 }), "NaN is grey");
            Assert.That(pixels[15..18], Is.EqualTo(pixels[6..9]), "beyond the limit is as deep as the limit");
        });
    }

    [Test]
    public void HeatMap_WrongLength_NamesBoth() =>
        Assert.That(() => new HeatMapChart("t", [1, 2, 3], 2, 2), Throws.ArgumentException.With.Message.Contains("3 entries").And.Message.Contains("[2, 2]"));

    [Test]
    public void AtomGrid_Patches_LieRowAfterRowWithAWhiteLineBetween()
    {
        // Three atoms of 1 x 2: a grid of 2 x 2 cells, the last one empty.
        var dictionary = new AtomDictionary(new float[,] { { 1, -1 }, { 0, 1 }, { 0.5f, 0.5f } });
        byte[] pixels = Pixels(Parse(new AtomGridChart("t", dictionary, 1, 2)), out int rows, out int columns);
        byte Grey(int row, int column) => pixels[3 * ((row * columns) + column)];
        Assert.Multiple(() =>
        {
            Assert.That((rows, columns), Is.EqualTo((5, 7)));
            Assert.That((Grey(1, 1), Grey(1, 2)), Is.EqualTo(((byte)255, (byte)0)));
            Assert.That((Grey(1, 4), Grey(1, 5)), Is.EqualTo(((byte)128, (byte)255)));
            Assert.That((Grey(3, 1), Grey(3, 2)), Is.EqualTo(((byte)255, (byte)255)));
            Assert.That(Grey(2, 1), Is.EqualTo(255));
            Assert.That(() => new AtomGridChart("t", dictionary, 2, 2), Throws.ArgumentException.With.Message.Contains("4 entries"));
            Assert.That(new AtomGridChart("t", dictionary, 1, 2, count: 2).Shown, Is.EqualTo(2));
        });
    }

    [Test]
    public void Save_SameChart_SameBytes()
    {
        using var folder = new TemporaryFolder();
        string a = folder.File("a.svg"), b = folder.File("b.svg");
        new XyChart("t", "x", "y").Add("s", [1, 2], [3, 4]).Save(a);
        new XyChart("t", "x", "y").Add("s", [1, 2], [3, 4]).Save(b);
        Assert.That(File.ReadAllBytes(a), Is.EqualTo(File.ReadAllBytes(b)));
    }

    private static XDocument Parse(Chart chart) => XDocument.Parse(chart.ToSvg());

    private static (double X, double Y)[] Circles(Chart chart) => [.. Parse(chart).Descendants(Svg + "circle").Select(c => ((double)c.Attribute("cx")!, (double)c.Attribute("cy")!))];

    /// <summary>Decodes the PNG inside a chart, checking its framing: the CRC of the last chunk is the one every PNG has.</summary>
    private static byte[] Pixels(XDocument svg, out int rows, out int columns)
    {
        string link = (string)svg.Descendants(Svg + "image").Single().Attribute("href")!;
        byte[] png = Convert.FromBase64String(link[(link.IndexOf(',', StringComparison.Ordinal) + 1)..]);
        Assert.That(png[^4..], Is.EqualTo(new byte[] { 0xAE, 0x42, 0x60, 0x82 }));
        columns = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16));
        rows = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20));
        int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new System.IO.Compression.ZLibStream(new MemoryStream(png, 41, length), System.IO.Compression.CompressionMode.Decompress);
        using var raw = new MemoryStream();
        zlib.CopyTo(raw);
        byte[] filtered = raw.ToArray();
        int width = columns * 3;
        return [.. Enumerable.Range(0, rows).SelectMany(r => filtered.Skip((r * (width + 1)) + 1).Take(width))];
    }
}
