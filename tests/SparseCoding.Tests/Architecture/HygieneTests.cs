using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>Nothing that is true on one machine only, and nothing left unfinished, is committed.</summary>
[TestFixture]
internal sealed partial class HygieneTests
{
    private static readonly HashSet<string> TextExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".cs", ".csproj", ".props", ".targets", ".sln", ".config", ".json", ".md", ".txt", ".sh", ".py", ".yml", ".yaml", ".xml", ".csv", ".svg",
        ".editorconfig", ".gitignore", ".gitattributes", string.Empty,
    };

    [Test]
    public void Files_MachinePaths_AreNowhere() => AssertNone(TextFiles(), MachinePath());

    [Test]
    public void Files_RegistryAddresses_AreNowhere() => AssertNone(TextFiles(), RegistryAddress());

    [Test]
    public void Sources_UnfinishedWork_IsNowhere() => AssertNone(RepositoryRoot.Files("src", "*.cs"), Unfinished());

    [Test]
    public void Files_LineEndings_AreLineFeeds()
    {
        string[] offenders = [.. TextFiles()
            .Where(file => Path.GetExtension(file) != ".sln" && File.ReadAllText(file).Contains('\r', StringComparison.Ordinal))
            .Select(RepositoryRoot.Relative)];
        Assert.That(offenders, Is.Empty);
    }

    // Built from parts, so that this file does not hold what it looks for.
    [TestCase("/ho" + "me/somebody/code", 0)]
    [TestCase("see /wo" + "rk/main", 0)]
    [TestCase("C:" + @"\Users\somebody", 0)]
    [TestCase("https://api.nu" + "get.org/v3/in" + "dex.json", 1)]
    [TestCase("<add key=\"x\" value=\"https" + "://feed\" />", 1)]
    [TestCase("// TO" + "DO: later", 2)]
    [TestCase("throw new NotImplemented" + "Exception();", 2)]
    public void Patterns_PlantedOffence_IsFound(string text, int pattern) =>
        Assert.That(new[] { MachinePath(), RegistryAddress(), Unfinished() }[pattern].IsMatch(text), Is.True);

    [TestCase("a path such as work/day, https://example.org/home/page and ../shared")]
    [TestCase("nuget.config names no source; see docs/decisions")]
    public void Patterns_InnocentText_IsNotFound(string text) => Assert.Multiple(() =>
    {
        Assert.That(MachinePath().IsMatch(text), Is.False);
        Assert.That(RegistryAddress().IsMatch(text), Is.False);
        Assert.That(Unfinished().IsMatch(text), Is.False);
    });

    private static IEnumerable<string> TextFiles() => RepositoryRoot.Files().Where(file => TextExtensions.Contains(Path.GetExtension(file)));

    private static void AssertNone(IEnumerable<string> files, Regex pattern)
    {
        List<string> places = [];
        foreach (string file in files)
        {
            int number = 0;
            foreach (string line in File.ReadLines(file))
            {
                number++;
                if (pattern.IsMatch(line))
                {
                    places.Add($"{RepositoryRoot.Relative(file)}:{number}: {line.Trim()}");
                }
            }
        }

        Assert.That(places, Is.Empty, () => string.Join('\n', places));
    }

    [GeneratedRegex(@"(?<![\w.:/])/(home|root|work|Users|mnt|workspace)/\w|\b[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"v3/index\.json|api\.nuget\.org|pkgs\.dev\.azure|nuget\.pkg\.github|pypi\.org/simple|<add\s[^>]*value=""https?:", RegexOptions.IgnoreCase)]
    private static partial Regex RegistryAddress();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
