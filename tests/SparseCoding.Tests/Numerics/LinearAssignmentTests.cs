using System.Text.Json;
using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>Exact assignment against enumeration, SciPy, published cases, the Exp(1) law and its own dual certificate.</summary>
public sealed class LinearAssignmentTests
{
    private static readonly (int Rows, int Columns)[] Shapes = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (1, 6), (6, 1), (2, 7), (7, 2), (3, 5), (5, 3), (6, 7), (7, 6)];

    [Test]
    public void Minimize_PublishedCases_GiveTheirTotals()
    {
        double[] first = [9, 7.6, 7.5, 7, 3.5, 8.5, 5.5, 6.5, 12.5, 9.5, 9, 10.5, 4.5, 11, 9.5, 11.5];
        double[] second = [1, 1, 1, 2, 3, 2, 4, 1, 4, 4, 2, 4, 2, 3, 3, 3];
        Assert.Multiple(() =>
        {
            Assert.That(LinearAssignment.Minimize(first, 4, 4).Total, Is.EqualTo(26.5));
            Assert.That(LinearAssignment.Minimize(second, 4, 4).Total, Is.EqualTo(6));
        });
    }

    [Test]
    public void Solve_SmallMatrices_EqualsEnumeration([Values] bool ties, [Values] bool maximize)
    {
        var random = new Random(1);
        foreach ((int rows, int columns) in Shapes)
        {
            for (int trial = 0; trial < 12; trial++)
            {
                double[] cost = Draw(random, rows * columns, ties);
                double expected = Enumerate(cost, rows, columns, maximize);
                AssignmentResult result = Solve(cost, rows, columns, maximize);
                Assert.That(result.Total, Is.EqualTo(expected).Within(1e-13), $"{rows} x {columns}, trial {trial}");
                AssertSound(cost, rows, columns, maximize, result);
            }
        }
    }

    [Test]
    public void Solve_GoldenInstances_EqualsSciPy()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(GoldenPath("assignment.json")));
        foreach (JsonElement instance in golden.RootElement.GetProperty("instances").EnumerateArray())
        {
            string name = instance.GetProperty("name").GetString()!;
            int rows = instance.GetProperty("rows").GetInt32(), columns = instance.GetProperty("columns").GetInt32();
            bool maximize = instance.GetProperty("maximize").GetBoolean();
            double[] cost = [.. instance.GetProperty("cost").EnumerateArray().Select(e => e.GetDouble())];
            float[] narrow = Array.ConvertAll(cost, c => (float)c);
            AssignmentResult full = Solve(cost, rows, columns, maximize);
            AssignmentResult single = maximize ? LinearAssignment.Maximize(narrow, rows, columns) : LinearAssignment.Minimize(narrow, rows, columns);
            Assert.That(full.Total, Is.EqualTo(instance.GetProperty("total").GetDouble()).Within(1e-12), name);
            Assert.That(single.Total, Is.EqualTo(full.Total), name);
            Assert.That(single.RowToColumn, Is.EqualTo(full.RowToColumn), name);
            JsonElement matching = instance.GetProperty("rowToColumn");
            if (matching.ValueKind != JsonValueKind.Null)
            {
                Assert.That(full.RowToColumn, Is.EqualTo(matching.EnumerateArray().Select(e => e.GetInt32())), name);
            }
        }
    }

    [TestCase(20, 3000)]
    [TestCase(100, 300)]
    public void Minimize_ExponentialCosts_MeanIsPartialSumOfInverseSquares(int n, int trials)
    {
        // E[total] = sum 1/i² exactly (Linusson and Wästlund; Nair, Prabhakar and Sharma); the variance is near (4ζ(2) − 4ζ(3))/n.
        var random = new Random(5);
        var cost = new double[n * n];
        double sum = 0, expected = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            for (int k = 0; k < cost.Length; k++)
            {
                cost[k] = -Math.Log(1 - random.NextDouble());
            }

            sum += LinearAssignment.Minimize(cost, n, n).Total;
        }

        for (int i = 1; i <= n; i++)
        {
            expected += 1.0 / i / i;
        }

        Assert.That(sum / trials, Is.EqualTo(expected).Within(3.5 * Math.Sqrt(1.772 / n / trials)));
    }

    [TestCase(120, 120)]
    [TestCase(60, 150)]
    [TestCase(150, 60)]
    [TestCase(8, 300)]
    public void Solve_LargerMatrices_CarryAValidCertificate(int rows, int columns)
    {
        var random = new Random(6);
        for (int trial = 0; trial < 4; trial++)
        {
            foreach (bool maximize in new[] { false, true })
            {
                double[] smooth = Draw(random, rows * columns, ties: false), tied = Draw(random, rows * columns, ties: true);
                AssertSound(smooth, rows, columns, maximize, Solve(smooth, rows, columns, maximize));
                AssertSound(tied, rows, columns, maximize, Solve(tied, rows, columns, maximize));
            }
        }
    }

    /// <summary>
    /// Sizes at which the searches run on the core of the problem. Half constant rows fill the lists at once, products of ranks during a search; shares of .01 make rows whose list is nearly all ties.
    /// </summary>
    [TestCase(700, 700)]
    [TestCase(560, 720)]
    [TestCase(720, 560)]
    public void Solve_SizesOfTheCore_CarryAValidCertificate(int rows, int columns)
    {
        var random = new Random(61);
        double[] uniform = Draw(random, rows * columns, ties: false), tied = Draw(random, rows * columns, ties: true), half = [.. uniform], ranks = [.. uniform], rare = [.. uniform];
        for (int k = 0; k < uniform.Length; k++)
        {
            (int i, int j) = (k / columns, k % columns);
            half[k] = i % 2 == 0 ? 0.25 : half[k];
            ranks[k] = (i + 1.0) * (j + 1.0) / columns;
            rare[k] = rare[k] < -0.29 ? 0 : 1;
        }

        foreach (double[] cost in (double[][])[uniform, tied, half, ranks, rare])
        {
            AssertSound(cost, rows, columns, maximize: false, Solve(cost, rows, columns, maximize: false));
        }

        AssertSound(uniform, rows, columns, maximize: true, Solve(uniform, rows, columns, maximize: true));
    }

    /// <summary>Whole rows are looked at a few times only, although a search passes dozens: without the core this takes 13 scans a row at 1024 and 31 at 4096 hard cosines.</summary>
    [Test]
    public void Minimize_LargeRandomMatrix_LooksAtFewWholeRows()
    {
        const int N = 1024;
        double[] cost = Draw(new Random(62), N * N, ties: false);
        AssignmentResult result = LinearAssignment.Minimize(cost, N, N);
        AssertSound(cost, N, N, maximize: false, result);
        Assert.That((double)result.RowScans / N, Is.LessThan(10));
    }

    [Test]
    public void Minimize_StructuredHardMatrices_AreCertified()
    {
        // Products of ranks are the classic slow case of augmenting row reduction; a constant matrix and 0/1 blocks are all ties.
        const int N = 150;
        var product = new double[N * N];
        var constant = new double[N * N];
        var blocks = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                product[(i * N) + j] = (i + 1.0) * (j + 1.0);
                constant[(i * N) + j] = 0.1f;
                blocks[(i * N) + j] = i / 10 == (j + 7) % N / 10 ? 0 : 1;
            }
        }

        AssignmentResult ranks = LinearAssignment.Minimize(product, N, N);
        AssertSound(product, N, N, false, ranks);
        Assert.Multiple(() =>
        {
            // The rearrangement inequality: the least sum of products pairs the ranks in opposite order.
            Assert.That(ranks.RowToColumn, Is.EqualTo(Enumerable.Range(0, N).Reverse()));
            Assert.That(LinearAssignment.Maximize(product, N, N).RowToColumn, Is.EqualTo(Enumerable.Range(0, N)));
            Assert.That(LinearAssignment.Minimize(constant, N, N).Total, Is.EqualTo(N * (double)0.1f).Within(1e-10));
            Assert.That(LinearAssignment.Minimize(blocks, N, N).Total, Is.Zero);
        });
    }

    [TestCase(1e-30)]
    [TestCase(1e-300)]
    [TestCase(1e30)]
    [TestCase(1e299)]
    public void Solve_ScaledCosts_GiveTheSameMatching(double scale)
    {
        const int N = 40;
        double[] cost = Draw(new Random(7), N * N, ties: false);
        double[] scaled = Array.ConvertAll(cost, c => c * scale);
        AssignmentResult plain = LinearAssignment.Minimize(cost, N, N), other = LinearAssignment.Minimize(scaled, N, N);
        Assert.Multiple(() =>
        {
            Assert.That(other.RowToColumn, Is.EqualTo(plain.RowToColumn));
            Assert.That(other.IsCertified);
        });
        if (scale is > 1e-40 and < 1e38)
        {
            float[] narrow = Array.ConvertAll(scaled, c => (float)c);
            Assert.That(LinearAssignment.Minimize(narrow, N, N).RowToColumn, Is.EqualTo(plain.RowToColumn));
        }
    }

    [Test]
    public void Solve_PermutedAndShiftedCosts_MoveTheMatchingAlong()
    {
        const int Rows = 30, Columns = 45;
        var random = new Random(8);
        double[] cost = Draw(random, Rows * Columns, ties: false);
        int[] rowOrder = [.. Enumerable.Range(0, Rows)], columnOrder = [.. Enumerable.Range(0, Columns)];
        random.Shuffle(rowOrder);
        random.Shuffle(columnOrder);
        var moved = new double[cost.Length];
        var shifts = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            shifts[i] = random.Next(-5, 6);
            for (int j = 0; j < Columns; j++)
            {
                moved[(i * Columns) + j] = cost[(rowOrder[i] * Columns) + columnOrder[j]] + shifts[i];
            }
        }

        int[] before = LinearAssignment.Minimize(cost, Rows, Columns).RowToColumn, after = LinearAssignment.Minimize(moved, Rows, Columns).RowToColumn;
        Assert.That(after.Select(j => columnOrder[j]), Is.EqualTo(rowOrder.Select(i => before[i])));
    }

    [Test]
    public void Maximize_Correlations_LiesBetweenGreedyAndMeanMax()
    {
        const int N = 80;
        var random = new Random(9);
        float[] weights = Array.ConvertAll(Draw(random, N * N, ties: false), c => (float)Math.Abs(c));
        AssignmentResult exact = LinearAssignment.Maximize(weights, N, N), greedy = GreedyAssignment.Maximize(weights, N, N);
        double rowMax = 0, columnMax = 0;
        for (int i = 0; i < N; i++)
        {
            rowMax += Enumerable.Range(0, N).Max(j => weights[(i * N) + j]);
            columnMax += Enumerable.Range(0, N).Max(j => weights[(j * N) + i]);
        }

        Assert.Multiple(() =>
        {
            Assert.That(greedy.Total, Is.LessThan(exact.Total));
            Assert.That(greedy.Total, Is.GreaterThanOrEqualTo(exact.Total / 2));
            Assert.That(exact.Total, Is.LessThanOrEqualTo(Math.Min(rowMax, columnMax)));
        });
    }

    [Test]
    public void Solve_EmptyMatrices_MatchNothing()
    {
        foreach ((int rows, int columns) in new[] { (0, 0), (0, 5), (5, 0) })
        {
            AssignmentResult result = LinearAssignment.Minimize(ReadOnlySpan<float>.Empty, rows, columns);
            Assert.Multiple(() =>
            {
                Assert.That(result.RowToColumn, Is.EqualTo(Enumerable.Repeat(-1, rows)));
                Assert.That(result.ColumnToRow, Is.EqualTo(Enumerable.Repeat(-1, columns)));
                Assert.That((result.Total, result.Count, result.IsCertified), Is.EqualTo((0.0, 0, true)));
            });
        }
    }

    [Test]
    public void Solve_SeparateRows_EqualsFlat()
    {
        double[] cost = Draw(new Random(10), 20 * 33, ties: true);
        double[][] rows = [.. cost.Chunk(33)];
        AssignmentResult flat = LinearAssignment.Maximize(cost, 20, 33), jagged = LinearAssignment.Maximize(rows);
        Assert.Multiple(() =>
        {
            Assert.That(jagged.RowToColumn, Is.EqualTo(flat.RowToColumn));
            Assert.That(jagged.Total, Is.EqualTo(flat.Total));
            Assert.That(() => LinearAssignment.Minimize(new double[][] { [1, 2], [1] }), Throws.ArgumentException.With.Message.Contains("Row 1"));
        });
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void Solve_NonFiniteCost_IsRefusedByPlace(float bad)
    {
        var cost = new float[12 * 13];
        cost[(7 * 13) + 11] = bad;
        double[] wide = Array.ConvertAll(cost, c => (double)c);
        Assert.Multiple(() =>
        {
            Assert.That(() => LinearAssignment.Minimize(cost, 12, 13), Throws.ArgumentException.With.Message.Contains("row 7, column 11"));
            Assert.That(() => LinearAssignment.Maximize(wide, 12, 13), Throws.ArgumentException.With.Message.Contains("row 7, column 11"));
            Assert.That(() => GreedyAssignment.Maximize(cost, 12, 13), Throws.ArgumentException.With.Message.Contains("row 7, column 11"));
            Assert.That(() => LinearAssignment.Minimize(cost, 13, 13), Throws.ArgumentException.With.Message.Contains("13 x 13"));
            Assert.That(() => LinearAssignment.Minimize(cost, -12, -13), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Solve_CancelledToken_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.That(() => LinearAssignment.Minimize(new float[9], 3, 3, source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static AssignmentResult Solve(double[] cost, int rows, int columns, bool maximize) =>
        maximize ? LinearAssignment.Maximize(cost, rows, columns) : LinearAssignment.Minimize(cost, rows, columns);

    /// <summary>The matching is one, and the duals prove it: checked here from the definition, apart from the solver's own flag.</summary>
    private static void AssertSound(double[] cost, int rows, int columns, bool maximize, AssignmentResult result)
    {
        const double Tolerance = 1e-11;
        int sign = maximize ? -1 : 1;
        double total = 0, violation = 0, slack = 0, unmatched = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double reduced = sign * (cost[(i * columns) + j] - result.RowDuals[i] - result.ColumnDuals[j]);
                violation = Math.Max(violation, -reduced);
                if (result.RowToColumn[i] == j)
                {
                    slack = Math.Max(slack, Math.Abs(reduced));
                    total += cost[(i * columns) + j];
                    Assert.That(result.ColumnToRow[j], Is.EqualTo(i));
                }
            }

            unmatched = Math.Max(unmatched, result.RowToColumn[i] < 0 ? Math.Abs(result.RowDuals[i]) : 0);
        }

        for (int j = 0; j < columns; j++)
        {
            unmatched = Math.Max(unmatched, result.ColumnToRow[j] < 0 ? Math.Abs(result.ColumnDuals[j]) : 0);
        }

        Assert.Multiple(() =>
        {
            Assert.That(result.RowToColumn.Count(j => j >= 0), Is.EqualTo(Math.Min(rows, columns)));
            Assert.That(result.Total, Is.EqualTo(total).Within(Tolerance * Math.Max(1, Math.Abs(total))));
            Assert.That(violation, Is.LessThanOrEqualTo(Tolerance));
            Assert.That(slack, Is.LessThanOrEqualTo(Tolerance));
            Assert.That(unmatched, Is.Zero);
            Assert.That(rows < columns ? result.ColumnDuals.Max(v => sign * v) : rows > columns ? result.RowDuals.Max(u => sign * u) : 0, Is.LessThanOrEqualTo(0));
            Assert.That(result.Total, Is.EqualTo(result.RowDuals.Sum() + result.ColumnDuals.Sum()).Within(Tolerance * Math.Max(1, Math.Abs(total))));
            Assert.That(result.IsCertified);
            Assert.That(result.DualityGap, Is.GreaterThanOrEqualTo(0).And.LessThan(Tolerance));
        });
    }

    /// <summary>Best total over all injections of the shorter side, by recursion.</summary>
    private static double Enumerate(double[] cost, int rows, int columns, bool maximize)
    {
        int sign = maximize ? -1 : 1, count = Math.Min(rows, columns), others = Math.Max(rows, columns);
        double best = double.PositiveInfinity;
        Place(0, 0, 0);
        return sign * best;

        void Place(int k, int used, double sum)
        {
            if (k == count)
            {
                best = Math.Min(best, sum);
                return;
            }

            for (int m = 0; m < others; m++)
            {
                if ((used & (1 << m)) == 0)
                {
                    Place(k + 1, used | (1 << m), sum + (sign * (rows <= columns ? cost[(k * columns) + m] : cost[(m * columns) + k])));
                }
            }
        }
    }

    private static double[] Draw(Random random, int count, bool ties)
    {
        var values = new double[count];
        for (int k = 0; k < count; k++)
        {
            values[k] = ties ? random.Next(-3, 4) : random.NextDouble() - 0.3;
        }

        return values;
    }

    private static string GoldenPath(string file)
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "tests", "Golden", file);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"tests/Golden/{file} is not above the test assembly.");
    }
}
