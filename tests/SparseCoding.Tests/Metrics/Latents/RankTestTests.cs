namespace SparseCoding.Tests;

public sealed class RankTestTests
{
    // scipy.stats.mannwhitneyu 1.10.1, two-sided, method = asymptotic.
    [Test]
    public void Between_ValuesWithTies_EqualsSciPy()
    {
        double[] first = [0.1, 0.5, 0.5, 0.9, 1.3, 2.0, 2.0, 3.5, 4.0], second = [0.2, 0.5, 0.7, 2.0, 0.1, 0.0, 0.3, 0.25];
        RankTest there = RankTest.Between(first, second), back = RankTest.Between(second, first);
        Assert.That(there.U, Is.EqualTo(57.5));
        Assert.That(there.PValue, Is.EqualTo(0.04215743336397783).Within(1e-12));
        Assert.That(back.U, Is.EqualTo((first.Length * second.Length) - 57.5));
        Assert.That(back.PValue, Is.EqualTo(there.PValue).Within(1e-15));
    }

    [Test]
    public void Between_SetsApart_EqualsSciPyInTheTail()
    {
        double[] first = [.. Enumerable.Range(0, 30).Select(i => (double)i)], second = [.. Enumerable.Range(40, 25).Select(i => (double)i)];
        RankTest test = RankTest.Between(first, second);
        Assert.That(test.Superiority, Is.Zero);
        Assert.That(test.PValue, Is.EqualTo(2.448351076788868e-10).Within(1e-19));
    }

    [Test]
    public void Between_EqualValues_SaysNothing() => Assert.That(RankTest.Between([2, 2, 2], [2, 2]), Is.EqualTo(new RankTest(3, 0.5, 1)));

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Between_NotFinite_IsNamed(double value) =>
        Assert.That(() => RankTest.Between([1], [0, value]), Throws.ArgumentException.With.Property("ParamName").EqualTo("second").And.Message.Contains("place 1"));
}
