namespace SparseCoding.Tests;

/// <summary>Distances of classes, agreement of seeds, and features by their rates, against counting.</summary>
[TestFixture]
internal sealed class ClassWassersteinTests
{
    /// <summary>For classes of equal size the 1-D distance is the mean gap of the sorted values, zeros included.</summary>
    [Test]
    public void Measure_EqualClasses_IsTheMeanGapOfTheSortedValues()
    {
        var random = new Random(3);
        const int Rows = 60, Atoms = 5;
        var dense = new float[Rows, Atoms];
        var labels = new int[Rows];
        for (int row = 0; row < Rows; row++)
        {
            labels[row] = 7 + (row % 3 * 10);
            for (int j = 0; j < Atoms - 1; j++)
            {
                dense[row, j] = random.NextDouble() < 0.5 ? (float)(random.NextDouble() - 0.4 + (0.5 * (row % 3))) : 0;
            }
        }

        ClassWasserstein measured = ClassWasserstein.Measure(SparseCodes.FromDense(dense), new RowLabels(labels));
        for (int j = 0; j < Atoms; j++)
        {
            double[][] classes = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, Rows).Where(row => row % 3 == c).Select(row => (double)dense[row, j]).Order().ToArray())];
            double Gap(int a, int b) => classes[a].Zip(classes[b], (x, y) => Math.Abs(x - y)).Average();
            double expected = (Gap(0, 1) + Gap(0, 2) + Gap(1, 2)) / 3, mean = classes.SelectMany(c => c).Average(), deviation = Math.Sqrt(classes.SelectMany(c => c).Average(v => (v - mean) * (v - mean)));
            Assert.That(measured.Distances[j], Is.EqualTo(expected).Within(1e-9), $"atom {j}");
            Assert.That(measured.Normalized[j], Is.EqualTo(deviation > 0 ? expected / deviation : 0).Within(1e-9));
        }

        Assert.That(measured.Mean, Is.EqualTo(measured.Distances.ToArray().Average()));
        Assert.That(() => ClassWasserstein.Measure(SparseCodes.FromDense(dense), new RowLabels(new int[Rows])), Throws.ArgumentException.With.Message.Contains("two"));
        Assert.That(() => ClassWasserstein.Measure(SparseCodes.FromDense(dense), new RowLabels([1, 2])), Throws.ArgumentException.With.Message.Contains("60 rows"));
    }

    /// <summary>Unequal classes: one value of 1 among one, against 1 among four rows: F differ by 3/4 on [0, 1].</summary>
    [Test]
    public void Measure_UnequalClasses_IsTheAreaBetweenTheDistributions()
    {
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 1 }, { 1 }, { 0 }, { 0 }, { 0 } });
        Assert.That(ClassWasserstein.Measure(codes, new RowLabels([5, 2, 2, 2, 2])).Distances[0], Is.EqualTo(0.75).Within(1e-12));
    }

    [Test]
    public void SeedConsistency_CopiesAndStrangers_AreCounted()
    {
        AtomDictionary first = MccTests.Random(10, 6, 1);
        var flipped = new AtomDictionary(SignalView.FromRows([.. SyntheticDataTests.Flat(first.ToTensor()).Chunk(6).Reverse().SelectMany(atom => atom.Select(v => -2 * v))], 6));
        var half = new AtomDictionary(SignalView.FromRows([.. SyntheticDataTests.Flat(first.ToTensor())[..30]], 6));
        SeedConsistency same = SeedConsistency.Measure([first, flipped]), three = SeedConsistency.Measure([first, flipped, half]);
        double rest = DictionaryRecovery.Between(half, first).MeanMaxCosine;
        Assert.Multiple(() =>
        {
            Assert.That(same.MeanMaxCosine, Is.EqualTo(1).Within(1e-6));
            Assert.That(same.ShareAbove(0.99), Is.EqualTo(1));
            Assert.That(three.Dictionaries, Is.EqualTo(3));
            Assert.That(three.Pairs[2], Is.EqualTo(rest).Within(1e-6), "atoms of the whole in the half");
            Assert.That(three.Pairs[6], Is.EqualTo(1).Within(1e-6), "atoms of the half in the whole");
            Assert.That(() => SeedConsistency.Measure([first]), Throws.ArgumentException.With.Message.Contains("two"));
            Assert.That(() => SeedConsistency.Measure([first, MccTests.Random(4, 5, 2)]), Throws.ArgumentException.With.Message.Contains("dimension"));
        });
    }

    [Test]
    public void FrequencyBands_OfKnownRates_AreThose()
    {
        // Features e1 (rate 1/2), e2 (1/4), e3 (never); latents −3·e2, e1 + e3 (tilted by 45 degrees), nothing.
        var truth = new AtomDictionary(new float[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } });
        var found = new AtomDictionary(new float[,] { { 0, -3, 0 }, { 1, 0, 1 }, { 0, 0, 0 } });
        SparseCodes trueCodes = SparseCodes.FromDense(new float[,] { { 1, 1, 0 }, { 2, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }), codes = SparseCodes.FromDense(new float[,] { { -1, 1, 0 }, { 0, 1, 0 }, { 0, 1, 0 }, { 0, 0, 0 } });
        FrequencyBandReport report = FrequencyBandReport.Measure(truth, trueCodes, found, codes);
        Assert.Multiple(() =>
        {
            Assert.That(report.Rows.Select(row => (row.Feature, row.Rate, row.Latent, row.LatentRate)), Is.EqualTo(new[] { (0, 0.5, 1, 0.75), (1, 0.25, 0, 0.25), (2, 0.0, 1, 0.75) }));
            Assert.That(report.MeanCosine(0.3, 1), Is.EqualTo(Math.Sqrt(0.5)).Within(1e-6));
            Assert.That(report.ShareAbove(0.9), Is.EqualTo(1 / 3.0).Within(1e-12));
            Assert.That(report.MeanCosine(0.9, 1), Is.NaN);
        });
    }
}
