using SparseCoding.Data;
using SparseCoding.Tests.Training;

namespace SparseCoding.Tests;

/// <summary>How a sparse autoencoder starts: at signals, at their mean or median; and what is said of signals far from 0.</summary>
[TestFixture]
internal sealed class SaeStartTests
{
    private static readonly TrainingOptions s_none = new() { Steps = 0 };

    [Test]
    public void DataPoints_WithShareOne_AreDirectionsOfSignals()
    {
        float[,] signals = Signals(300, 6, 0);
        SaeEncoder encoder = new SaeEncoder(new SaeOptions { AtomCount = 40 }, s_none with { Initialization = Initialization.DataPoints, DataPointShare = 1 }).Fit(signals);
        float[] offset = new float[6];
        encoder.Dictionary.CopyOffset(offset);
        var seen = new HashSet<int>();
        for (int atom = 0; atom < 40; atom++)
        {
            var values = new float[6];
            encoder.Dictionary.CopyAtoms(atom, values);
            int signal = Enumerable.Range(0, 300).MaxBy(row => Cosine(signals, row, offset, values));
            Assert.That(Cosine(signals, signal, offset, values), Is.EqualTo(1).Within(1e-5));
            Assert.That(seen.Add(signal), "no signal twice while there are enough");
        }

        // Tied: the code of a signal along an atom is its length.
        Assert.That(encoder.Dictionary.AtomCount, Is.EqualTo(40));
    }

    [Test]
    public void DataPoints_Blended_LieNearSignalsAndDependOnTheSeedAlone()
    {
        float[,] signals = Signals(300, 64, 0);
        SaeEncoder Fit(long seed) => new SaeEncoder(new SaeOptions { AtomCount = 20 }, s_none with { Initialization = Initialization.DataPoints, Seed = seed }).Fit(signals);
        float[] first = Atoms(Fit(1)), again = Atoms(Fit(1)), other = Atoms(Fit(2));
        float[] offset = new float[64];
        Fit(1).Dictionary.CopyOffset(offset);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
        double nearest = Enumerable.Range(0, 20).Average(atom => Enumerable.Range(0, 300).Max(row => Cosine(signals, row, offset, first.AsSpan(atom * 64, 64))));
        Assert.That(nearest, Is.EqualTo(0.8 / Math.Sqrt(0.64 + 0.04)).Within(0.02), "cosine of p v + (1 − p) g with v, where g is across");
    }

    [Test]
    public void ScaledDataPoints_AsSaevWritesThem_KeepTheScaleInTheEncoder()
    {
        float[,] signals = Signals(50, 8, 0);
        SaeEncoder Fit(Initialization start) => new SaeEncoder(new SaeOptions { AtomCount = 10 }, s_none with { Initialization = start, DataPointShare = 1 }).Fit(signals);
        SaeEncoder unit = Fit(Initialization.DataPoints), scaled = Fit(Initialization.ScaledDataPoints);
        Assert.That(Atoms(scaled), Is.EqualTo(Atoms(unit)).Within(1e-6), "the same signals");
        double ratio = scaled.Encode(signals).Values.ToArray().Max() / unit.Encode(signals).Values.ToArray().Max();
        Assert.That(ratio, Is.GreaterThan(1.5), "rows of the length of signals, about √8");
    }

    [Test]
    public void Draw_MoreThanThereAre_RepeatsEvenly()
    {
        float[,] signals = new float[3, 1] { { 1 }, { 2 }, { 3 } };
        float[] drawn = SourcePoints.Draw((ActivationSource)signals!, 7, null, 1, 5);
        Assert.That(drawn.GroupBy(v => v).Select(g => g.Count()).Order(), Is.EqualTo(new[] { 2, 2, 3 }));
        Assert.That(SourcePoints.Draw((ActivationSource)signals!, 3, [1], 2, 5).Order(), Is.EqualTo(new[] { 0, 0.5f, 1 }));
    }

