namespace SparseCoding.Tests;

/// <summary>The bound of codes on the coherence, and the plot of norms: arXiv 2503.24277.</summary>
[TestFixture]
internal sealed class QuasiOrthogonalityTests
{
    /// <summary>A theorem, on 10,000 random codes of 100 random dictionaries of any norms and signs.</summary>
    [Test]
    public void LowerBounds_OfRandomCodes_AreBelowTheCoherence()
    {
        var random = new Random(1);
        int bounded = 0;
        for (int trial = 0; trial < 100; trial++)
        {
            int atoms = random.Next(2, 30), dimension = random.Next(2, 20);
            AtomDictionary dictionary = SyntheticData.Generate(new SyntheticDataOptions { Sources = atoms, Measurements = dimension, AtomNormSpread = 0.5f, Active = 1, Samples = 1, Seed = trial }).Dictionary;
            var dense = new float[100, atoms];
            foreach (int row in Enumerable.Range(0, 100))
            {
                for (int j = 0; j < atoms; j++)
                {
                    dense[row, j] = random.NextDouble() < 0.4 ? (float)((random.NextDouble() * 2) - 1) : 0;
                }
            }

            QuasiOrthogonality measured = QuasiOrthogonality.Measure(dictionary, SparseCodes.FromDense(dense));
            Assert.That(measured.Maximum, Is.EqualTo(CoherenceMetrics.Measure(dictionary).Maximum).Within(1e-6));
            Assert.That(measured.SignedMaximum, Is.LessThanOrEqualTo(measured.Maximum));
            foreach (double bound in measured.LowerBounds)
            {
                bounded += double.IsNaN(bound) ? 0 : 1;
                Assert.That(bound, Is.NaN.Or.LessThanOrEqualTo(measured.Maximum + 1e-9));
            }
        }

        Assert.That(bounded, Is.GreaterThan(7000));
    }

    /// <summary>Two atoms at an angle, both active: the bound is attained. By hand: cos 0.6, f = (1, 2): ‖zD‖² = 5 + 2 · 2 · .6 = 7.4.</summary>
    [Test]
    public void Measure_TwoAtoms_AttainsTheBound()
    {
        var dictionary = new AtomDictionary(new float[,] { { 2, 0 }, { 0.3f, 0.4f } });
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 0.5f, 4 }, { 0, 4 } });
        QuasiOrthogonality measured = QuasiOrthogonality.Measure(dictionary, codes);
        ZfPlotData plot = ZfPlotData.Measure(dictionary, codes);
        Assert.Multiple(() =>
        {
            Assert.That((measured.Maximum, measured.SignedMaximum, measured.SignedMean), Is.EqualTo((0.6, 0.6, 0.6)).Using<(double, double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-6));
            Assert.That(measured.LowerBounds[0], Is.EqualTo(0.6).Within(1e-6));
            Assert.That(measured.LowerBounds[1], Is.NaN);
            Assert.That(measured.GreatestLowerBound, Is.EqualTo(0.6).Within(1e-6));
            Assert.That(plot.DenseNorms[0], Is.EqualTo(Math.Sqrt(7.4)).Within(1e-6));
            Assert.That(plot.CodeNorms[0], Is.EqualTo(Math.Sqrt(5)).Within(1e-6));
            Assert.That(plot.Slope, Is.LessThan(1), "under-active: contributions add up");
        });
    }

    [Test]
    public void Measure_OrthonormalAtoms_IsZeroAndOnTheDiagonal()
    {
        const int Size = 12;
        var identity = new float[Size, Size];
        var dense = new float[50, Size];
        var random = new Random(2);
        foreach (int i in Enumerable.Range(0, Size))
        {
            identity[i, (i * 5) % Size] = 1;
        }

        foreach (int row in Enumerable.Range(0, 50))
        {
            for (int j = 0; j < Size; j++)
            {
                dense[row, j] = (float)((random.NextDouble() * 2) - 1);
            }
        }

        var dictionary = new AtomDictionary(identity);
        SparseCodes codes = SparseCodes.FromDense(dense);
        QuasiOrthogonality measured = QuasiOrthogonality.Measure(dictionary, codes);
        ZfPlotData plot = ZfPlotData.Measure(dictionary, codes), bySignals = ZfPlotData.Measure(dictionary, codes, dictionary.Decode(codes));
        Assert.Multiple(() =>
        {
            Assert.That(measured.Maximum, Is.Zero);
            Assert.That(measured.LowerBounds.ToArray(), Is.All.LessThan(1e-12));
            Assert.That(plot.CodeNorms.ToArray(), Is.EqualTo(plot.DenseNorms.ToArray()).Within(1e-12));
            Assert.That((plot.Slope, plot.RSquared), Is.EqualTo((1.0, 1.0)).Using<(double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-12 && Math.Abs(a.Item2 - b.Item2) < 1e-12));
            Assert.That(bySignals.DenseNorms.ToArray(), Is.EqualTo(plot.DenseNorms.ToArray()).Within(1e-6));
            Assert.That(() => QuasiOrthogonality.Measure(dictionary, SparseCodes.FromDense(new float[2, 3])), Throws.ArgumentException.With.Message.Contains("12 atoms"));
        });
    }
}
