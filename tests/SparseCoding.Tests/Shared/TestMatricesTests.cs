namespace SparseCoding.Tests;

/// <summary>The test inputs are themselves oracles, so their published figures are checked.</summary>
[TestFixture]
internal sealed class TestMatricesTests
{
    [Test]
    public void SineDictionary_Figures_AreThoseOfTheReference()
    {
        double[] atoms = TestMatrices.SineDictionary();
        double[] signals = TestMatrices.SineSignals();
        double[] squares = [.. signals.Chunk(16).Select(row => row.Sum(x => x * x))];
        Assert.Multiple(() =>
        {
            Assert.That(atoms[0], Is.EqualTo(.3395249821218635).Within(1e-15));
            Assert.That(atoms[(31 * 16) + 15], Is.EqualTo(.24174203491058865).Within(1e-14));
            Assert.That(TestMatrices.Coherence(atoms, 16), Is.EqualTo(.9900619395477515).Within(1e-14));
            Assert.That(squares, Is.EqualTo(new[] { 8.274906294, 9.651859900, 6.78762987, 8.890576226 }).Within(1e-8));
        });
    }

    [TestCase(1)]
    [TestCase(8)]
    [TestCase(32)]
    public void SpikesAndHadamard_Coherence_IsOneOverRootOfDimension(int dimension)
    {
        double[] atoms = TestMatrices.SpikesAndHadamard<double>(dimension);
        Assert.That(TestMatrices.Coherence(atoms, dimension), Is.EqualTo(1 / Math.Sqrt(dimension)).Within(1e-14));
    }

    [Test]
    public void Codes_EachRow_HasExactlyTheActiveNumber()
    {
        float[] codes = TestMatrices.Codes<float>(50, 12, 3, seed: 4);
        Assert.Multiple(() =>
        {
            Assert.That(codes.Chunk(12).Select(row => row.Count(z => z != 0)), Is.All.EqualTo(3));
            Assert.That(codes, Has.Some.LessThan(0f));
            Assert.That(TestMatrices.Codes<float>(50, 12, 3, seed: 4, nonNegative: true), Is.All.GreaterThanOrEqualTo(0f));
        });
    }

    [Test]
    public void AssertClose_OneTermLost_Fails()
    {
        float[] actual = [1f, 2f, 3f];
        double[] expected = [1, 2, 3 * (1 + (1.0 / 1024))];
        Assert.Multiple(() =>
        {
            Assert.That(Tolerance.Unit<float>(), Is.EqualTo(Math.ScaleB(1, -24)));
            Assert.That(Tolerance.Unit<double>(), Is.EqualTo(Math.ScaleB(1, -53)));
            Assert.That(Tolerance.Compare(double.NaN, 0, 1), Is.Not.Null);
            Assert.That(Tolerance.Compare(double.NaN, double.NaN, 0), Is.Null);
            Assert.That(Tolerance.Compare(double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity), Is.Not.Null);
            Assert.That(Tolerance.Compare(actual[2], expected[2], Tolerance.For<float>(1024) * 3), Is.Not.Null);
            Assert.That(Tolerance.For<float>(1024), Is.LessThan(Tolerance.Worst<float>(1024)));
        });
    }
}
