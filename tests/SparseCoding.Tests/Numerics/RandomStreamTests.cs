using SparseCoding.Numerics;

namespace SparseCoding.Tests;

[TestFixture]
internal sealed class RandomStreamTests
{
    // kat_vectors of the Random123 distribution, philox4x32 with 10 rounds: counter, key, result.
    private static readonly uint[][] KnownAnswers =
    [
        [0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
        [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
        [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ];

    [Test]
    public void Philox_KnownAnswers_AreThePublishedOnes([Range(0, 2)] int index)
    {
        uint[] v = KnownAnswers[index];
        (uint a, uint b, uint c, uint d) = RandomStream.Philox(v[0], v[1], v[2], v[3], v[4], v[5]);
        Assert.That(new[] { a, b, c, d }, Is.EqualTo(v[6..]));
    }

    [Test]
    public void NextBits_Stream_IsFrozen()
    {
        // Computed once by an independent implementation (Python integers: FNV-1a of the purpose, then Philox) and never regenerated:
        // a change breaks the reproducibility of every seed that anyone has published.
        var stream = new RandomStream(1, "test.frozen");
        Assert.That(Enumerable.Range(0, 6).Select(_ => stream.NextBits()), Is.EqualTo(new uint[] { 0xe7d12b64, 0x727352a7, 0xa4f18612, 0x1632b989, 0xe821b32c, 0x0ceb9f20 }));
        var indexed = new RandomStream(0xFEDCBA9876543210, "test.frozen", index: 3);
        Assert.That(Enumerable.Range(0, 3).Select(_ => indexed.NextBits()), Is.EqualTo(new uint[] { 0xbbb46a0b, 0x43fb45d2, 0x7bc47d02 }));
    }

    [Test]
    public void BitsAt_AnyOrder_IsAPureFunctionOfThePlace()
    {
        var forward = new RandomStream(7, "a");
        uint[] drawn = [.. Enumerable.Range(0, 101).Select(_ => forward.NextBits())];
        var other = new RandomStream(7, "a");
        uint[] backward = new uint[101];
        for (int i = 100; i >= 0; i--)
        {
            backward[i] = other.BitsAt((ulong)i);
        }

        Assert.Multiple(() =>
        {
            Assert.That(backward, Is.EqualTo(drawn));
            Assert.That(other.Position, Is.Zero, "BitsAt moved the stream");
            Assert.That(forward.Position, Is.EqualTo(101));
        });
    }

    [TestCase(0UL)]
    [TestCase(3UL)]
    [TestCase(17_179_869_183UL)]
    public void Position_Rewound_GivesTheSameDrawsOfEveryKind(ulong start)
    {
        // 17179869183 = 4 · 2³² − 1: the next draw needs the second word of the counter.
        var stream = new RandomStream(11, "rewind") { Position = start };
        double[] first = Mixed(stream);
        ulong end = stream.Position;
        stream.Position = start;
        double[] second = Mixed(stream);
        var resumed = new RandomStream(11, "rewind") { Position = end };
        Assert.Multiple(() =>
        {
            Assert.That(second, Is.EqualTo(first));
            Assert.That(stream.Position, Is.EqualTo(end));
            Assert.That(resumed.NextBits(), Is.EqualTo(stream.NextBits()));
        });
    }

    [Test]
    public void BitsAt_BeyondTheFirstCounterWord_DoesNotRepeat()
    {
        var stream = new RandomStream(11, "wrap");
        const ulong Wrap = 4UL << 32;
        Assert.That(Enumerable.Range(0, 8).Select(i => stream.BitsAt(Wrap + (ulong)i)), Is.Not.EqualTo(Enumerable.Range(0, 8).Select(i => stream.BitsAt((ulong)i))));
    }

    [Test]
    public void Streams_OfDifferentSeedPurposeOrIndex_AreUncorrelated()
    {
        const int Count = 20_000;
        double[][] streams =
        [
            Uniform(new RandomStream(1, "a"), Count), Uniform(new RandomStream(2, "a"), Count), Uniform(new RandomStream(1UL << 32, "a"), Count),
            Uniform(new RandomStream(1, "b"), Count), Uniform(new RandomStream(1, "a", 1), Count), Uniform(new RandomStream(1, "a", 2), Count),
        ];
        Assert.Multiple(() =>
        {
            for (int i = 0; i < streams.Length; i++)
            {
                for (int j = i + 1; j < streams.Length; j++)
                {
                    // Standard error of a correlation of independent streams is 1/√n; 15 pairs, so 4.5 of them.
                    Assert.That(Correlation(streams[i], streams[j]), Is.Zero.Within(4.5 / Math.Sqrt(Count)), $"streams {i} and {j}");
                }

                Assert.That(Correlation(streams[i][..^1], streams[i][1..]), Is.Zero.Within(4.5 / Math.Sqrt(Count)), $"stream {i} with itself, one later");
            }
        });
    }

    [Test]
    public void NextDouble_Moments_AreThoseOfTheUniformLaw()
    {
        const int Count = 100_000;
        double[] draws = Uniform(new RandomStream(3, "uniform"), Count);
        Assert.Multiple(() =>
        {
            Assert.That(draws.Min() >= 0 && draws.Max() < 1, "a draw outside [0, 1)");
            Assert.That(draws.Average(), Is.EqualTo(0.5).Within(4 * Math.Sqrt(1.0 / 12 / Count)));
            Assert.That(draws.Average(x => (x - 0.5) * (x - 0.5)), Is.EqualTo(1.0 / 12).Within(4 * Math.Sqrt(1.0 / 180 / Count)));
            Assert.That(ChiSquare(draws.Select(x => (int)(x * 64)), 64), Is.LessThan(ChiSquareBound(63)));
        });
    }

    [Test]
    public void NextNormal_Moments_AreThoseOfTheNormalLaw()
    {
        const int Count = 100_000;
        var stream = new RandomStream(3, "normal");
        double[] draws = [.. Enumerable.Range(0, Count).Select(_ => stream.NextNormal())];
        double Moment(int power) => draws.Average(x => Math.Pow(x, power));
        Assert.Multiple(() =>
        {
            // Standard errors of the sample moments: Var x^p = E x^2p − (E x^p)², with E x⁴ = 3, E x⁶ = 15, E x⁸ = 105.
            Assert.That(Moment(1), Is.Zero.Within(4 * Math.Sqrt(1.0 / Count)));
            Assert.That(Moment(2), Is.EqualTo(1).Within(4 * Math.Sqrt(2.0 / Count)));
            Assert.That(Moment(3), Is.Zero.Within(4 * Math.Sqrt(15.0 / Count)));
            Assert.That(Moment(4), Is.EqualTo(3).Within(4 * Math.Sqrt(96.0 / Count)));
            Assert.That(draws.Count(x => Math.Abs(x) > 1.959963984540054) / (double)Count, Is.EqualTo(0.05).Within(4 * Math.Sqrt(0.0475 / Count)));
            Assert.That(stream.Position, Is.EqualTo(4UL * Count), "places stay predictable: four draws each");
        });
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(1000)]
    public void NextInt_SmallBound_IsUniform(int bound)
    {
        var stream = new RandomStream(5, "int", (ulong)bound);
        int[] draws = [.. Enumerable.Range(0, 100 * bound).Select(_ => stream.NextInt(bound))];
        Assert.That(draws.Min() >= 0 && draws.Max() < bound, "a draw outside [0, bound)");
        Assert.That(ChiSquare(draws, bound), Is.LessThan(ChiSquareBound(bound - 1)));
    }

    [Test]
    public void NextInt_BoundNearTheRange_HasNoBias()
    {
        // 3 · 2²⁹ does not divide 2³²: without rejection the numbers with remainder 0 and 1 modulo 3 would come 3/8 of the time, not 1/3.
        const int Bound = 3 << 29;
        var stream = new RandomStream(5, "bias");
        int[] thirds = [.. Enumerable.Range(0, 30_000).Select(_ => stream.NextInt(Bound) % 3)];
        Assert.That(ChiSquare(thirds, 3), Is.LessThan(ChiSquareBound(2)));
    }

    [Test]
    public void SampleWithoutReplacement_OrderedPairs_AreAllEquallyLikely()
    {
        // The marginals alone would not see a bias between places, so count ordered triples of 5: 60 of them.
        const int Bound = 5;
        var stream = new RandomStream(9, "triples");
        Span<int> triple = stackalloc int[3];
        var counts = new Dictionary<int, int>();
        const int Draws = 30_000;
        for (int i = 0; i < Draws; i++)
        {
            stream.SampleWithoutReplacement(Bound, triple);
            int key = (((triple[0] * Bound) + triple[1]) * Bound) + triple[2];
            counts[key] = counts.GetValueOrDefault(key) + 1;
            if (triple[0] == triple[1] || triple[1] == triple[2] || triple[0] == triple[2])
            {
                Assert.Fail("a number was drawn twice");
            }
        }

        double statistic = counts.Values.Sum(count => Square(count - (Draws / 60.0)) / (Draws / 60.0));
        Assert.That(counts, Has.Count.EqualTo(60));
        Assert.That(statistic, Is.LessThan(ChiSquareBound(59)));
    }

    [TestCase(1, 1)]
    [TestCase(10, 0)]
    [TestCase(10, 10)]
    [TestCase(int.MaxValue, 100)]
    public void SampleWithoutReplacement_AnyCount_IsDistinctAndInRange(int bound, int count)
    {
        var sample = new int[count];
        new RandomStream(2, "sample").SampleWithoutReplacement(bound, sample);
        Assert.That(sample, Is.Unique);
        Assert.That(sample, Is.All.InRange(0, bound - 1));
    }

    [Test]
    public void Shuffle_Permutations_AreAllEquallyLikely()
    {
        var stream = new RandomStream(4, "shuffle");
        var counts = new Dictionary<string, int>();
        const int Draws = 12_000;
        for (int i = 0; i < Draws; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            stream.Shuffle<char>(items);
            string key = new(items);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Assert.That(counts, Has.Count.EqualTo(24));
        Assert.That(counts.Values.Sum(count => Square(count - 500.0) / 500.0), Is.LessThan(ChiSquareBound(23)));
    }

    [Test]
    public void Fill_UniformAndNormal_AreTheSingleDrawsRounded()
    {
        var filled = new float[33];
        var singly = new RandomStream(6, "fill");
        new RandomStream(6, "fill").FillUniform(filled, -2, 3);
        Assert.That(filled, Is.EqualTo(filled.Select(_ => (float)(-2 + (5 * singly.NextDouble())))));
        singly.Position = 0;
        new RandomStream(6, "fill").FillNormal(filled, 0.5);
        Assert.That(filled, Is.EqualTo(filled.Select(_ => (float)(0.5 * singly.NextNormal()))));
    }

    private static double[] Mixed(RandomStream stream)
    {
        var sample = new int[4];
        stream.SampleWithoutReplacement(50, sample);
        return [stream.NextDouble(), stream.NextInt(1000), stream.NextNormal(), stream.NextBits(), .. sample.Select(i => (double)i)];
    }

    private static double[] Uniform(RandomStream stream, int count) => [.. Enumerable.Range(0, count).Select(_ => stream.NextDouble())];

    private static double Correlation(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average();
        double product = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        return product / Math.Sqrt(a.Sum(x => Square(x - meanA)) * b.Sum(y => Square(y - meanB)));
    }

    private static double ChiSquare(IEnumerable<int> draws, int cells)
    {
        var counts = new int[cells];
        foreach (int draw in draws)
        {
            counts[draw]++;
        }

        double expected = counts.Sum() / (double)cells;
        return counts.Sum(count => Square(count - expected) / expected);
    }

    // Wilson and Hilferty's approximation of the quantile that a right generator passes 9,999 times of 10,000; seeds are fixed, so a
    // pass stays one.
    private static double ChiSquareBound(int freedom) =>
        freedom == 0 ? 1e-9 : freedom * Math.Pow(1 - (2.0 / (9 * freedom)) + (3.719 * Math.Sqrt(2.0 / (9 * freedom))), 3);

    private static double Square(double value) => value * value;
}
