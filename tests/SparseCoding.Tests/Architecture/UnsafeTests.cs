using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>Unsafe code lives in Kernels only. The analyser stops Unsafe and MemoryMarshal elsewhere; here the keyword and the other doors.</summary>
[TestFixture]
internal sealed partial class UnsafeTests
{
    [Test]
    public void Sources_OutsideKernels_HaveNoUnsafeCode()
    {
        List<string> places = [];

        // The assignment lies below the kernels (decision 0006); its scans use bounds-checked vector loads, nothing unsafe.
        foreach (string file in RepositoryRoot.Files("src/SparseCoding", "*.cs")
            .Where(file => Layers.OfFile(file) != "Kernels" && Path.GetFileName(file) != "AssignmentScan.cs"))
        {
            places.AddRange(Find(File.ReadAllText(file)).Select(place => $"{RepositoryRoot.Relative(file)}:{place}"));
        }

        Assert.That(places, Is.Empty, () => string.Join('\n', places));
    }

    [Test]
    public void Sources_BannedApiRule_IsLiftedByNoOneElse()
    {
        string[] places = [.. RepositoryRoot.Files("src", "*.cs")
            .Where(file => File.ReadAllText(file).Contains("RS0030", StringComparison.Ordinal))
            .Select(RepositoryRoot.Relative)];
        Assert.That(places, Is.Empty);
    }

    [TestCase("static unsafe void M() { }", 1)]
    [TestCase("var a = b;\nfixed (byte* p = b) { }", 1)]
    [TestCase("using System.Runtime.Intrinsics.X86;", 1)]
    [TestCase("[SkipLocalsInit] void M() { }", 1)]
    [TestCase("// unsafe\n/* unsafe */ string s = \"unsafe\" + @\"a\\\" + $\"unsafe\" + \"\"\"unsafe\"\"\" + '\"';", 0)]
    [TestCase("int unsafeCount = isUnsafe;", 0)]
    [TestCase("string s = @\"\"\"\"; unsafe { }", 1)]
    [TestCase("char c = '\"'; unsafe { } c = '\"';", 1)]
    public void Find_CodeWithAndWithout_CountsCodeOnly(string source, int expected) => Assert.That(Find(source), Has.Count.EqualTo(expected));

    private static List<string> Find(string source)
    {
        string code = SourceText.CodeOnly(source);
        return [.. Forbidden().Matches(code).Select(match => $"{SourceText.LineOf(code, match.Index)}: {match.Value}")];
    }

    // System.Numerics and TensorPrimitives are fine everywhere; instructions, pinning and uninitialised locals are a kernel's business.
    [GeneratedRegex(@"\b(unsafe|fixed|stackalloc\s*\*|SkipLocalsInit|DllImport|LibraryImport|Runtime\.Intrinsics)\b")]
    private static partial Regex Forbidden();
}
