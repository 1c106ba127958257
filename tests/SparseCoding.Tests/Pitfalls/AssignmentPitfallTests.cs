using SparseCoding.Numerics;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>Where assignment solvers of other libraries went wrong (docs/concepts/pitfalls.md), with the naive form beside this library's.</summary>
[TestFixture]
internal sealed class AssignmentPitfallTests
{
    [Test]
    public void RowReductionInFloat_PriceThatRoundingSwallows_NaiveGoesRoundForEver()
    {
        // Rows 0 and 1 both want column 0 by half a unit, which its price of 2^24 cannot express in float: each takes it from the other.
        const float High = 16777216;
        float[] cost = [High, 0.5f, 1e6f, High, 0.5f, 1e6f, 2 * High, 0, 0];
        Assert.That(NaiveRowReduction(cost, 3, limit: 10_000), Is.EqualTo(10_000), "the limit");
        AssignmentResult result = LinearAssignment.Minimize(cost, 3, 3);
        Assert.That(result.Total, Is.EqualTo(High + 0.5));
        Assert.That(result.IsCertified);
    }

    [Test]
    public void RowsTimesColumnsInInt32_NaiveCheckPassesAnEmptyMatrix()
    {
        (int rows, int side) = (65536, 46341);
        Assert.That(unchecked(rows * rows), Is.Zero, "the naive length");
        Assert.That(unchecked(side * side), Is.Negative);
        Assert.That(() => LinearAssignment.Minimize(ReadOnlySpan<float>.Empty, rows, rows), Throws.ArgumentException.With.Message.Contains("4294967296 elements"));
    }

    [Test]
    public void NotANumberAmongCosts_NaiveMatchesNothing()
    {
        double[] cost = [1, 2, 3, double.NaN, double.NaN, double.NaN, 3, 1, 2];
        Assert.That(NaiveLeast(cost.AsSpan(3, 3)), Is.EqualTo(-1), "no comparison with NaN is true, so the row has no least entry and the search no next column");
        Assert.That(() => LinearAssignment.Minimize(cost, 3, 3), Throws.ArgumentException.With.Message.Contains("row 1, column 0"));
    }

    [Test]
    public void PaddingWithAHugeCost_NaiveLosesTheDifferences()
    {
        // 2 x 4 padded to 4 x 4 with 1e20: totals of 1e20 and more cannot tell 1 from 4, so the first matching counts as the best.
        double[] cost = [4, 1, 9, 9, 1, 4, 9, 9];
        double[] padded = [.. cost, .. Enumerable.Repeat(1e20, 8)];
        double Total(int[] order) => order.Select((column, row) => padded[(4 * row) + column]).Sum();
        int[][] matchings = [[0, 1, 2, 3], [1, 0, 2, 3]];
        int[] naive = matchings.MinBy(Total)!;
        Assert.That(naive, Is.EqualTo(new[] { 0, 1, 2, 3 }), "8, as good as 2 by its sums");
        Assert.That(LinearAssignment.Minimize(cost, 2, 4).Total, Is.EqualTo(2));
    }

    [Test]
    public void AbsoluteTolerance_TinyCosts_NaiveTakesEveryEntryForZero()
    {
        var random = new Random(2);
        double[] cost = [.. Enumerable.Range(0, 64).Select(_ => 1e-12 * random.NextDouble())];
        double naive = 0;
        for (int i = 0; i < 8; i++)
        {
            // After its row's minimum is taken off, an entry below 1e-9 is a zero of the Hungarian method: the diagonal is a perfect matching of zeros.
            Assert.That(cost[(9 * i)] - cost.AsSpan(8 * i, 8).ToArray().Min(), Is.LessThan(1e-9));
            naive += cost[9 * i];
        }

        AssignmentResult result = LinearAssignment.Minimize(cost, 8, 8);
        Assert.That(result.IsCertified);
        Assert.That(naive, Is.GreaterThan(2 * result.Total));
    }

    private static int NaiveLeast(ReadOnlySpan<double> reduced)
    {
        (double least, int index) = (double.PositiveInfinity, -1);
        for (int j = 0; j < reduced.Length; j++)
        {
            (least, index) = reduced[j] < least ? (reduced[j], j) : (least, index);
        }

        return index;
    }

    /// <summary>Augmenting row reduction (Jonker and Volgenant 1987) in float: a free row takes its cheapest column and its owner is next. Gives the steps until no row is free, at most the limit.</summary>
    private static int NaiveRowReduction(float[] cost, int n, int limit)
    {
        var price = new float[n];
        for (int j = 0; j < n; j++)
        {
            price[j] = Enumerable.Range(0, n).Min(i => cost[(i * n) + j]);
        }

        var owner = Enumerable.Repeat(-1, n).ToArray();
        var free = new Stack<int>(Enumerable.Range(0, n).Reverse());
        int steps = 0;
        while (free.Count > 0 && steps < limit)
        {
            steps++;
            int row = free.Pop(), best = -1;
            (float least, float second) = (float.PositiveInfinity, float.PositiveInfinity);
            for (int j = 0; j < n; j++)
            {
                float reduced = cost[(row * n) + j] - price[j];
                if (reduced < least)
                {
                    (second, least, best) = (least, reduced, j);
                }
                else
                {
                    second = Math.Min(second, reduced);
                }
            }

            price[best] -= second - least;
            if (least < second && owner[best] >= 0)
            {
                free.Push(owner[best]);
            }
            else if (owner[best] >= 0)
            {
                continue;
            }

            owner[best] = row;
        }

        return steps;
    }
}
