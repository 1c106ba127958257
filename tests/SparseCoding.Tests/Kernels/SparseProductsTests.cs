using System.Runtime.Intrinsics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class SparseProductsTests
{
    private const int Atoms = 11;

    private delegate void Decode(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> matrix, int d, Span<float> target);

    private delegate void Sample(ReadOnlySpan<int> indices, ReadOnlySpan<float> matrix, int d, ReadOnlySpan<float> vector, Span<float> output);

    private static readonly (string Name, Decode Run)[] DecodeForms =
    [
        ("dispatched", DecodeRow.Accumulate),
        ("128", DecodeRow.Accumulate<Simd128, Vector128<float>>),
        ("256", DecodeRow.Accumulate<Simd256, Vector256<float>>),
        ("512", DecodeRow.Accumulate<Simd512, Vector512<float>>),
    ];

    private static readonly (string Name, Sample Run)[] SampleForms =
    [
        ("dispatched", SampledRow.Products),
        ("scalar", SampledRow.ProductsScalar),
        ("128", SampledRow.Products<Simd128, Vector128<float>>),
        ("256", SampledRow.Products<Simd256, Vector256<float>>),
        ("512", SampledRow.Products<Simd512, Vector512<float>>),
    ];

    [Test]
    public void DecodeRow_AllLengthsOnGuardPages_EqualsSpecificationBitForBit()
    {
        using var matrix = new GuardedMemory<float>(Atoms * 256);
        using var target = new GuardedMemory<float>(256);
        using var indices = new GuardedMemory<int>(16);
        using var values = new GuardedMemory<float>(16);
        var random = new Random(1);
        for (int d = 0; d <= 256; d++)
        {
            float[] dictionary = Normal(random, Atoms * d), start = Normal(random, d);
            int count = d % 14;
            int[] support = [.. Enumerable.Range(0, count).Select(_ => random.Next(Atoms))];
            float[] coefficients = Normal(random, count);
            float[] expected = [.. start];
            DecodeRow.AccumulateScalar(support, coefficients, dictionary, d, expected);
            foreach ((string name, Decode run) in DecodeForms)
            {
                Span<float> end = target.AtEnd(start);
                run(indices.AtEnd(support), values.AtEnd(coefficients), matrix.AtEnd(dictionary), d, end);
                Assert.That(end.ToArray(), Is.EqualTo(expected), $"{name}, d = {d}, end");
                Span<float> begin = target.AtStart(start);
                run(indices.AtStart(support), values.AtStart(coefficients), matrix.AtStart(dictionary), d, begin);
                Assert.That(begin.ToArray(), Is.EqualTo(expected), $"{name}, d = {d}, start");
            }
        }
    }

    [Test]
    public void DecodeRowScalar_RandomCode_EqualsDenseProductInDouble()
    {
        var random = new Random(2);
        const int d = 29;
        float[] dictionary = Normal(random, Atoms * d), coefficients = Normal(random, 5);
        int[] support = [0, 2, 3, 7, 10];
        var actual = new float[d];
        DecodeRow.AccumulateScalar(support, coefficients, dictionary, d, actual);
        for (int j = 0; j < d; j++)
        {
            double expected = support.Select((atom, i) => (double)coefficients[i] * dictionary[(atom * d) + j]).Sum();
            Assert.That(actual[j], Is.EqualTo(expected).Within(1e-6));
        }
    }

    [Test]
    public void SampledRow_AllLengthsOnGuardPages_EqualsDoubleAndIsIndependentOfNeighbours()
    {
        using var matrix = new GuardedMemory<float>(Atoms * 256);
        using var vector = new GuardedMemory<float>(256);
        using var output = new GuardedMemory<float>(16);
        using var indices = new GuardedMemory<int>(16);
        var random = new Random(3);
        for (int d = 0; d <= 256; d++)
        {
            float[] dictionary = Normal(random, Atoms * d), x = Normal(random, d);
            int[] support = [.. Enumerable.Range(0, d % 14).Select(_ => random.Next(Atoms))];
            foreach ((string name, Sample run) in SampleForms)
            {
                Span<float> begin = output.AtStart(support.Length);
                run(indices.AtStart(support), matrix.AtStart(dictionary), d, vector.AtStart(x), begin);
                float[] fromStart = begin.ToArray();
                Span<float> end = output.AtEnd(support.Length);
                run(indices.AtEnd(support), matrix.AtEnd(dictionary), d, vector.AtEnd(x), end);
                Assert.That(end.ToArray(), Is.EqualTo(fromStart), name);
                for (int i = 0; i < support.Length; i++)
                {
                    double expected = 0, magnitude = 0;
                    for (int j = 0; j < d; j++)
                    {
                        double term = (double)dictionary[(support[i] * d) + j] * x[j];
                        expected += term;
                        magnitude += Math.Abs(term);
                    }

                    Assert.That(fromStart[i], Is.EqualTo(expected).Within(2e-6 * magnitude), $"{name}, d = {d}");
                    var alone = new float[1];
                    run([support[i]], dictionary, d, x, alone);
                    Assert.That(alone[0], Is.EqualTo(fromStart[i]), $"{name}, d = {d}: alone");
                }
            }
        }
    }

    [Test]
    public void SupportTranspose_RandomCodes_ListsEveryEntryByAtomInRowOrder()
    {
        Codes codes = Codes.Random(new Random(4), batch: 50, atoms: 40, capacity: 9);
        var transpose = new SupportTranspose();
        transpose.Build([0, 1, 0, 1], [2, 2], 2, 2); // a smaller use before: the workspace is reused
        transpose.Build(codes.Indices, codes.Counts, codes.Capacity, codes.AtomCount);
        var expected = (from row in Enumerable.Range(0, codes.Counts.Length)
                        from i in Enumerable.Range(0, codes.Counts[row])
                        let slot = (row * codes.Capacity) + i
                        orderby codes.Indices[slot], row
                        select (codes.Indices[slot], row, slot)).ToArray();
        var actual = (from atom in Enumerable.Range(0, codes.AtomCount)
                      from e in Enumerable.Range(transpose.Start(atom), transpose.Start(atom + 1) - transpose.Start(atom))
                      select (atom, transpose.Rows[e], transpose.Slots[e])).ToArray();
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(transpose.EntryCount, Is.EqualTo(expected.Length));
    }

    [TestCase(1)]
    [TestCase(8)]
    [TestCase(77)]
    public void WeightGradient_AnyRangesOfAtoms_EqualsScatterBitForBit(int d)
    {
        var random = new Random(5);
        Codes codes = Codes.Random(random, batch: 60, atoms: 40, capacity: 9);
        float[] residual = Normal(random, 60 * d), start = Normal(random, 40 * d);
        float[] expected = [.. start];
        WeightGradient.AccumulateScalar(codes.Indices, codes.Values, codes.Counts, codes.Capacity, residual, d, expected);
        var transpose = new SupportTranspose();
        transpose.Build(codes.Indices, codes.Counts, codes.Capacity, codes.AtomCount);
        var values = new float[transpose.EntryCount];
        transpose.Gather(codes.Values, values);
        foreach (int[] cuts in new int[][] { [0, 40], [0, 7, 8, 31, 40], [0, 20, 40] })
        {
            float[] actual = [.. start];
            for (int c = cuts.Length - 2; c >= 0; c--)
            {
                WeightGradient.Accumulate(transpose, values, residual, d, actual, cuts[c], cuts[c + 1]);
            }

            Assert.That(actual, Is.EqualTo(expected));
        }
    }

    [Test]
    public void AccumulateSums_RandomCodes_EqualsDenseColumnSums()
    {
        Codes codes = Codes.Random(new Random(6), batch: 60, atoms: 40, capacity: 9);
        var transpose = new SupportTranspose();
        transpose.Build(codes.Indices, codes.Counts, codes.Capacity, codes.AtomCount);
        var values = new float[transpose.EntryCount];
        transpose.Gather(codes.Values, values);
        var sums = new double[40];
        WeightGradient.AccumulateSums(transpose, values, sums, 0, 40);
        float[,] dense = codes.Dense();
        for (int atom = 0; atom < 40; atom++)
        {
            Assert.That(sums[atom], Is.EqualTo(Enumerable.Range(0, 60).Sum(row => (double)dense[row, atom])).Within(1e-12));
        }
    }

    [Test]
    public void CodesGram_AnyRanges_EqualsDenseProductAndLeavesTheUpperTriangle()
    {
        Codes codes = Codes.Random(new Random(7), batch: 60, atoms: 40, capacity: 9);
        var transpose = new SupportTranspose();
        transpose.Build(codes.Indices, codes.Counts, codes.Capacity, codes.AtomCount);
        var whole = new double[40 * 40];
        var cut = new double[40 * 40];
        var single = new float[40 * 40];
        CodesGram.AccumulateLower<double>(transpose, codes.Indices, codes.Values, codes.Capacity, whole, 0, 40);
        CodesGram.AccumulateLower<double>(transpose, codes.Indices, codes.Values, codes.Capacity, cut, 13, 40);
        CodesGram.AccumulateLower<double>(transpose, codes.Indices, codes.Values, codes.Capacity, cut, 0, 13);
        CodesGram.AccumulateLower<float>(transpose, codes.Indices, codes.Values, codes.Capacity, single, 0, 40);
        Assert.That(cut, Is.EqualTo(whole));
        float[,] dense = codes.Dense();
        for (int i = 0; i < 40; i++)
        {
            for (int j = 0; j < 40; j++)
            {
                double expected = j > i ? 0 : Enumerable.Range(0, 60).Sum(row => (double)dense[row, i] * dense[row, j]);
                Assert.That(whole[(i * 40) + j], Is.EqualTo(expected).Within(1e-12));
                Assert.That(single[(i * 40) + j], Is.EqualTo(expected).Within(1e-5));
            }
        }

        CodesGram.Mirror<double>(whole, 40);
        for (int i = 0; i < 40; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.That(whole[(j * 40) + i], Is.EqualTo(whole[(i * 40) + j]));
            }
        }
    }

    [Test]
    public void CodeStatistics_StoredZeros_AreNotCounted()
    {
        var fired = new long[3];
        var sumAbs = new double[3];
        var sumSquares = new double[3];
        CodeStatistics.Accumulate([0, 2, 2, 9], [-3f, 0f, 4f, float.NaN], [2, 1], 2, fired, sumAbs, sumSquares);
        Assert.That(fired, Is.EqualTo(new long[] { 1, 0, 1 }));
        Assert.That(sumAbs, Is.EqualTo(new double[] { 3, 0, 4 }));
        Assert.That(sumSquares, Is.EqualTo(new double[] { 9, 0, 16 }));
    }

    private static float[] Normal(Random random, int n) =>
        [.. Enumerable.Range(0, n).Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble()) - 1.5))];

    private sealed record Codes(int[] Indices, float[] Values, int[] Counts, int Capacity, int AtomCount)
    {
        public static Codes Random(Random random, int batch, int atoms, int capacity)
        {
            var codes = new Codes(new int[batch * capacity], Normal(random, batch * capacity), new int[batch], capacity, atoms);
            Array.Fill(codes.Indices, int.MaxValue); // beyond the count: must never be read
            for (int row = 0; row < batch; row++)
            {
                codes.Counts[row] = random.Next(capacity + 1);
                int[] support = [.. Enumerable.Range(0, atoms).OrderBy(_ => random.Next()).Take(codes.Counts[row]).Order()];
                support.CopyTo(codes.Indices, row * capacity);
            }

            return codes;
        }

        public float[,] Dense()
        {
            var dense = new float[Counts.Length, AtomCount];
            for (int row = 0; row < Counts.Length; row++)
            {
                for (int slot = row * Capacity; slot < (row * Capacity) + Counts[row]; slot++)
                {
                    dense[row, Indices[slot]] = Values[slot];
                }
            }

            return dense;
        }
    }
}
