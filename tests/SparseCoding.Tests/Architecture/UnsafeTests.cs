using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>Unsafe code lives in Kernels only. The analyser stops Unsafe and MemoryMarshal elsewhere; here the keyword and the other doors.</summary>
[TestFixture]
internal sealed partial class UnsafeTests
{
    /// <summary>Files outside Kernels that may load vectors without bounds checks, each with its reason. Keep this list short.</summary>
    private static readonly string[] Exceptions =
    [
        // The assignment solver is a factorisation-like piece of Numerics, below Kernels, and its row scan is its whole cost.
        "src/SparseCoding/Numerics/Assignment/AssignmentScan.cs",
    ];

    [Test]
    public void Sources_OutsideKernels_HaveNoUnsafeCode()
    {
        List<string> places = [];
        foreach (string file in RepositoryRoot.Files("src/SparseCoding", "*.cs").Where(file => Layers.OfFile(file) != "Kernels" && !Exceptions.Contains(RepositoryRoot.Relative(file))))
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
    [TestCase("var v = Vector256.LoadUnsafe(in x);", 1)]
    [TestCase("using System.Runtime.Intrinsics;\nbool b = Vector512.IsHardwareAccelerated;", 0)]
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

    // The portable vector types are fine everywhere, for instance to ask which tier this is; loads without bounds checks, instructions of one
    // processor, pinning, uninitialised locals and native calls are a kernel's business.
    [GeneratedRegex(@"\b(unsafe|fixed|SkipLocalsInit|DllImport|LibraryImport|LoadUnsafe|StoreUnsafe|Runtime\.Intrinsics\.\w+)\b")]
    private static partial Regex Forbidden();
}
