using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>The vector passes against the scalar specification beside them, bit for bit, at every length up to 256 and with ties.</summary>
public sealed class AssignmentScanTests
{
    private const int Guard = 9;
    private const double Sentinel = -12345.5;

    [Test]
    public void Two_EveryLength_EqualsScalar([Values] bool negate, [Values] bool ties)
    {
        var random = new Random(11);
        for (int n = 0; n <= 256; n++)
        {
            double[] row = Row(random, n, ties), prices = Row(random, n, ties);
            for (int j = 0; j < n; j += 7)
            {
                prices[j] = double.NegativeInfinity;
            }

            float[] narrow = Array.ConvertAll(row, c => (float)c);
            var none = new TwoLeast(double.PositiveInfinity, 0, double.PositiveInfinity);
            Assert.That(AssignmentScan.Two<double>(row, negate, prices), Is.EqualTo(AssignmentScan.TwoScalar<double>(row, negate, prices, 0, none)), $"double, {n}");
            Assert.That(AssignmentScan.Two<float>(narrow, negate, prices), Is.EqualTo(AssignmentScan.TwoScalar<float>(narrow, negate, prices, 0, none)), $"float, {n}");
        }
    }

    [Test]
    public void Relax_EveryLength_EqualsScalarAndStaysInside([Values] bool negate, [Values] bool ties)
    {
        var random = new Random(12);
        for (int n = 0; n <= 256; n++)
        {
            double[] row = Row(random, n, ties), prices = Row(random, n, ties), start = Row(random, n, ties);
            for (int j = 0; j < n; j += 5)
            {
                (prices[j], start[j]) = (double.NegativeInfinity, double.PositiveInfinity);
            }

            double[] d1 = Guarded(start), d2 = Guarded(start);
            long[] p1 = new long[n + (2 * Guard)], p2 = new long[n + (2 * Guard)];
            double least1 = AssignmentScan.Relax<double>(row, negate, prices, 0.25, 77, d1.AsSpan(Guard, n), p1.AsSpan(Guard, n), out int index1);
            int index2 = 0;
            double least2 = AssignmentScan.RelaxScalar<double>(
                row, negate, prices, 0.25, 77, d2.AsSpan(Guard, n), p2.AsSpan(Guard, n), 0, double.PositiveInfinity, ref index2);
            Assert.Multiple(() =>
            {
                Assert.That((least1, index1), Is.EqualTo((least2, index2)), $"{n}");
                Assert.That(d1, Is.EqualTo(d2), $"{n}");
                Assert.That(p1, Is.EqualTo(p2), $"{n}");
                Assert.That(d1[..Guard].Concat(d1[(Guard + n)..]), Is.All.EqualTo(Sentinel));
            });
        }
    }

    [Test]
    public void ColumnLeast_EveryLength_EqualsScalarAndStaysInside([Values] bool negate)
    {
        var random = new Random(13);
        for (int n = 0; n <= 256; n++)
        {
            double[] start = Row(random, n, ties: true);
            double[] l1 = Guarded(start), l2 = Guarded(start);
            long[] r1 = new long[n + (2 * Guard)], r2 = new long[n + (2 * Guard)];
            for (int i = 1; i <= 3; i++)
            {
                float[] row = Array.ConvertAll(Row(random, n, ties: true), c => (float)c);
                AssignmentScan.ColumnLeast<float>(row, negate, i, l1.AsSpan(Guard, n), r1.AsSpan(Guard, n));
                AssignmentScan.ColumnLeastScalar<float>(row, negate, i, l2.AsSpan(Guard, n), r2.AsSpan(Guard, n), 0);
            }

            Assert.Multiple(() =>
            {
                Assert.That(l1, Is.EqualTo(l2), $"{n}");
                Assert.That(r1, Is.EqualTo(r2), $"{n}");
            });
        }
    }

    [Test]
    public void AtMost_EveryLength_EqualsScalar([Values] bool negate)
    {
        var random = new Random(14);
        for (int n = 0; n <= 256; n++)
        {
            double[] row = Row(random, n, ties: true), prices = Row(random, n, ties: true);
            float[] narrow = Array.ConvertAll(row, c => (float)c);
            int[] found = new int[n], expected = new int[n];
            foreach (double limit in (double[])[-1, 0, double.PositiveInfinity])
            {
                int count = AssignmentScan.AtMost<double>(row, negate, prices, limit, found), wanted = AssignmentScan.AtMostScalar<double>(row, negate, prices, limit, expected, 0, 0);
                Assert.That(found[..count], Is.EqualTo(expected[..wanted]), $"double, {n}");
                Assert.That(found[..AssignmentScan.AtMost<float>(narrow, negate, prices, limit, found)], Is.EqualTo(expected[..wanted]), $"float, {n}");
                Assert.That(double.IsPositiveInfinity(limit) ? n : count, Is.EqualTo(count), "no limit keeps all");
            }
        }
    }

    private static double[] Row(Random random, int n, bool ties)
    {
        var row = new double[n];
        for (int j = 0; j < n; j++)
        {
            row[j] = ties ? random.Next(-2, 3) : random.NextDouble() - 0.5;
        }

        return row;
    }

    private static double[] Guarded(double[] values)
    {
        var padded = new double[values.Length + (2 * Guard)];
        padded.AsSpan().Fill(Sentinel);
        values.CopyTo(padded, Guard);
        return padded;
    }
}
