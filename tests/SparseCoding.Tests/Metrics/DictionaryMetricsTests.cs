using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>Recovery and coherence of dictionaries against sums over pairs.</summary>
[TestFixture]
internal sealed class DictionaryMetricsTests
{
    [Test]
    public void Recovery_PermutedFlippedRescaledCopy_IsPerfect()
    {
        AtomDictionary truth = MccTests.Random(20, 6, 3);
        float[] atoms = SyntheticDataTests.Flat(truth.ToTensor());
        float[] copy = [.. atoms.Chunk(6).Reverse().SelectMany((atom, j) => atom.Select(v => v * (j - 7.5f)))];
        DictionaryRecovery recovery = DictionaryRecovery.Between(truth, new AtomDictionary(SignalView.FromRows(copy, 6)));
        Assert.Multiple(() =>
        {
            Assert.That(recovery.MeanCosine, Is.EqualTo(1).Within(1e-6));
            Assert.That((recovery.ShareAbove90, recovery.ShareAbove95, recovery.ShareAbove99, recovery.Uniqueness), Is.EqualTo((1.0, 1.0, 1.0, 1.0)));
            Assert.That(recovery.Duplicates, Is.Zero);
            Assert.That(recovery.Matching.All(p => p.Truth + p.Found == 19), Is.True);
        });
    }

    [Test]
    public void Recovery_RepeatsAndMisses_AreCounted()
    {
        // Truth e1, e2, e3; found e1, −2·e1, e2 tilted by 30 degrees, 0.
        var truth = new AtomDictionary(new float[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 } });
        var found = new AtomDictionary(new float[,] { { 1, 0, 0, 0 }, { -2, 0, 0, 0 }, { 0, MathF.Sqrt(0.75f), 0, 0.5f }, { 0, 0, 0, 0 } });
        DictionaryRecovery recovery = DictionaryRecovery.Between(truth, found);
        Assert.Multiple(() =>
        {
            Assert.That(recovery.MeanCosine, Is.EqualTo((1 + Math.Sqrt(0.75)) / 3).Within(1e-6));
            Assert.That(recovery.MeanMaxCosine, Is.EqualTo((2 + Math.Sqrt(0.75)) / 4).Within(1e-6));
            Assert.That(recovery.ShareAbove90, Is.EqualTo(1 / 3.0));
            Assert.That(recovery.ShareAbove(0.8), Is.EqualTo(2 / 3.0));
            Assert.That(recovery.Uniqueness, Is.EqualTo(2 / 4.0), "e1, e1, e2, and e1 for the zero atom");
            Assert.That(recovery.Duplicates, Is.EqualTo(1));
            Assert.That(recovery.BestCosines[3], Is.Zero);
        });
    }

    [TestCase(7, 5)]
    [TestCase(300, 70)]
    public void Coherence_RandomAtoms_IsThatOfAllPairs(int count, int dimension)
    {
        AtomDictionary dictionary = SyntheticData.Generate(new SyntheticDataOptions { Sources = count, Measurements = dimension, AtomNormSpread = 0.3f, Samples = 1 }).Dictionary;
        double[][] atoms = [.. SyntheticDataTests.Flat(dictionary.ToTensor()).Chunk(dimension).Select(a => a.Select(v => (double)v).ToArray())];
        double Dot(int i, int j) => TensorPrimitives.Dot<double>(atoms[i], atoms[j]);
        double greatest = 0, sum = 0, off = 0;
        for (int i = 0; i < count; i++)
        {
            double total = Enumerable.Range(0, count).Sum(j => Math.Exp(Dot(i, j)));
            off += 1 - (Math.Exp(Dot(i, i)) / total);
            for (int j = 0; j < count; j++)
            {
                double cosine = i == j ? 0 : Math.Abs(Dot(i, j)) / Math.Sqrt(Dot(i, i) * Dot(j, j));
                (greatest, sum) = (Math.Max(greatest, cosine), sum + cosine);
            }
        }

        CoherenceMetrics metrics = CoherenceMetrics.Measure(dictionary);
        Tensor<float> map = CoherenceMetrics.WeightMap(dictionary), soft = CoherenceMetrics.WeightMap(dictionary, softmax: true);
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Maximum, Is.EqualTo(greatest).Within(1e-5));
            Assert.That(metrics.Mean, Is.EqualTo(sum / (count * (count - 1.0))).Within(1e-5));
            Assert.That(metrics.SoftmaxOffDiagonal, Is.EqualTo(off / count).Within(1e-5));
            Assert.That(metrics.Pair.First, Is.LessThan(metrics.Pair.Second));
            Assert.That(map[2, 4], Is.EqualTo(Dot(2, 4)).Within(1e-5));
            Assert.That(Enumerable.Range(0, count).Sum(j => soft[3, j]), Is.EqualTo(1).Within(1e-4));
        });
    }

    [Test]
    public void Coherence_OneAtom_IsZero()
    {
        CoherenceMetrics metrics = CoherenceMetrics.Measure(new AtomDictionary(new float[,] { { 3, 4 } }));
        Assert.That((metrics.Maximum, metrics.Mean, metrics.Pair), Is.EqualTo((0.0, 0.0, (0, 0))));
    }

    [Test]
    public void Between_BadInput_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(() => DictionaryRecovery.Between(MccTests.Random(4, 3, 1), MccTests.Random(4, 2, 1)), Throws.ArgumentException.With.Message.Contains("[4, 2]"));
        Assert.That(() => DictionaryRecovery.Between(MccTests.Random(4, 3, 1), MccTests.Random(4, 3, 1), 1.5), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("duplicateCosine"));
        Assert.That(() => CoherenceMetrics.Measure(null!), Throws.ArgumentNullException);
    });
}
