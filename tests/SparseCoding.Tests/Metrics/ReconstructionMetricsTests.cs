namespace SparseCoding.Tests;

/// <summary>Errors of reconstructions against sums written out, and against reconstructions whose scores are known.</summary>
[TestFixture]
internal sealed class ReconstructionMetricsTests
{
    [Test]
    public void Measure_RandomSignals_AreTheSumsWrittenOut()
    {
        float[,] x = Noise(40, 7, 1, 3), y = Noise(40, 7, 2, 2);
        double errors = 0, squares = 0, decoded = 0, inner = 0, variance = 0, cosine = 0, ratio = 0;
        for (int j = 0; j < 7; j++)
        {
            double mean = Enumerable.Range(0, 40).Average(i => (double)x[i, j]);
            variance += Enumerable.Range(0, 40).Sum(i => Math.Pow(x[i, j] - mean, 2));
        }

        for (int i = 0; i < 40; i++)
        {
            double xx = 0, yy = 0, xy = 0;
            for (int j = 0; j < 7; j++)
            {
                errors += Math.Pow((double)x[i, j] - y[i, j], 2);
                xx += (double)x[i, j] * x[i, j];
                yy += (double)y[i, j] * y[i, j];
                xy += (double)x[i, j] * y[i, j];
            }

            (squares, decoded, inner) = (squares + xx, decoded + yy, inner + xy);
            cosine += xy / Math.Sqrt(xx * yy) / 40;
            ratio += Math.Sqrt(yy / xx) / 40;
        }

        ReconstructionMetrics metrics = ReconstructionMetrics.Measure(x, y);
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Mse, Is.EqualTo(errors / 280).Within(1e-12));
            Assert.That(metrics.Nmse, Is.EqualTo(errors / squares).Within(1e-12));
            Assert.That(metrics.Fvu, Is.EqualTo(errors / variance).Within(1e-11));
            Assert.That(metrics.Cosine, Is.EqualTo(cosine).Within(1e-12));
            Assert.That(metrics.NormRatio, Is.EqualTo(ratio).Within(1e-12));
            Assert.That(metrics.RelativeBias, Is.EqualTo(decoded / inner).Within(1e-12));
            Assert.That(metrics.Samples, Is.EqualTo(40));
        });
    }

    [Test]
    public void Measure_MeanAndZeroPredictors_HaveTheirFvu()
    {
        // Columns with means 3, 4, 5 ...: one overall mean in the denominator would give another figure.
        float[,] x = Noise(500, 4, 3, 3), mean = new float[500, 4];
        for (int j = 0; j < 4; j++)
        {
            double sum = Enumerable.Range(0, 500).Average(i => (double)(x[i, j] += j));
            for (int i = 0; i < 500; i++)
            {
                mean[i, j] = (float)sum;
            }
        }

        ReconstructionMetrics ofMean = ReconstructionMetrics.Measure(x, mean), ofZero = ReconstructionMetrics.Measure(x, new float[500, 4]), ofItself = ReconstructionMetrics.Measure(x, x);
        Assert.Multiple(() =>
        {
            Assert.That(ofMean.Fvu, Is.EqualTo(1).Within(1e-6));
            Assert.That(ofZero.Fvu, Is.GreaterThan(5), "uncentred data");
            Assert.That(ofZero.Nmse, Is.EqualTo(1));
            Assert.That(ofZero.RelativeBias, Is.NaN);
            Assert.That(ofZero.Cosine, Is.Zero);
            Assert.That((ofItself.Fvu, ofItself.Nmse, ofItself.Mse), Is.EqualTo((0.0, 0.0, 0.0)));
            Assert.That(ofItself.NormRatio, Is.EqualTo(1).Within(1e-12));
        });
    }

    [Test]
    public void Measure_LargeCommonOffset_KeepsTheDigitsOfTheVariance()
    {
        float[,] x = new float[64, 2], y = new float[64, 2];
        for (int i = 0; i < 64; i++)
        {
            (x[i, 0], y[i, 0]) = (1e6f + (i % 2), 1e6f);
            (x[i, 1], y[i, 1]) = (-1e6f, -1e6f);
        }

        Assert.That(ReconstructionMetrics.Measure(x, y).Fvu, Is.EqualTo(2).Within(1e-12), "Σ e² = 32, Σ (x − x̄)² = 64/4");
    }

    [Test]
    public void Measure_ShrunkReconstruction_ShowsTheFactor()
    {
        float[,] x = Noise(30, 5, 4, 0), y = (float[,])x.Clone();
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                y[i, j] *= 0.75f;
            }
        }

        ReconstructionMetrics metrics = ReconstructionMetrics.Measure(x, y);
        Assert.That((metrics.NormRatio, metrics.RelativeBias, metrics.Cosine), Is.EqualTo((0.75, 0.75, 1.0)).Using<(double, double, double)>(
            (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-6));
    }

    [Test]
    public void Measure_ConstantOrZeroSignals_AreNotDefined()
    {
        ReconstructionMetrics constant = ReconstructionMetrics.Measure(new float[,] { { 0.1f, 2 }, { 0.1f, 2 }, { 0.1f, 2 } }, new float[3, 2]);
        ReconstructionMetrics zero = ReconstructionMetrics.Measure(new float[3, 2], new float[3, 2]);
        Assert.Multiple(() =>
        {
            Assert.That(constant.Fvu, Is.NaN);
            Assert.That((zero.Nmse, zero.NormRatio), Is.EqualTo((double.NaN, double.NaN)));
            Assert.That(zero.Mse, Is.Zero);
        });
    }

    [Test]
    public void Measure_BadInput_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(() => ReconstructionMetrics.Measure(new float[2, 3], new float[2, 4]), Throws.ArgumentException.With.Message.Contains("[2, 4]"));
        Assert.That(() => ReconstructionMetrics.Measure(new float[2, 3], new float[3, 3]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("reconstruction"));
        Assert.That(() => ReconstructionMetrics.Measure(new float[,] { { float.NaN } }, new float[1, 1]), Throws.ArgumentException.With.Message.Contains("row 0, column 0"));
        Assert.That(() => ReconstructionMetrics.Measure(default, new float[1, 1]), Throws.ArgumentNullException);
    });

    internal static float[,] Noise(int rows, int columns, int seed, double mean)
    {
        var random = new Random(seed);
        var values = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                values[i, j] = (float)(mean + random.NextDouble() - 0.5 + (random.NextDouble() * random.NextDouble()));
            }
        }

        return values;
    }
}
