using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class BlockedCholeskyTests
{
    [TestCase(1, 1)]
    [TestCase(2, 5)]
    [TestCase(63, 3)]
    [TestCase(64, 7)]
    [TestCase(65, 1)]
    [TestCase(128, 20)]
    [TestCase(200, 33)]
    public void Solve_PositiveDefinite_LeavesNoResidual(int n, int columns)
    {
        double[] matrix = Definite(n), right = Draw(new Random(n), n * columns), solution = [.. right], factor = [.. matrix];
        for (int i = 0; i < n; i++)
        {
            // The upper triangle must neither be read nor written.
            factor.AsSpan((i * n) + i + 1, n - i - 1).Fill(double.NaN);
        }

        Assert.That(BlockedCholesky.TryFactor(factor, n, 1), Is.True);
        BlockedCholesky.Solve(factor, n, solution, columns, 1);
        double worst = 0;
        for (int i = 0; i < n; i++)
        {
            Assert.That(factor.AsSpan((i * n) + i + 1, n - i - 1).ToArray(), Is.All.NaN);
            for (int c = 0; c < columns; c++)
            {
                double sum = -right[(i * columns) + c];
                for (int j = 0; j < n; j++)
                {
                    sum += matrix[(i * n) + j] * solution[(j * columns) + c];
                }

                worst = Math.Max(worst, Math.Abs(sum));
            }
        }

        Assert.That(worst, Is.LessThan(1e-11));
    }

    [Test]
    public void TryFactor_AnyNumberOfThreads_SameBits()
    {
        double[] one = Definite(300), two = [.. one];
        Assert.That(BlockedCholesky.TryFactor(one, 300, 1) && BlockedCholesky.TryFactor(two, 300, 4), Is.True);
        Assert.That(two, Is.EqualTo(one));
    }

    [TestCase(5, 3)]
    [TestCase(150, 70)]
    [TestCase(150, 149)]
    public void TryFactor_PivotThatIsNotPositive_IsRefused(int n, int at)
    {
        foreach (double bad in (double[])[-1, double.NaN])
        {
            double[] matrix = Definite(n);
            matrix[(at * n) + at] = bad;
            Assert.That(BlockedCholesky.TryFactor(matrix, n, 1), Is.False, $"{bad}");
        }
    }

    /// <summary>B Bᵀ/n + I of random B.</summary>
    private static double[] Definite(int n)
    {
        double[] b = Draw(new Random(n + 1), n * n), matrix = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = i == j ? n : 0;
                for (int k = 0; k < n; k++)
                {
                    sum += b[(i * n) + k] * b[(j * n) + k];
                }

                matrix[(i * n) + j] = sum / n;
            }
        }

        return matrix;
    }

    private static double[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
}
