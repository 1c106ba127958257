using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>The README and the documentation cannot lie: their code is a region of a file that is built and run.</summary>
[TestFixture]
internal sealed partial class ReadmeTests
{
    private static IEnumerable<string> Pages =>
        [RepositoryRoot.Combine("README.md"), .. RepositoryRoot.Files("docs", "*.md")];

    [Test]
    public void Pages_EveryCSharpBlock_IsTheRegionItNames()
    {
        string[] lies = [.. Pages.SelectMany(page => Snippets.InPage(File.ReadAllText(page)).Select(snippet => (page, snippet)))
            .Select(entry => Lie(entry.snippet) is { } lie ? $"{RepositoryRoot.Relative(entry.page)}:{entry.snippet.Line}: {lie}" : null)
            .OfType<string>()];
        Assert.That(lies, Is.Empty, () => string.Join("\n\n", lies));
    }

    [Test]
    public void Pages_EveryRelativeLink_LeadsSomewhere()
    {
        IEnumerable<string> pages = [.. Pages, RepositoryRoot.Combine("CONTRIBUTING.md"), RepositoryRoot.Combine("CHANGELOG.md")];
        string[] broken = [.. pages.SelectMany(page => Link().Matches(File.ReadAllText(page)).Select(link => (page, Target: link.Groups[1].Value)))
            .Where(entry => !entry.Target.Contains(':', StringComparison.Ordinal))
            .Where(entry => !Path.Exists(Path.Combine(Path.GetDirectoryName(entry.page)!, entry.Target)))
            .Select(entry => $"{RepositoryRoot.Relative(entry.page)}: {entry.Target}")];
        Assert.That(broken, Is.Empty, () => string.Join('\n', broken));
    }

    [Test]
    public void Decisions_Index_NamesEveryPage()
    {
        string index = File.ReadAllText(RepositoryRoot.Combine("docs", "decisions", "README.md"));
        string[] pages = [.. RepositoryRoot.Files("docs/decisions", "*.md").Select(page => Path.GetFileName(page)!).Where(page => page != "README.md")];
        Assert.Multiple(() =>
        {
            Assert.That(pages.Where(page => !DecisionName().IsMatch(page)), Is.Empty, "a page is named NNNN-what.md");
            Assert.That(pages.Where(page => !index.Contains($"({page})", StringComparison.Ordinal) && !index.Contains($"\n| {page[..4]} |", StringComparison.Ordinal)), Is.Empty, "missing in the index");
            Assert.That(pages.GroupBy(page => page[..4]).Where(group => group.Count() > 1).Select(group => group.Key), Is.Empty, "a number is used twice");
        });
    }

    [Test]
    public void InPage_MarkedAndUnmarkedBlocks_AreFound()
    {
        const string Page = "# T\n<!-- snippet: a/B.cs#first -->\n\n```csharp\n  x();\n    y();\n```\n```bash\nls\n```\ntext\n```cs\nz();\n```\n";
        Assert.That(Snippets.InPage(Page), Is.EqualTo(new Snippet[] { new(4, "a/B.cs#first", "x();\n  y();"), new(12, null, "z();") }));
    }

    [TestCase("    #region a\n    x();\n\n      y();\n    #endregion\n", "a", "x();\n\n  y();")]
    [TestCase("#region a\n#region b\nx();\n#endregion\n#endregion", "b", "x();")]
    [TestCase("#region ab\nx();\n#endregion", "a", null)]
    [TestCase("#region a\nx();", "a", null)]
    public void Region_Sources_AreCut(string source, string name, string? expected) => Assert.That(Snippets.Region(source, name), Is.EqualTo(expected));

    [TestCase("tests/Consumer/Program.cs#first-snippet", "var lie = 1;", "differs")]
    [TestCase("tests/Consumer/Program.cs#no-such-region", "var lie = 1;", "no region")]
    [TestCase("tests/Consumer/NoSuchFile.cs#a", "var lie = 1;", "no file")]
    [TestCase(null, "var lie = 1;", "says not")]
    public void Lie_PlantedLie_IsFound(string? source, string code, string expected) => Assert.That(Lie(new Snippet(1, source, code)), Does.Contain(expected));

    private static string? Lie(Snippet snippet)
    {
        if (snippet.Source is not { } source)
        {
            return "the block says not where it comes from (<!-- snippet: path#region --> above it)";
        }

        string[] parts = source.Split('#');
        string file = RepositoryRoot.Combine(parts[0]);
        if (!File.Exists(file))
        {
            return $"no file {parts[0]}";
        }

        string? region = parts.Length == 2 ? Snippets.Region(File.ReadAllText(file), parts[1]) : null;
        return region is null ? $"no region {source}"
            : region != snippet.Code ? $"the block differs from {source}, which says:\n{region}"
            : null;
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\d{4}-[a-z0-9-]+\.md$")]
    private static partial Regex DecisionName();
}
