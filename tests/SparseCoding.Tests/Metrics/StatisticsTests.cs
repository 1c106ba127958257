namespace SparseCoding.Tests;

/// <summary>Intervals against printed tables of Student's t and against coverage.</summary>
[TestFixture]
internal sealed class StatisticsTests
{
    // Two-sided 95 % and 99 % points of the usual printed tables.
    [TestCase(1, 0.95, 12.706)]
    [TestCase(2, 0.95, 4.303)]
    [TestCase(4, 0.95, 2.776)]
    [TestCase(5, 0.95, 2.571)]
    [TestCase(10, 0.95, 2.228)]
    [TestCase(30, 0.95, 2.042)]
    [TestCase(3, 0.99, 5.841)]
    [TestCase(9, 0.99, 3.250)]
    public void Mean_Interval_HasThePrintedT(int degrees, double confidence, double t)
    {
        double[] values = [.. Enumerable.Range(0, degrees + 1).Select(i => (double)(i * i % 7))];
        ConfidenceInterval interval = Statistics.Mean(values, confidence);
        double mean = values.Average(), deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / degrees);
        Assert.That(interval.StandardDeviation, Is.EqualTo(deviation).Within(1e-12));
        Assert.That((interval.High - interval.Mean) / (deviation / Math.Sqrt(degrees + 1)), Is.EqualTo(t).Within(6e-4));
        Assert.That(interval.Mean - interval.Low, Is.EqualTo(interval.High - interval.Mean).Within(1e-12));
    }

    /// <summary>By hand: ranks (1, 2.5, 2.5, 4) against (2, 1, 3, 4): cross 3, squares 4.5 and 5.</summary>
    [Test]
    public void RankCorrelation_WithTies_IsPearsonOfTheRanks()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Statistics.RankCorrelation([1, 7, 7, 100], [0.2, 0.1, 5, 9]), Is.EqualTo(3 / Math.Sqrt(4.5 * 5)).Within(1e-12));
            Assert.That(Statistics.RankCorrelation([1, 2, 3], [8, 27, 1000]), Is.EqualTo(1).Within(1e-12));
            Assert.That(Statistics.RankCorrelation([1, 2, 3], [3, 2, -1]), Is.EqualTo(-1).Within(1e-12));
            Assert.That(Statistics.RankCorrelation([1, 2, 3], [4, 4, 4]), Is.NaN);
            Assert.That(() => Statistics.RankCorrelation([1, 2], [1]), Throws.ArgumentException);
            Assert.That(() => Statistics.RankCorrelation([1, double.NaN], [1, 2]), Throws.ArgumentException);
        });
    }

    [Test]
    public void PairedDifference_CommonSpread_IsRemoved()
    {
        double[] first = [1.1, 5.2, 9.1, 2.2], second = [1, 5, 9, 2];
        ConfidenceInterval paired = Statistics.PairedDifference(first, second);
        Assert.That(paired.Mean, Is.EqualTo(0.15).Within(1e-12));
        Assert.That(paired.IsPositive, Is.True);
        Assert.That(Statistics.Mean(first).Low, Is.LessThan(Statistics.Mean(second).High));
    }

    [Test]
    public void BootstrapMean_ManyValues_IsNearTheNormalInterval()
    {
        var random = new Random(1);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];
        ConfidenceInterval bootstrap = Statistics.BootstrapMean(values, resamples: 1000), student = Statistics.Mean(values);
        Assert.Multiple(() =>
        {
            Assert.That(bootstrap.Low, Is.EqualTo(student.Low).Within(0.004));
            Assert.That(bootstrap.High, Is.EqualTo(student.High).Within(0.004));
            Assert.That(Statistics.BootstrapMean(values, resamples: 1000), Is.EqualTo(bootstrap), "the same seed");
            Assert.That(Statistics.BootstrapMean(values, resamples: 1000, seed: 1), Is.Not.EqualTo(bootstrap));
        });
    }

    [Test]
    public void Mean_OneValue_HasNoInterval()
    {
        ConfidenceInterval interval = Statistics.Mean([3]);
        Assert.That((interval.Mean, interval.Low, interval.IsPositive), Is.EqualTo((3.0, double.NaN, false)));
    }

    [Test]
    public void SignFlipTest_FewPairs_IsTheCountOfSigns() => Assert.Multiple(() =>
    {
        // Of 2^5 sums of ±1 ... ±5, only those of all signs alike reach 15.
        Assert.That(Statistics.SignFlipTest([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]), Is.EqualTo(2.0 / 32));

        // Differences 3, -1: sums 2, 4, -4, -2: all are as far from 0 as 2.
        Assert.That(Statistics.SignFlipTest([3, 0], [0, 1]), Is.EqualTo(1));
        Assert.That(Statistics.SignFlipTest([.1, .2, .3], [.1, .2, .3]), Is.EqualTo(1));
        Assert.That(Statistics.SignFlipTest([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]), Is.EqualTo(0.25), "equal sizes tie in spite of rounding");
    });

    [Test]
    public void SignFlipTest_ManyPairs_AgreesWithTheNormalTest()
    {
        var random = new Random(3);
        double[] first = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble() + 0.1)], second = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())];
        ConfidenceInterval difference = Statistics.PairedDifference(first, second, 0.95);

        // At the confidence whose t interval just touches 0, p is the rest.
        double low = 0, high = 1 - 1e-9;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Statistics.PairedDifference(first, second, middle).Low > 0 == difference.Mean > 0 ? (middle, high) : (low, middle);
        }

        Assert.That(Statistics.SignFlipTest(first, second), Is.EqualTo(1 - low).Within(0.01));
    }

    [Test]
    public void Statistics_BadInput_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(() => Statistics.Mean([]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("values"));
        Assert.That(() => Statistics.Mean([1, double.NaN]), Throws.ArgumentException.With.Message.Contains("place 1"));
        Assert.That(() => Statistics.Mean([1], 1), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("confidence"));
        Assert.That(() => Statistics.PairedDifference([1, 2], [1]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("second"));
        Assert.That(() => Statistics.SignFlipTest([1, 2], [1]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("second"));
        Assert.That(() => Statistics.SignFlipTest([], []), Throws.ArgumentException);
        Assert.That(() => Statistics.BootstrapMean([1, 2], resamples: 3), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("resamples"));
    });
}