    [Test]
    public void GeometricMedian_OfOutliers_StaysWhereTheMeanDoesNot()
    {
        float[,] signals = Signals(201, 3, 0);
        for (int i = 0; i < 40; i++)
        {
            signals[i, 0] += 1000;
        }

        float[] mean = Mean(signals), median = SourcePoints.GeometricMedian((ActivationSource)signals!, mean);
        Assert.That(mean[0], Is.GreaterThan(150));
        Assert.That(Math.Abs(median[0]), Is.LessThan(1));

        // At the minimum of Σ‖x − b‖ the directions to the signals cancel.
        double[] sum = new double[3];
        for (int i = 0; i < 201; i++)
        {
            double norm = Math.Sqrt(Enumerable.Range(0, 3).Sum(j => Math.Pow(signals[i, j] - median[j], 2)));
            for (int j = 0; j < 3; j++)
            {
                sum[j] += (signals[i, j] - median[j]) / norm;
            }
        }

        Assert.That(sum, Is.All.EqualTo(0).Within(0.05));
        SaeEncoder encoder = new SaeEncoder(new SaeOptions { AtomCount = 4 }, s_none with { OffsetStart = OffsetStart.GeometricMedian }).Fit(signals);
        float[] offset = new float[3];
        encoder.Dictionary.CopyOffset(offset);
        Assert.That(offset, Is.EqualTo(median));
    }

    [TestCase(true, OffsetStart.Mean, 50, false)]
    [TestCase(true, OffsetStart.GeometricMedian, 50, false)]
    [TestCase(true, OffsetStart.Zero, 50, true)]
    [TestCase(false, OffsetStart.Mean, 50, true)]
    [TestCase(false, OffsetStart.Mean, 0, false)]
    public void Fit_OnSignalsFarFromZero_WarnsWhereNothingSubtractsTheMean(bool bias, OffsetStart start, float shift, bool warns)
    {
        using var loggers = new EventLog();
        new SaeEncoder(new SaeOptions { AtomCount = 4, Bias = bias }, s_none with { OffsetStart = start }).Fit(Signals(100, 3, shift), new RunContext { LoggerFactory = loggers });
        Assert.That(loggers.Ids.Contains(1030), Is.EqualTo(warns));
    }

    [Test]
    public void MeanToDeviation_OfKnownNumbers_IsTheRatioOfNorms()
    {
        // Means 3 and 4, deviations 1 and 0: 5/1; and it survives a mean that float64 squares would lose.
        Assert.That(SourceStatistics.Estimate((ActivationSource)new float[,] { { 2, 4 }, { 4, 4 } }!).MeanToDeviation, Is.EqualTo(5).Within(1e-12));
        Assert.That(SourceStatistics.Estimate((ActivationSource)new float[,] { { 1e6f, 0 }, { 1e6f + 1, 0 } }!).MeanToDeviation, Is.EqualTo(2 * (1e6 + 0.5)).Within(1e-3));
    }

    [Test]
    public void DataPoints_WhereAtomsAreNotLearned_AreRefused()
    {
        TrainingOptions training = s_none with { Initialization = Initialization.DataPoints };
        float[,] signals = Signals(20, 3, 0);
        var dictionary = new AtomDictionary(TestMatrices.Normal<float>(4, 3, 1), 3);
        Assert.Multiple(() =>
        {
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 4 }, training).Fit(signals, dictionary), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("DataPoints"));
            Assert.That(() => new MlpEncoder(new MlpOptions { AtomCount = 4, Hidden = [5] }, training).Fit(signals), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("DataPoints"));
        });
    }

    private static double Cosine(float[,] signals, int row, float[] offset, ReadOnlySpan<float> atom)
    {
        double dot = 0, squares = 0;
        for (int j = 0; j < atom.Length; j++)
        {
            double value = signals[row, j] - offset[j];
            dot += value * atom[j];
            squares += value * value;
        }

        return dot / Math.Sqrt(squares);
    }

    private static float[] Atoms(SaeEncoder encoder)
    {
        var atoms = new float[encoder.AtomCount * encoder.Dimension];
        encoder.Dictionary.CopyAtoms(0, atoms);
        return atoms;
    }

    private static float[] Mean(float[,] signals) =>
        [.. Enumerable.Range(0, signals.GetLength(1)).Select(j => (float)Enumerable.Range(0, signals.GetLength(0)).Average(i => (double)signals[i, j]))];

    private static float[,] Signals(int rows, int dimension, float shift)
    {
        var signals = new float[rows, dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(rows, dimension, 9).Index())
        {
            signals[i / dimension, i % dimension] = value + shift;
        }

        return signals;
    }
}
