using SparseCoding.Data;

namespace SparseCoding.Tests;

/// <summary>The normal distribution against printed digits, and its table against it.</summary>
[TestFixture]
internal sealed class NormalDistributionTests
{
    // Abramowitz and Stegun, table 26.1, and its tail.
    [TestCase(0.0, 0.5)]
    [TestCase(1.0, 0.841344746068543)]
    [TestCase(-1.0, 0.158655253931457)]
    [TestCase(2.0, 0.977249868051821)]
    [TestCase(-3.0, 1.349898031630095e-3)]
    [TestCase(-5.0, 2.866515718791939e-7)]
    public void Cdf_PrintedPlaces_HasThePrintedDigits(double x, double expected) =>
        Assert.That(NormalDistribution.Cdf(x), Is.EqualTo(expected).Within(1e-13).Percent.Or.EqualTo(expected).Within(expected * 1e-12));

    [Test]
    public void FastCdf_AnyPlace_IsWithinABillionth()
    {
        double worst = 0, previous = 0;
        for (double x = -10; x < 10; x += 0.0037)
        {
            double value = NormalDistribution.FastCdf(x);
            worst = Math.Max(worst, Math.Abs(value - NormalDistribution.Cdf(x)));
            Assert.That(value, Is.GreaterThanOrEqualTo(previous - 1e-15));
            previous = value;
        }

        Assert.That(worst, Is.LessThan(1e-9));
    }

    [TestCase(0.975, 1.959963984540054)]
    [TestCase(0.5, 0)]
    [TestCase(0.0005, -3.290526731491926)]
    public void Quantile_PrintedPlaces_HasThePrintedDigits(double p, double expected) =>
        Assert.That(NormalDistribution.Quantile(p), Is.EqualTo(expected).Within(1e-10));
}
