using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class ElementwiseTests
{
    private static readonly float[] Special =
        [0f, -0f, 1f, -1f, 0.5f, -0.5f, float.Epsilon, -float.Epsilon, 3e38f, -3e38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    private delegate void Unary(ReadOnlySpan<float> x, Span<float> output);

    private static readonly (string Name, Unary Run, Func<float, float> Oracle)[] Maps =
    [
        ("relu", Activation.Relu, v => float.IsNaN(v) ? v : v > 0 ? v : 0f),
        ("soft", (x, y) => Activation.SoftThreshold(x, 0.5f, y), v => float.IsNaN(v) ? v : MathF.Abs(v) <= 0.5f ? 0f : v - MathF.CopySign(0.5f, v)),
        ("soft non-negative", (x, y) => Activation.SoftThresholdNonNegative(x, 0.5f, y), v => float.IsNaN(v) ? v : v <= 0.5f ? 0f : v - 0.5f),
    ];

    [Test]
    public void Activation_AllLengthsOnGuardPages_EqualsOracleBitForBit()
    {
        using var input = new GuardedMemory<float>(256);
        using var output = new GuardedMemory<float>(256);
        for (int n = 0; n <= 256; n++)
        {
            float[] x = Values(n);
            foreach ((string name, Unary run, Func<float, float> oracle) in Maps)
            {
                int[] expected = [.. x.Select(v => BitConverter.SingleToInt32Bits(oracle(v)))];
                Span<float> end = output.AtEnd(n);
                run(input.AtEnd(x), end);
                Assert.That(Bits(end), Is.EqualTo(expected), $"{name}, n = {n}, end");
                Span<float> inPlace = output.AtStart(x);
                run(inPlace, inPlace);
                Assert.That(Bits(inPlace), Is.EqualTo(expected), $"{name}, n = {n}, in place");
            }
        }
    }

    [Test]
    public void ReluMask_AllLengthsOnGuardPages_PassesTheGradientWhereActive()
    {
        using var pre = new GuardedMemory<float>(256);
        using var gradient = new GuardedMemory<float>(256);
        using var output = new GuardedMemory<float>(256);
        for (int n = 0; n <= 256; n++)
        {
            float[] x = Values(n), g = [.. Enumerable.Range(1, n).Select(i => (float)i)];
            float[] expected = [.. x.Select((v, i) => v > 0 ? g[i] : 0f)];
            Span<float> end = output.AtEnd(n), start = output.AtStart(n);
            Activation.ReluMask(pre.AtEnd(x), gradient.AtEnd(g), end);
            Assert.That(end.ToArray(), Is.EqualTo(expected), $"n = {n}");
            start = output.AtStart(n);
            Activation.ReluMask(pre.AtStart(x), gradient.AtStart(g), start);
            Assert.That(start.ToArray(), Is.EqualTo(expected), $"n = {n}");
        }
    }

    [Test]
    public void Reduction_AllLengthsOnGuardPages_EqualsDecimalSums()
    {
        using var left = new GuardedMemory<float>(256);
        using var right = new GuardedMemory<float>(256);
        var random = new Random(1);
        for (int n = 0; n <= 256; n++)
        {
            float[] x = Normal(random, n), y = Normal(random, n);
            for (int side = 0; side < 2; side++)
            {
                ReadOnlySpan<float> a = side == 0 ? left.AtEnd(x) : left.AtStart(x), b = side == 0 ? right.AtEnd(y) : right.AtStart(y);
                Assert.That(Reduction.Sum(a), Is.EqualTo(x.Sum(v => (double)v)).Within(1e-12));
                Assert.That(Reduction.SumAbs(a), Is.EqualTo(x.Sum(v => Math.Abs((double)v))).Within(1e-12));
                Assert.That(Reduction.SumSquares(a), Is.EqualTo(x.Sum(v => (double)v * v)).Within(1e-12));
                Assert.That(Reduction.Dot(a, b), Is.EqualTo(x.Zip(y, (p, q) => (double)p * q).Sum()).Within(1e-12));
                Assert.That(Reduction.SumSquaredDifferences(a, b), Is.EqualTo(x.Zip(y, (p, q) => ((double)p - q) * ((double)p - q)).Sum()).Within(1e-12));
                Assert.That(Reduction.CountNonZero(a), Is.EqualTo(n));
            }
        }
    }

    [Test]
    public void Reduction_LargeOffsetAndHugeValues_NeitherCancelNorOverflow()
    {
        float[] x = [.. Enumerable.Range(0, 100_000).Select(i => 4096f + ((i % 2) * 0.0009765625f))];
        Assert.That(Reduction.Sum(x), Is.EqualTo((4096.0 * 100_000) + (0.0009765625 * 50_000)));
        Assert.That(Reduction.SumSquares([3e38f, 3e38f, 3e38f]), Is.EqualTo(3 * (double)3e38f * 3e38f).Within(1e62));
        Assert.That(Reduction.CountNonZero([0f, -0f, float.NaN, float.Epsilon, 0f, 1f, 0f, 0f, 0f]), Is.EqualTo(3));
    }

    [Test]
    public void ColumnSums_AllShapesOnGuardPages_EqualsSpecificationBitForBit()
    {
        using var memory = new GuardedMemory<float>(11 * 256);
        using var sums = new GuardedMemory<double>(256);
        var random = new Random(2);
        for (int columns = 0; columns <= 256; columns++)
        {
            int rows = columns % 12;
            float[] block = Normal(random, rows * columns);
            double[] start = [.. Normal(random, columns).Select(v => (double)v)], expected = [.. start];
            RowOperations.ColumnSumsScalar(block, rows, columns, expected);
            Span<double> end = sums.AtEnd(start);
            RowOperations.ColumnSums(memory.AtEnd(block), rows, columns, end);
            Assert.That(end.ToArray(), Is.EqualTo(expected));
            Span<double> begin = sums.AtStart(start);
            RowOperations.ColumnSums(memory.AtStart(block), rows, columns, begin);
            Assert.That(begin.ToArray(), Is.EqualTo(expected));
        }
    }

    [Test]
    public void RowOperations_SmallBlock_FollowTheirFormulas()
    {
        float[] block = [3, 4, 0, 0, -6, 8];
        var norms = new float[3];
        RowOperations.RowNorms(block, 3, 2, norms);
        Assert.That(norms, Is.EqualTo(new[] { 5f, 0f, 10f }));
        float[] work = [.. block];
        RowOperations.ScaleRows(work, 3, 2, [2, 3, -1]);
        Assert.That(work, Is.EqualTo(new[] { 6f, 8, 0, 0, 6, -8 }));
        work = [.. block];
        RowOperations.AddRowVector(work, 3, 2, [1, -1]);
        Assert.That(work, Is.EqualTo(new[] { 4f, 3, 1, -1, -5, 7 }));
        RowOperations.Standardize(block, 3, 2, [1, 2], 2, work);
        Assert.That(work, Is.EqualTo(new[] { 1f, 1, -0.5f, -1, -3.5f, 3 }));
        RowOperations.Restore(work, 3, 2, [1, 2], 2, work);
        Assert.That(work, Is.EqualTo(block));
    }

    [Test]
    public void NormalizeRows_TinyHugeAndZeroRows_UnitNormOrZero()
    {
        float[] block = [3e-40f, 4e-40f, 3e38f, -3e38f, 0, 0, 3, 4];
        var norms = new float[4];
        RowOperations.NormalizeRows(block, 4, 2, norms);
        Assert.That(block[0], Is.EqualTo(0.6f).Within(1e-4), "denormal input has few digits");
        Assert.That(block[2], Is.EqualTo(0.70710677f).Within(1e-6));
        Assert.That(block[3], Is.EqualTo(-0.70710677f).Within(1e-6));
        Assert.That(block[4..6], Is.All.Zero);
        Assert.That(block[6..], Is.EqualTo(new[] { 0.6f, 0.8f }).Within(1e-6f));
        Assert.That(norms[3], Is.EqualTo(5f));
    }

    [Test]
    public void NonFinite_EveryPlaceOfEveryLengthOnGuardPages_IsFound()
    {
        using var memory = new GuardedMemory<float>(256);
        for (int n = 0; n <= 256; n++)
        {
            Span<float> span = n % 2 == 0 ? memory.AtEnd(n) : memory.AtStart(n);
            span.Fill(float.MaxValue);
            Assert.That(NonFinite.Count(span, out int none), Is.Zero);
            Assert.That(none, Is.EqualTo(-1));
            for (int at = 0; at < n; at++)
            {
                span[at] = at % 3 == 0 ? float.NaN : at % 3 == 1 ? float.PositiveInfinity : float.NegativeInfinity;
                int count = NonFinite.Count(span, out int first);
                if (count != 1 || first != at)
                {
                    Assert.Fail($"n = {n}, at {at}: count {count}, first {first}");
                }

                span[at] = -float.MaxValue;
            }
        }

        Assert.That(NonFinite.Count([float.NaN, 1, float.PositiveInfinity, float.NaN], out int start), Is.EqualTo(3));
        Assert.That(start, Is.Zero);
    }

    private static int[] Bits(Span<float> span) => [.. span.ToArray().Select(BitConverter.SingleToInt32Bits)];

    private static float[] Values(int n) => [.. Enumerable.Range(0, n).Select(i => Special[((i * 7) + n) % Special.Length])];

    private static float[] Normal(Random random, int n) =>
        [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble()) - 1.5))];
}
