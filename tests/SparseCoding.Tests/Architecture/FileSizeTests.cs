namespace SparseCoding.Tests;

/// <summary>A file is about one concept. The bound is not the aim: split by concept (Type.Concept.cs), never by number.</summary>
[TestFixture]
internal sealed class FileSizeTests
{
    [TestCase("src", 400)]
    [TestCase("samples", 400)]
    [TestCase("benchmarks", 400)]
    [TestCase("tests", 600)]
    public void Sources_Lines_StayWithinTheBound(string folder, int most)
    {
        string[] long_ = [.. RepositoryRoot.Files(folder, "*.cs")
            .Select(file => (File: RepositoryRoot.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(entry => entry.Lines > most)
            .Select(entry => $"{entry.File}: {entry.Lines} lines, at most {most}")];
        Assert.That(long_, Is.Empty, () => string.Join('\n', long_));
    }

    [Test]
    public void Sources_Search_SeesTheLibraryAndTheTests() => Assert.Multiple(() =>
    {
        Assert.That(RepositoryRoot.Files("src", "*.cs").Select(Path.GetFileName), Has.Member("Throw.cs"));
        Assert.That(RepositoryRoot.Files("tests", "*.cs").Select(Path.GetFileName), Has.Member("FileSizeTests.cs"));
        Assert.That(RepositoryRoot.Files().Select(RepositoryRoot.Relative), Has.None.Contains("/obj/").And.None.StartsWith(".git/"));
    });
}
