using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>The Python of docs/coming-from is the code that made the recorded numbers, and every test that docs/concepts/pitfalls.md names exists.</summary>
[TestFixture]
internal sealed partial class ComingFromPagesTests
{
    [Test]
    public void Pages_EveryPythonBlock_IsTheRegionOfTheScriptThatMadeTheNumbers()
    {
        var found = new List<string>();
        foreach (string page in RepositoryRoot.Files("docs/coming-from", "*.md"))
        {
            string text = File.ReadAllText(page).Replace("\r\n", "\n", StringComparison.Ordinal);
            Match[] blocks = PythonBlock().Matches(text).ToArray();
            Assert.That(blocks, Has.Length.EqualTo(Fence().Count(text)), $"{page}: a python block says not where it comes from");
            foreach (Match block in blocks)
            {
                string script = File.ReadAllText(RepositoryRoot.Combine(block.Groups["path"].Value)).Replace("\r\n", "\n", StringComparison.Ordinal);
                string region = block.Groups["region"].Value;
                int start = script.IndexOf($"# region {region}\n", StringComparison.Ordinal);
                Assert.That(start, Is.GreaterThanOrEqualTo(0), $"no region {region}");
                start = script.IndexOf('\n', start) + 1;
                Assert.That(block.Groups["code"].Value, Is.EqualTo(script[start..script.IndexOf("# endregion", start, StringComparison.Ordinal)]), $"{page}, {region}");
                found.Add(region);
            }
        }

        Assert.That(found, Has.Count.GreaterThan(15));
    }

    [Test]
    public void Pitfalls_EveryNamedTest_Exists()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "concepts", "pitfalls.md"));
        Type[] fixtures = [.. typeof(ComingFromPagesTests).Assembly.GetTypes()];
        string[] named = [.. TestName().Matches(page).Select(m => m.Groups[1].Value).Distinct()];
        string[] missing = [.. named.Where(name =>
        {
            string[] parts = name.Split('.');
            return !fixtures.Any(type => type.Name.Split('`')[0] == parts[0] && type.GetMethods().Any(method => method.Name == parts[1]
                && method.GetCustomAttributes(inherit: true).Any(a => a is NUnit.Framework.Interfaces.ITestBuilder or NUnit.Framework.Interfaces.ISimpleTestBuilder)));
        })];
        Assert.That(missing, Is.Empty);
        string[] rows = [.. page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| pitfall", StringComparison.Ordinal))];
        Assert.That(rows.Where(row => !TestName().IsMatch(row) && !row.Contains("no test", StringComparison.Ordinal)), Is.Empty, "a row names its test, or says that it needs none");
        Assert.That(named, Has.Length.GreaterThan(25));
    }

    [GeneratedRegex(@"<!-- snippet: (?<path>\S+\.py)#(?<region>\S+) -->\n```python\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex PythonBlock();

    [GeneratedRegex("^```python", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`(\w+Tests\.\w+|\w+Contract\.\w+|ComingFrom\w+\.\w+)`")]
    private static partial Regex TestName();
}
