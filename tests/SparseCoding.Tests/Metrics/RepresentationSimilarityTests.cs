namespace SparseCoding.Tests;

/// <summary>Similarity of representations: invariances, hand values, chance.</summary>
[TestFixture]
internal sealed class RepresentationSimilarityTests
{
    private const int Rows = 200;

    /// <summary>A rotation with a factor and a shift: CKA, SVCCA and the linear map see no difference; relative representations see the shift alone.</summary>
    [Test]
    public void All_OfARotation_AreOne()
    {
        float[,] x = Normal(Rows, 5, 1), turned = new float[Rows, 5], moved = new float[Rows, 5];
        for (int row = 0; row < Rows; row++)
        {
            // Two plane rotations, a swap and a sign.
            float[] v = [.. Enumerable.Range(0, 5).Select(j => x[row, j])];
            (v[0], v[1]) = ((0.6f * v[0]) - (0.8f * v[1]), (0.8f * v[0]) + (0.6f * v[1]));
            (v[1], v[2]) = ((0.28f * v[1]) - (0.96f * v[2]), (0.96f * v[1]) + (0.28f * v[2]));
            (v[3], v[4]) = (v[4], -v[3]);
            for (int j = 0; j < 5; j++)
            {
                turned[row, j] = 3 * v[j];
                moved[row, j] = (3 * v[j]) + j - 1;
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(RepresentationSimilarity.LinearCka(x, moved), Is.EqualTo(1).Within(1e-6));
            Assert.That(RepresentationSimilarity.Svcca(x, moved), Is.EqualTo(1).Within(1e-6));
            Assert.That(RepresentationSimilarity.Svcca(x, moved, 2), Is.LessThan(1.0000001));
            Assert.That(RepresentationSimilarity.LinearMapR2(x, moved), Is.EqualTo(1).Within(1e-6));
            Assert.That(RepresentationSimilarity.RelativeRepresentation(x, turned, 20), Is.EqualTo(1).Within(1e-5));
            Assert.That(RepresentationSimilarity.RelativeRepresentation(x, moved, 20), Is.LessThan(0.99));
        });
    }

    /// <summary>One coordinate against one: CKA is r², SVCCA |r|, R² r².</summary>
    [Test]
    public void All_OfOneCoordinate_AreTheCorrelation()
    {
        float[,] x = Normal(Rows, 1, 2), noise = Normal(Rows, 1, 3), y = new float[Rows, 1];
        for (int row = 0; row < Rows; row++)
        {
            y[row, 0] = 4 - x[row, 0] + (0.7f * noise[row, 0]);
        }

        double mx = x.Cast<float>().Average(v => (double)v), my = y.Cast<float>().Average(v => (double)v), cross = 0, a = 0, b = 0;
        for (int row = 0; row < Rows; row++)
        {
            (cross, a, b) = (cross + ((x[row, 0] - mx) * (y[row, 0] - my)), a + Math.Pow(x[row, 0] - mx, 2), b + Math.Pow(y[row, 0] - my, 2));
        }

        double r = cross / Math.Sqrt(a * b);
        Assert.That(r, Is.LessThan(-0.5));
        Assert.That(RepresentationSimilarity.LinearCka(x, y), Is.EqualTo(r * r).Within(1e-9));
        Assert.That(RepresentationSimilarity.Svcca(x, y), Is.EqualTo(-r).Within(1e-9));
        Assert.That(RepresentationSimilarity.LinearMapR2(x, y), Is.EqualTo(r * r).Within(1e-9));
    }

    /// <summary>A part of the coordinates explains its share of the variance, and is explained wholly; R² is not symmetric.</summary>
    [Test]
    public void LinearMapR2_OfAPart_IsItsShare()
    {
        float[,] x = Normal(4000, 4, 4), part = new float[4000, 1];
        for (int row = 0; row < 4000; row++)
        {
            part[row, 0] = x[row, 2];
        }

        Assert.That(RepresentationSimilarity.LinearMapR2(x, part), Is.EqualTo(1).Within(1e-6));
        Assert.That(RepresentationSimilarity.LinearMapR2(part, x), Is.EqualTo(0.25).Within(0.03));
        Assert.That(RepresentationSimilarity.LinearCka(Normal(4000, 4, 5), x), Is.LessThan(0.01), "unrelated");
    }

    [Test]
    public void All_ConstantOrBadInput_AreNamed()
    {
        float[,] x = Normal(10, 2, 6);
        var constant = new float[10, 2];
        Assert.Multiple(() =>
        {
            Assert.That(RepresentationSimilarity.LinearCka(x, constant), Is.NaN);
            Assert.That(RepresentationSimilarity.Svcca(x, constant), Is.NaN);
            Assert.That(RepresentationSimilarity.LinearMapR2(x, constant), Is.NaN);
            Assert.That(RepresentationSimilarity.LinearMapR2(constant, x), Is.Zero);
            Assert.That(RepresentationSimilarity.RelativeRepresentation(x, constant, 3), Is.Zero);
            Assert.That(() => RepresentationSimilarity.LinearCka(x, new float[9, 2]), Throws.ArgumentException.With.Message.Contains("same samples"));
            Assert.That(() => RepresentationSimilarity.RelativeRepresentation(x, x, 10), Throws.ArgumentException.With.Message.Contains("anchors"));
            Assert.That(() => RepresentationSimilarity.Svcca(x, x, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    private static float[,] Normal(int rows, int dimension, int seed)
    {
        var matrix = new float[rows, dimension];
        Buffer.BlockCopy(TestMatrices.Normal<float>(rows, dimension, seed), 0, matrix, 0, sizeof(float) * rows * dimension);
        return matrix;
    }
}
