using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class AdamTests
{
    [Test]
    public void Step_AllLengthsOnGuardPages_EqualsSpecificationBitForBit()
    {
        using var w = new GuardedMemory<float>(256);
        using var g = new GuardedMemory<float>(256);
        using var m = new GuardedMemory<float>(256);
        using var v = new GuardedMemory<float>(256);
        var random = new Random(1);
        for (int n = 0; n <= 256; n++)
        {
            float[] weights = Normal(random, n), gradient = Normal(random, n), first = Normal(random, n), second = [.. Normal(random, n).Select(Math.Abs)];
            AdamStep step = AdamStep.At(3, 0.01) with { WeightDecay = 0.1, GradientScale = 0.7 };
            Span<float> we = w.AtEnd(weights), ge = g.AtEnd(gradient), me = m.AtEnd(first), ve = v.AtEnd(second);
            Assert.That(Adam.Step(we, ge, me, ve, 1, n, step), Is.False);
            float[] atEnd = [.. we, .. me, .. ve];
            Span<float> ws = w.AtStart(weights), gs = g.AtStart(gradient), ms = m.AtStart(first), vs = v.AtStart(second);
            Assert.That(Adam.Step(ws, gs, ms, vs, 1, n, step), Is.False);
            float[] atStart = [.. ws, .. ms, .. vs];
            Assert.That(Adam.StepRowScalar(weights, gradient, first, second, step), Is.False);
            float[] expected = [.. weights, .. first, .. second];
            Assert.That(atEnd, Is.EqualTo(expected), $"n = {n}, end");
            Assert.That(atStart, Is.EqualTo(expected), $"n = {n}, start");
        }
    }

    [Test]
    public void Step_ProjectedAndNormalizedForManySteps_FollowsTheFormulaInDouble()
    {
        const int rows = 3, columns = 37;
        var random = new Random(2);
        float[] weights = Normal(random, rows * columns);
        var first = new float[rows * columns];
        var second = new float[rows * columns];
        double[] w = [.. weights.Select(x => (double)x)];
        var m = new double[w.Length];
        var v = new double[w.Length];
        for (int t = 1; t <= 20; t++)
        {
            float[] gradient = Normal(random, rows * columns);
            AdamStep step = AdamStep.At(t, 0.01, 0.9, 0.99, 1e-6) with { Project = true, Normalize = true, WeightDecay = 0.05, GradientScale = 0.5 };
            Assert.That(Adam.Step(weights, gradient, first, second, rows, columns, step), Is.False);
            for (int row = 0; row < rows; row++)
            {
                Range range = (row * columns)..((row + 1) * columns);
                double[] wr = w[range], gr = [.. gradient[range].Select(x => 0.5 * x)];
                double along = wr.Zip(gr, (a, b) => a * b).Sum() / wr.Sum(a => a * a), norm = 0;
                for (int j = row * columns; j < (row + 1) * columns; j++)
                {
                    double p = gr[j - (row * columns)] - (along * w[j]);
                    m[j] = (0.9 * m[j]) + (0.1 * p);
                    v[j] = (0.99 * v[j]) + (0.01 * p * p);
                    double corrected = m[j] / (1 - Math.Pow(0.9, t)), root = Math.Sqrt(v[j] / (1 - Math.Pow(0.99, t)));
                    w[j] = (w[j] * (1 - (0.01 * 0.05))) - (0.01 * corrected / (root + 1e-6));
                    norm += w[j] * w[j];
                }

                for (int j = row * columns; j < (row + 1) * columns; j++)
                {
                    w[j] /= Math.Sqrt(norm);
                }
            }

            for (int i = 0; i < w.Length; i++)
            {
                Assert.That(weights[i], Is.EqualTo(w[i]).Within(2e-5), $"step {t}, element {i}");
            }
        }
    }

    [Test]
    public void Step_FirstStep_MovesByTheLearningRateAgainstTheSign()
    {
        // Closed form: at t = 1 both corrected moments are g and g², so every element moves by lr · sign(g), however small g is.
        float[] weights = new float[4], gradient = [1e-3f, -2f, 30f, -1e-4f];
        _ = Adam.Step(weights, gradient, new float[4], new float[4], 1, 4, AdamStep.At(1, 0.25, epsilon: 0));
        Assert.That(weights, Is.EqualTo(new[] { -0.25f, 0.25f, -0.25f, 0.25f }).Within(1e-6f));
    }

    [Test]
    public void Step_ProjectedAlongTheWeights_DoesNotMoveThem()
    {
        float[] weights = [0.6f, 0.8f, 0f], gradient = [3f, 4f, 0f], first = new float[3];
        _ = Adam.Step(weights, gradient, first, new float[3], 1, 3, AdamStep.At(1, 0.1, epsilon: 1) with { Project = true });
        Assert.That(weights, Is.EqualTo(new[] { 0.6f, 0.8f, 0f }).Within(1e-6f));
        Assert.That(first, Is.EqualTo(new float[3]).Within(1e-6f));
    }

    [Test]
    public void Step_ZeroRow_StaysZeroAndFinite()
    {
        var weights = new float[16];
        bool nonFinite = Adam.Step(
            weights, new float[16], new float[16], new float[16], 2, 8, AdamStep.At(1, 0.1) with { Project = true, Normalize = true });
        Assert.That(nonFinite, Is.False);
        Assert.That(weights, Is.All.Zero);
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(1e30f, Description = "the second moment overflows although the weight does not")]
    public void Step_BadGradientAnywhere_IsFlagged(float bad)
    {
        for (int at = 0; at < 21; at++)
        {
            var gradient = new float[21];
            gradient[at] = bad;
            Assert.That(Adam.Step(new float[21], gradient, new float[21], new float[21], 1, 21, AdamStep.At(1, 0.1)), Is.True, $"at {at}");
        }
    }

    [Test]
    public void Step_RowsInRanges_SameBits()
    {
        const int rows = 7, columns = 45;
        var random = new Random(3);
        float[] weights = Normal(random, rows * columns), gradient = Normal(random, rows * columns);
        AdamStep step = AdamStep.At(1, 0.1) with { Project = true, Normalize = true };
        float[] whole = [.. weights], first = new float[weights.Length], second = new float[weights.Length];
        _ = Adam.Step(whole, gradient, first, second, rows, columns, step);
        for (int row = rows - 1; row >= 0; row--)
        {
            _ = Adam.Step(
                weights.AsSpan(row * columns, columns), gradient.AsSpan(row * columns, columns), new float[columns], new float[columns], 1, columns, step);
        }

        Assert.That(weights, Is.EqualTo(whole));
    }

    private static float[] Normal(Random random, int n) =>
        [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble()) - 1.5))];
}
