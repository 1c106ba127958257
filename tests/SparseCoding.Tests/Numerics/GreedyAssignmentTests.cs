using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>The greedy matching against its definition: repeated global maxima of the whole matrix.</summary>
public sealed class GreedyAssignmentTests
{
    [TestCase(1, 1)]
    [TestCase(9, 9)]
    [TestCase(40, 40)]
    [TestCase(12, 30)]
    [TestCase(30, 12)]
    [TestCase(1, 20)]
    [TestCase(20, 1)]
    public void Maximize_RandomAndTied_EqualsDefinition(int rows, int columns)
    {
        var random = new Random(3);
        for (int trial = 0; trial < 20; trial++)
        {
            var weights = new double[rows * columns];
            for (int k = 0; k < weights.Length; k++)
            {
                weights[k] = trial % 2 == 0 ? random.NextDouble() - 0.5 : random.Next(-1, 3);
            }

            AssignmentResult result = GreedyAssignment.Maximize(weights, rows, columns);
            int[] expected = Definition(weights, rows, columns, out double total);
            float[] narrow = Array.ConvertAll(weights, w => (float)w);
            Assert.Multiple(() =>
            {
                Assert.That(result.RowToColumn, Is.EqualTo(expected));
                Assert.That(result.Total, Is.EqualTo(total).Within(1e-12));
                Assert.That(GreedyAssignment.Maximize(narrow, rows, columns).RowToColumn, Is.EqualTo(expected));
                Assert.That(result.IsCertified, Is.False);
            });
        }
    }

    [Test]
    public void Maximize_RowsThatRankAlike_EqualsDefinition()
    {
        // The worst case of the lazy refresh: every row wants the same column at every step.
        const int N = 60;
        var weights = new double[N * N];
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = N - (k % N);
        }

        Assert.That(GreedyAssignment.Maximize(weights, N, N).RowToColumn, Is.EqualTo(Enumerable.Range(0, N)));
    }

    [Test]
    public void Maximize_EmptyMatrices_MatchNothing()
    {
        Assert.Multiple(() =>
        {
            Assert.That(GreedyAssignment.Maximize(ReadOnlySpan<float>.Empty, 0, 4).Total, Is.Zero);
            Assert.That(GreedyAssignment.Maximize(ReadOnlySpan<float>.Empty, 4, 0).RowToColumn, Is.All.EqualTo(-1));
        });
    }

    private static int[] Definition(double[] weights, int rows, int columns, out double total)
    {
        int[] result = [.. Enumerable.Repeat(-1, rows)];
        var gone = new bool[columns];
        total = 0;
        for (int pair = 0; pair < Math.Min(rows, columns); pair++)
        {
            int row = -1, column = -1;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    if (result[i] < 0 && !gone[j] && (row < 0 || weights[(i * columns) + j] > weights[(row * columns) + column]))
                    {
                        (row, column) = (i, j);
                    }
                }
            }

            result[row] = column;
            gone[column] = true;
            total += weights[(row * columns) + column];
        }

        return result;
    }
}
