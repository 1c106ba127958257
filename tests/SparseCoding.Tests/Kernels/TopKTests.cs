using System.Runtime.Intrinsics;
using FsCheck.Fluent;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class TopKTests
{
    private delegate int Form(ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values);

    /// <summary>Every form on every machine: the runtime emulates the widths that the processor lacks.</summary>
    private static readonly (string Name, Form Select)[] Forms =
    [
        ("dispatched", TopK.Select),
        ("specification", TopK.SelectScalar),
        ("scalar scan", SelectByScalarScan),
        ("128", SelectAt<Simd128, Vector128<float>>),
        ("256", SelectAt<Simd256, Vector256<float>>),
        ("512", SelectAt<Simd512, Vector512<float>>),
        ("tiles of 37", (row, k, m, p, i, v) => SelectByTiles(row, 37, k, m, p, i, v)),
        ("tiles of 4096", (row, k, m, p, i, v) => SelectByTiles(row, 4096, k, m, p, i, v)),
    ];

    private static readonly float[] Special =
        [0f, -0f, 1f, 1f, -1f, 2f, -2f, float.Epsilon, -float.Epsilon, 1e-40f, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    [Test]
    public void Select_AllLengthsOnGuardPages_EqualsSorting()
    {
        using var memory = new GuardedMemory<float>(256);
        using var indices = new GuardedMemory<int>(256);
        using var values = new GuardedMemory<float>(256);
        var random = new Random(1);
        for (int n = 0; n <= 256; n++)
        {
            float[] row = Normal(random, n);
            foreach (int k in new[] { 1, 3, n })
            {
                int room = Math.Min(k, n);
                Expect(memory.AtEnd(row), k, n % 2 == 0, n % 3 == 0, indices.AtEnd(room), values.AtEnd(room));
                Expect(memory.AtStart(row), k, n % 2 == 1, n % 3 == 1, indices.AtStart(room), values.AtStart(room));
            }
        }
    }

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void Select_LongRowsOfManyKinds_EqualsSorting(bool byMagnitude, bool positiveOnly)
    {
        var random = new Random(2);
        foreach (int n in new[] { 511, 4096, 16384, 20011 })
        {
            foreach (int k in new[] { 1, 32, 300, 2000 })
            {
                foreach ((string kind, float[] row) in Kinds(random, n))
                {
                    Expect(row, k, byMagnitude, positiveOnly, new int[k], new float[k], kind);
                }
            }
        }
    }

    [Test]
    public void Select_KIsZero_SelectsNothing() =>
        Assert.That(TopK.Select([1f, 2f], 0, byMagnitude: false, positiveOnly: false, [], []), Is.Zero);

    [Test]
    public void Select_OnlyNaN_SelectsNothing()
    {
        var row = new float[5000];
        Array.Fill(row, float.NaN);
        Expect(row, 8, byMagnitude: false, positiveOnly: false, new int[8], new float[8]);
        Assert.That(TopK.Select(row, 8, false, false, new int[8], new float[8]), Is.Zero);
    }

    [Test]
    public void Select_MixedZeros_TieGoesToTheLowerIndex()
    {
        var indices = new int[2];
        var values = new float[2];
        int count = TopK.Select([-1f, -0f, 0f, -0f, 0f], 2, false, false, indices, values);
        Assert.That(count, Is.EqualTo(2));
        Assert.That(indices, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Select_PositiveOnlyOfDenormals_KeepsThem()
    {
        var indices = new int[3];
        int count = TopK.Select([0f, float.Epsilon, -1f, 0f, 2 * float.Epsilon], 3, false, true, indices, new float[3]);
        Assert.That(count, Is.EqualTo(2));
        Assert.That(indices[..2], Is.EqualTo(new[] { 1, 4 }));
    }

    [Test]
    public void Select_AnyRow_EqualsSorting() =>
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<float[], byte, byte>((row, k, flags) =>
        {
            Expect(row, k, (flags & 1) != 0, (flags & 2) != 0, new int[k], new float[k]);
        }));

    [Test]
    public void Select_AnyRowOfSpecialValues_EqualsSorting()
    {
        var rows = Gen.Elements(Special).ArrayOf().SelectMany(head => Gen.Choose(1, 40), (head, repeat) => Repeat(head, repeat)).ToArbitrary();
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(rows, row =>
        {
            for (int flags = 0; flags < 4; flags++)
            {
                Expect(row, 7, (flags & 1) != 0, (flags & 2) != 0, new int[7], new float[7]);
            }
        }));
    }

    [Test]
    public void Accumulator_ManyRowsInterleaved_EqualsSelect()
    {
        const int rows = 5, n = 1000, k = 16;
        var random = new Random(4);
        float[][] data = [.. Enumerable.Range(0, rows).Select(_ => Normal(random, n))];
        var accumulator = new TopKAccumulator(rows, k, byMagnitude: true, positiveOnly: false);
        for (int round = 0; round < 2; round++)
        {
            accumulator.Reset();
            for (int column = 0; column < n; column += 96)
            {
                for (int row = 0; row < rows; row++)
                {
                    accumulator.Offer(row, column, data[row].AsSpan(column, Math.Min(96, n - column)));
                }
            }

            for (int row = 0; row < rows; row++)
            {
                int[] expected = new int[k], actual = new int[k];
                float[] expectedValues = new float[k], actualValues = new float[k];
                int count = TopK.Select(data[row], k, true, false, expected, expectedValues);
                Assert.That(accumulator.Finish(row, actual, actualValues), Is.EqualTo(count));
                Assert.That(actual, Is.EqualTo(expected));
                Assert.That(actualValues, Is.EqualTo(expectedValues));
            }
        }
    }

    [Test]
    public void Threshold_AnyKeys_SplitsThemAtTheRank()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 300; trial++)
        {
            int[] keys = [.. Enumerable.Range(0, 1 + random.Next(70)).Select(_ => OrderedKeys.Of(Special[random.Next(13)]) + random.Next(3))];
            int k = 1 + random.Next(keys.Length);
            int threshold = OrderedKeys.Threshold(keys, k);
            Assert.That(keys.Count(key => key > threshold), Is.LessThanOrEqualTo(k));
            Assert.That(keys.Count(key => key >= threshold), Is.GreaterThanOrEqualTo(k));
        }
    }

    [Test]
    public void OfRank_AnyKeys_EqualsSorting()
    {
        var random = new Random(6);
        for (int trial = 0; trial < 300; trial++)
        {
            int spread = 1 << random.Next(1, 31);
            int[] keys = [.. Enumerable.Range(0, 1 + random.Next(200)).Select(_ => trial % 3 == 0 ? OrderedKeys.Of(Special[random.Next(13)]) : random.Next(-spread, spread))];
            int[] sorted = [.. keys.OrderDescending()];
            int rank = 1 + random.Next(keys.Length);
            Assert.That(OrderedKeys.OfRank(keys, rank, out int above), Is.EqualTo(sorted[rank - 1]));
            Assert.That(above, Is.EqualTo(keys.Count(key => key > sorted[rank - 1])));
        }
    }

    private static void Expect(
        ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values, string kind = "")
    {
        float[] copy = row.ToArray();
        int[] expected =
        [
            .. Enumerable.Range(0, copy.Length)
                .Where(i => !float.IsNaN(copy[i]) && (!positiveOnly || copy[i] > 0))
                .OrderByDescending(i => byMagnitude ? MathF.Abs(copy[i]) : copy[i])
                .ThenBy(i => i)
                .Take(k)
                .Order(),
        ];
        foreach ((string name, Form select) in Forms)
        {
            if (name == "specification" && (long)k * copy.Length > 1_000_000)
            {
                continue; // quadratic
            }

            indices.Fill(-1);
            int count = select(row, k, byMagnitude, positiveOnly, indices, values);
            bool same = count == expected.Length && indices[..count].SequenceEqual(expected);
            for (int i = 0; same && i < count; i++)
            {
                same = BitConverter.SingleToInt32Bits(values[i]) == BitConverter.SingleToInt32Bits(copy[indices[i]]);
            }

            if (!same)
            {
                Assert.Fail($"{name}: n = {copy.Length}, k = {k}, byMagnitude {byMagnitude}, positiveOnly {positiveOnly} {kind}");
            }
        }
    }

    private static IEnumerable<(string Kind, float[] Row)> Kinds(Random random, int n)
    {
        float[] normal = Normal(random, n);
        yield return ("normal", normal);
        yield return ("relu", [.. normal.Select(v => MathF.Max(v, 0))]);
        yield return ("quantised", [.. normal.Select(v => MathF.Round(v))]);
        yield return ("equal", [.. normal.Select(_ => 3f)]);
        yield return ("ascending", [.. normal.Order()]);
        yield return ("descending", [.. normal.OrderDescending()]);
        yield return ("with NaN", [.. normal.Select((v, i) => i % 5 == 0 ? float.NaN : v)]);
        yield return ("special", [.. normal.Select(_ => Special[random.Next(Special.Length)])]);
        yield return ("few positive", [.. normal.Select((v, i) => i % 997 == 3 ? 1f : -MathF.Abs(v))]);
    }

    private static float[] Normal(Random random, int n) =>
        [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble()) - 1.5))];

    private static float[] Repeat(float[] head, int times) => [.. Enumerable.Range(0, times).SelectMany(_ => head)];

    private static TopKBuffer Buffer(int k, bool byMagnitude, bool positiveOnly)
    {
        int capacity = TopKBuffer.Capacity(k);
        return new TopKBuffer(k, byMagnitude, positiveOnly, new float[capacity], new int[capacity], new int[capacity]);
    }

    private static int SelectAt<TSimd, TVector>(
        ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (k == 0)
        {
            return 0;
        }

        TopKBuffer buffer = Buffer(k, byMagnitude, positiveOnly);
        TopKScan.Offer<TSimd, TVector>(row, 0, ref buffer);
        return buffer.Finish(indices, values);
    }

    private static int SelectByScalarScan(
        ReadOnlySpan<float> row, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        if (k == 0)
        {
            return 0;
        }

        TopKBuffer buffer = Buffer(k, byMagnitude, positiveOnly);
        TopKScan.OfferScalar(row, 0, ref buffer);
        return buffer.Finish(indices, values);
    }

    private static int SelectByTiles(
        ReadOnlySpan<float> row, int tile, int k, bool byMagnitude, bool positiveOnly, Span<int> indices, Span<float> values)
    {
        if (k == 0)
        {
            return 0;
        }

        var accumulator = new TopKAccumulator(1, k, byMagnitude, positiveOnly);
        for (int column = 0; column < row.Length; column += tile)
        {
            accumulator.Offer(0, column, row.Slice(column, Math.Min(tile, row.Length - column)));
        }

        return accumulator.Finish(0, indices, values);
    }
}
