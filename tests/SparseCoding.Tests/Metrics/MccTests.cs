namespace SparseCoding.Tests;

/// <summary>MCC against its invariances, a brute-force form, and the chance levels that the paper's runs show at step 0.</summary>
[TestFixture]
internal sealed class MccTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Samples = 1024, Seed = 4 });

    [Test]
    public void Between_PermutedFlippedRescaledCopy_IsOne()
    {
        int[] order = [3, 1, 0, 2, 15, 14, 13, 12, 4, 5, 6, 7, 11, 10, 9, 8];
        var dense = new float[1024, 16];
        for (int r = 0; r < 1024; r++)
        {
            for (int j = 0; j < 16; j++)
            {
                dense[r, order[j]] = (j % 2 == 0 ? -1 : 1) * (j + 0.5f) * World.Codes[r][j];
            }
        }

        MccResult result = Mcc.Between(World.Codes, SparseCodes.FromDense(dense));
        Assert.Multiple(() =>
        {
            Assert.That(result.Value, Is.EqualTo(1).Within(1e-6));
            Assert.That(result.Greedy, Is.EqualTo(1).Within(1e-6));
            Assert.That(result.Matching.Select(p => p.Found), Is.EqualTo(order));
            Assert.That(result.Chance, Is.InRange(0.02, 0.1), "1024 samples of 16 columns");
            Assert.That(result.Gain, Is.EqualTo(result.Value - result.Chance));
        });
    }

    [TestCase(16, 10)]
    [TestCase(10, 16)]
    public void Between_Rectangle_MatchesTheNarrowSideWhole(int sources, int atoms)
    {
        SparseCodes wide = World.Codes;
        SparseCodes truth = Columns(wide, sources), found = Columns(wide, atoms);
        MccResult result = Mcc.Between(truth, found);
        Assert.That(result.Matching, Has.Count.EqualTo(10));
        Assert.That(result.Value, Is.EqualTo(1).Within(1e-6));
        Assert.That(result.Matching.All(p => p.Truth == p.Found), Is.True);
    }

    [Test]
    public void Between_SmallCodes_IsTheBestOfAllPermutations()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 20; trial++)
        {
            float[,] a = Sparse(random, 12, 4), b = Sparse(random, 12, 4);
            double best = 0;
            foreach (int[] p in Permutations([0, 1, 2, 3]))
            {
                best = Math.Max(best, Enumerable.Range(0, 4).Average(j => Math.Abs(Pearson(a, j, b, p[j]))));
            }

            MccResult result = Mcc.Between(SparseCodes.FromDense(a), SparseCodes.FromDense(b));
            Assert.That(result.Value, Is.EqualTo(best).Within(1e-6));
            Assert.That(result.Greedy, Is.LessThanOrEqualTo(result.Value + 1e-12));
            Assert.That(result.Matching.Average(p => p.Similarity), Is.EqualTo(result.Value).Within(1e-12));
        }
    }

    [Test]
    public void Between_ColumnWithoutVariance_CountsZero()
    {
        var a = new float[,] { { 1, 5 }, { 2, 5 }, { 4, 5 } };
        Assert.That(Mcc.Between(SparseCodes.FromDense(a), SparseCodes.FromDense(a)).Value, Is.EqualTo(0.5).Within(1e-7));
    }

    [Test]
    public void Between_RandomDictionaries_HaveTheChanceLevelOfAnIndependentSimulation()
    {
        // 1,000 pairs of 16 Gaussian atoms in 8 dimensions in plain Python: greedy mean .6395, sd .0321, 95 % between .577 and .701.
        // The paper's step-0 values (.655 to .686) are single draws inside that band, a little above its middle.
        MccResult[] results = [.. Enumerable.Range(0, 60).Select(s => Mcc.Between(Random(16, 8, s), Random(16, 8, 100 + s)))];
        double mean = results.Average(r => r.Greedy), spread = Math.Sqrt(results.Average(r => Math.Pow(r.Greedy - mean, 2)));
        Assert.Multiple(() =>
        {
            Assert.That(mean, Is.EqualTo(0.6395).Within(4 * 0.0321 / Math.Sqrt(60)));
            Assert.That(spread, Is.InRange(0.02, 0.045));
            Assert.That(results.Max(r => r.Greedy), Is.GreaterThan(0.686));
            Assert.That(results[0].GreedyChance, Is.EqualTo(0.6395).Within(4 * 0.0321 / Math.Sqrt(5)));
            Assert.That(results[0].Chance - results[0].GreedyChance, Is.InRange(0, 0.06));
        });
    }

    [Test]
    public void Between_Dictionaries_IsPearsonOverCoordinates()
    {
        AtomDictionary a = Random(3, 6, 1), b = Random(3, 6, 2);
        float[,] at = Transposed(a), bt = Transposed(b);
        double best = Permutations([0, 1, 2]).Max(p => Enumerable.Range(0, 3).Average(j => Math.Abs(Pearson(at, j, bt, p[j]))));
        Assert.That(Mcc.Between(a, b).Value, Is.EqualTo(best).Within(1e-6));
    }

    [Test]
    public void Between_LargeDictionaries_ProductAndSumsAgree()
    {
        // 600 · 600 · 800 multiply-adds go through the matrix product.
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, 600 * 800).Select(_ => (float)(random.NextDouble() + 3))];
        var dictionary = new AtomDictionary(SignalView.FromRows(values, 800));
        float[] shuffled = [.. values.Chunk(800).Reverse().SelectMany(atom => atom.Select(v => -2 * v))];
        MccResult result = Mcc.Between(dictionary, new AtomDictionary(SignalView.FromRows(shuffled, 800)));
        Assert.That(result.Value, Is.EqualTo(1).Within(1e-5));
        Assert.That(result.Matching.All(p => p.Truth + p.Found == 599), Is.True);
    }

    [Test]
    public void Aligned_Codes_IsTheSignedMeanOfTheColumns()
    {
        var random = new Random(6);
        float[,] a = Sparse(random, 30, 5), b = Sparse(random, 30, 5);
        double expected = Enumerable.Range(0, 5).Average(j => Pearson(a, j, b, j));
        float[,] negated = new float[30, 5];
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                negated[i, j] = -3 * a[i, j];
            }
        }

        SparseCodes codes = SparseCodes.FromDense(a);
        Assert.Multiple(() =>
        {
            Assert.That(Mcc.Aligned(codes, SparseCodes.FromDense(b)), Is.EqualTo(expected).Within(1e-9));
            Assert.That(Mcc.Aligned(codes, codes), Is.EqualTo(1).Within(1e-9));
            Assert.That(Mcc.Aligned(codes, SparseCodes.FromDense(negated)), Is.EqualTo(-1).Within(1e-6));
        });
    }

    [Test]
    public void Between_BadInput_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(() => Mcc.Between(World.Codes, World.Codes.Slice(0, 5)), Throws.ArgumentException.With.Message.Contains("[5, 16]").And.Message.Contains("[1024, 16]"));
        Assert.That(() => Mcc.Between(World.Codes.Slice(0, 0), World.Codes.Slice(0, 0)), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("truth"));
        Assert.That(() => Mcc.Between(null!, World.Codes), Throws.ArgumentNullException);
        Assert.That(() => Mcc.Between(Random(4, 3, 1), Random(4, 2, 1)), Throws.ArgumentException.With.Message.Contains("[4, 2]"));
        Assert.That(() => Mcc.Aligned(World.Codes, Columns(World.Codes, 4)), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("codes"));
    });

    internal static AtomDictionary Random(int atoms, int dimension, int seed) =>
        SyntheticData.Generate(new SyntheticDataOptions { Sources = atoms, Measurements = dimension, Active = 1, Samples = 1, Seed = seed }).Dictionary;

    internal static float[,] Sparse(Random random, int rows, int columns)
    {
        var dense = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                dense[i, j] = random.Next(2) == 0 ? 0 : (float)((random.NextDouble() * 4) - 1.5);
            }
        }

        return dense;
    }

    internal static double Pearson(float[,] a, int i, float[,] b, int j)
    {
        int n = a.GetLength(0);
        double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
        for (int r = 0; r < n; r++)
        {
            ma += a[r, i] / (double)n;
            mb += b[r, j] / (double)n;
        }

        for (int r = 0; r < n; r++)
        {
            ab += (a[r, i] - ma) * (b[r, j] - mb);
            aa += (a[r, i] - ma) * (a[r, i] - ma);
            bb += (b[r, j] - mb) * (b[r, j] - mb);
        }

        return aa == 0 || bb == 0 ? 0 : ab / Math.Sqrt(aa * bb);
    }

    private static IEnumerable<int[]> Permutations(int[] items) =>
        items.Length <= 1 ? [items] : items.SelectMany(head => Permutations([.. items.Where(i => i != head)]).Select(tail => (int[])[head, .. tail]));

    private static SparseCodes Columns(SparseCodes codes, int count)
    {
        var dense = new float[codes.RowCount, count];
        for (int r = 0; r < codes.RowCount; r++)
        {
            for (int j = 0; j < count; j++)
            {
                dense[r, j] = codes[r][j];
            }
        }

        return SparseCodes.FromDense(dense);
    }

    private static float[,] Transposed(AtomDictionary dictionary)
    {
        var transposed = new float[dictionary.Dimension, dictionary.AtomCount];
        var atom = new float[dictionary.Dimension];
        for (int j = 0; j < dictionary.AtomCount; j++)
        {
            dictionary.CopyAtoms(j, atom);
            for (int i = 0; i < atom.Length; i++)
            {
                transposed[i, j] = atom[i];
            }
        }

        return transposed;
    }
}
