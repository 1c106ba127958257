using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class ShardPatternTests : FormatFixture
{
    [Test]
    public void Expand_Pattern_GivesNaturalOrder()
    {
        foreach (string name in new[] { "acts-10.npy", "acts-2.npy", "acts-1.npy", "acts-x.txt", "other-1.npy", ".acts-3.npy.0.tmp", ".acts-4.npy" })
        {
            Put(name, []);
        }

        Assert.That(ShardPattern.Expand(At("acts-*.npy")).Select(Path.GetFileName), Is.EqualTo(new[] { "acts-1.npy", "acts-2.npy", "acts-10.npy" }));
        Assert.That(ShardPattern.Expand(At("acts-?.npy")).Select(Path.GetFileName), Is.EqualTo(new[] { "acts-1.npy", "acts-2.npy" }));
        Assert.That(ShardPattern.Expand(At("acts-2.npy")), Is.EqualTo(new[] { At("acts-2.npy") }));
        Assert.That(ShardPattern.Expand(Path.GetDirectoryName(At("x"))!, ".npy").Select(Path.GetFileName).ToArray(), Has.Length.EqualTo(4).And.Not.Contains("acts-x.txt"));
        Assert.That(ShardPattern.Expand(At("acts-*.npy")), Is.All.Matches<string>(File.Exists));
    }

    [Test]
    public void Expand_Nothing_NamesThePattern()
    {
        Put("a.txt", []);
        Assert.That(() => ShardPattern.Expand(At("acts-*.npy")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("acts-*.npy").And.Message.Contains("1 files"));
        Assert.That(() => ShardPattern.Expand(At("none.npy")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.npy"));
        Assert.That(() => ShardPattern.Expand(Path.Combine(At("no"), "*.npy")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("folder"));
        Assert.That(() => ShardPattern.Expand(Path.Combine(At("*"), "a.npy")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("wildcard"));
        Assert.That(() => ShardPattern.Expand(Path.GetDirectoryName(At("x"))!), Throws.TypeOf<FileNotFoundException>().With.Message.Contains(".safetensors"));
        Assert.That(() => ShardPattern.Expand(""), Throws.ArgumentException);
    }

    [TestCase("a2", "a10", -1)]
    [TestCase("a10", "a2", 1)]
    [TestCase("a1", "a01", 1)]
    [TestCase("a01b", "a1c", -1)]
    [TestCase("a", "a1", -1)]
    [TestCase("a99999999999999999999998", "a99999999999999999999999", -1)]
    [TestCase("x-2-of-10", "x-2-of-9", 1)]
    [TestCase("same7", "same7", 0)]
    public void CompareNatural_Names_OrdersNumbersByValue(string left, string right, int sign)
    {
        Assert.That(Math.Sign(ShardPattern.CompareNatural(left, right)), Is.EqualTo(sign));
        Assert.That(Math.Sign(ShardPattern.CompareNatural(right, left)), Is.EqualTo(-sign));
    }
}
