using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>Correlations of sparse columns and dense rows against the two-pass definition on the dense matrix in float64.</summary>
public sealed class CorrelationTests
{
    [TestCase(200, 16, 16, 0.2)]
    [TestCase(50, 40, 7, 0.05)]
    [TestCase(33, 5, 37, 1.0)]
    [TestCase(1, 3, 3, 0.5)]
    public void BetweenColumns_RandomCodes_EqualsDenseOracle(int samples, int a, int b, double density)
    {
        var random = new Random(samples);
        float[,] x = Codes(random, samples, a, density), y = Codes(random, samples, b, density);
        AssertSame(Sparse(x, y, 1), Oracle(x, y), 1e-7);
    }

    [Test]
    public void BetweenColumns_FewThreadsOrMany_GivesTheSameBits()
    {
        var random = new Random(2);
        float[,] x = Codes(random, 300, 70, 0.1), y = Codes(random, 300, 50, 0.1);
        float[] one = Sparse(x, y, 1);
        Assert.Multiple(() =>
        {
            Assert.That(Sparse(x, y, 2), Is.EqualTo(one));
            Assert.That(Sparse(x, y, 4), Is.EqualTo(one));
        });
    }

    [Test]
    public void BetweenColumns_DegenerateColumns_AreZeroNotNaN()
    {
        // Column 0 never fires, 1 is constant, 2 varies by less than 1e-6, 3 is NaN once, 4 and 5 are opposite copies.
        const int Samples = 40;
        var x = new float[Samples, 6];
        for (int s = 0; s < Samples; s++)
        {
            x[s, 1] = 3;
            x[s, 2] = s % 2 * 1e-6f;
            x[s, 3] = s == 5 ? float.NaN : s;
            x[s, 4] = s % 3 == 0 ? s : 0;
            x[s, 5] = -2 * x[s, 4];
        }

        float[] r = Sparse(x, x, 1);
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
            {
                Assert.That(r[(i * 6) + j], Is.EqualTo(i >= 4 && j >= 4 ? 1f : 0f).Within(1e-7), $"{i}, {j}");
            }
        }
    }

    [Test]
    public void BetweenColumns_LargeMeanSmallVariance_KeepsDigits()
    {
        // Always active, mean 1000, deviations near .01: Σxy − n·mean² in float64 alone would lose the sixth digit of r.
        var random = new Random(4);
        var x = new float[500, 4];
        for (int s = 0; s < 500; s++)
        {
            double common = random.NextDouble();
            for (int j = 0; j < 4; j++)
            {
                x[s, j] = (float)(1000 + (0.01 * (common + random.NextDouble())));
            }
        }

        AssertSame(Sparse(x, x, 1), Oracle(x, x), 1e-7);
    }

    [Test]
    public void BetweenColumns_NoSamples_IsZero()
    {
        Assert.That(Sparse(new float[0, 3], new float[0, 2], 1), Is.EqualTo(new float[6]));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Between_CancelledToken_Stops(int threads)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        CsrView codes = Csr(Codes(new Random(6), 20, 64, 0.5));
        Assert.Multiple(() =>
        {
            Assert.That(
                () => Correlation.BetweenColumns(codes, codes, new float[64 * 64], threads, source.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(
                () => Correlation.BetweenRows(new float[64], new float[64], 1, new float[64 * 64], threads, source.Token),
                Throws.InstanceOf<OperationCanceledException>());
        });
    }

    [TestCase(8, 16, 16)]
    [TestCase(128, 70, 90)]
    [TestCase(1, 2, 3)]
    public void BetweenRows_RandomAtoms_EqualsDenseOracle(int dimension, int a, int b)
    {
        var random = new Random(dimension);
        float[,] x = Codes(random, dimension, a, 1), y = Codes(random, dimension, b, 1);
        float[] rowsX = Transposed(x), rowsY = Transposed(y), r = new float[a * b], parallel = new float[a * b];
        Correlation.BetweenRows(rowsX, rowsY, dimension, r);
        Correlation.BetweenRows(rowsX, rowsY, dimension, parallel, threads: 3);
        AssertSame(r, Oracle(x, y), 1e-7);
        Assert.That(parallel, Is.EqualTo(r));
    }

    [Test]
    public void StandardizeRows_Rows_HaveMeanZeroAndNormOneOrAreZero()
    {
        float[] rows = [1, 2, 3, 4, 5, 5, 5, 5, float.NaN, 1, 2, 3];
        Correlation.StandardizeRows(rows, 4, rows);
        Assert.Multiple(() =>
        {
            Assert.That(rows[..4].Sum(), Is.Zero.Within(1e-7));
            Assert.That(rows[..4].Sum(v => v * v), Is.EqualTo(1).Within(1e-6));
            Assert.That(rows[4..], Is.All.Zero);
        });
    }

    private static float[] Sparse(float[,] x, float[,] y, int threads)
    {
        var target = new float[x.GetLength(1) * y.GetLength(1)];
        target.AsSpan().Fill(-7);
        Correlation.BetweenColumns(Csr(x), Csr(y), target, threads);
        return target;
    }

    private static CsrView Csr(float[,] dense)
    {
        var offsets = new List<int> { 0 };
        var columns = new List<int>();
        var values = new List<float>();
        for (int s = 0; s < dense.GetLength(0); s++)
        {
            // Backwards: the order within a row must not matter.
            for (int j = dense.GetLength(1) - 1; j >= 0; j--)
            {
                if (dense[s, j] != 0)
                {
                    columns.Add(j);
                    values.Add(dense[s, j]);
                }
            }

            offsets.Add(columns.Count);
        }

        return new CsrView(dense.GetLength(0), dense.GetLength(1), offsets.ToArray(), columns.ToArray(), values.ToArray());
    }

    private static float[,] Codes(Random random, int samples, int columns, double density)
    {
        var codes = new float[samples, columns];
        for (int s = 0; s < samples; s++)
        {
            for (int j = 0; j < columns; j++)
            {
                codes[s, j] = random.NextDouble() < density ? (float)(random.NextDouble() - 0.3) : 0;
            }
        }

        return codes;
    }

    private static float[] Transposed(float[,] x)
    {
        int d = x.GetLength(0), count = x.GetLength(1);
        var rows = new float[d * count];
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < d; k++)
            {
                rows[(i * d) + k] = x[k, i];
            }
        }

        return rows;
    }

    private static double[] Oracle(float[,] x, float[,] y)
    {
        int n = x.GetLength(0), a = x.GetLength(1), b = y.GetLength(1);
        var r = new double[a * b];
        for (int i = 0; i < a; i++)
        {
            for (int j = 0; j < b; j++)
            {
                double meanX = 0, meanY = 0, xx = 0, yy = 0, xy = 0;
                for (int s = 0; s < n; s++)
                {
                    meanX += x[s, i] / (double)n;
                    meanY += y[s, j] / (double)n;
                }

                for (int s = 0; s < n; s++)
                {
                    xx += (x[s, i] - meanX) * (x[s, i] - meanX);
                    yy += (y[s, j] - meanY) * (y[s, j] - meanY);
                    xy += (x[s, i] - meanX) * (y[s, j] - meanY);
                }

                r[(i * b) + j] = xx / n < 1e-12 || yy / n < 1e-12 ? 0 : Math.Abs(xy / Math.Sqrt(xx * yy));
            }
        }

        return r;
    }

    private static void AssertSame(float[] actual, double[] expected, double tolerance)
    {
        for (int k = 0; k < expected.Length; k++)
        {
            Assert.That(actual[k], Is.EqualTo(expected[k]).Within(tolerance), $"{k}");
        }
    }
}
