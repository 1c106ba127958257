namespace SparseCoding.Tests.Solvers;

/// <summary>The memory budget decides how a Gram is kept, and must decide nothing else.</summary>
public sealed class MemoryBudgetTests
{
    private const int Atoms = 700, Dimension = 24, Rows = 40;

    [Test]
    public void Encode_DenseOrLazyGram_GivesTheSameBits([Values("omp", "lars", "lasso", "fista", "pursuit")] string kind)
    {
        float[] signals = Values(Rows * Dimension, 5);
        SparseCodes dense = Encode(new RunContext()), lazy = Encode(new RunContext { MemoryBudget = 1 << 20 });
        Assert.That(dense.NonZeroCount, Is.GreaterThan(Rows));
        Assert.That(lazy.Atoms.ToArray(), Is.EqualTo(dense.Atoms.ToArray()));
        Assert.That(lazy.Values.SequenceEqual(dense.Values));

        SparseCodes Encode(RunContext context)
        {
            var dictionary = new AtomDictionary(SignalView.FromRows(Values(Atoms * Dimension, 4), Dimension));
            IEncoder encoder = kind switch
            {
                "omp" => new OmpEncoder(dictionary, new OmpOptions { MaxActive = 6 }),
                "lars" => new LarsEncoder(dictionary, new LarsOptions { Lambda = 1 }),
                "lasso" => new LassoEncoder(dictionary, new LassoOptions { Lambda = 1 }),
                "fista" => new FistaEncoder(dictionary, new FistaOptions { Lambda = 1 }),
                _ => new ItoEncoder(dictionary, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = 6 }),
            };
            return encoder.Encode(SignalView.FromRows(signals, Dimension), new EncodeRequest { Context = context });
        }
    }

    [Test]
    public void Gram_LargerBudgetLater_GivesTheWholeMatrix()
    {
        var dictionary = new AtomDictionary(SignalView.FromRows(Values(Atoms * Dimension, 4), Dimension));
        var first = dictionary.Gram(1, 1 << 20);
        var second = dictionary.Gram(1, 1 << 30);
        Assert.That(first, Is.TypeOf<SparseCoding.Kernels.LazyGram>());
        Assert.That(second, Is.TypeOf<SparseCoding.Kernels.DenseGram<float>>());
        Assert.That(dictionary.Gram(1, 1 << 20), Is.SameAs(second), "what is in memory already is used");
        Assert.That(first.Diagonal.SequenceEqual(second.Diagonal));
        for (int atom = 0; atom < Atoms; atom += 37)
        {
            Assert.That(first.Row(atom).SequenceEqual(second.Row(atom)));
        }
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    [Test]
    public void WarmStart_NegativeValueWhereCodesAreNonNegative_IsRefusedByEveryEncoder()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 0 }, { 0, 1 }, { 0.6f, 0.8f } });
        var request = new EncodeRequest { WarmStart = SparseCodes.FromDense(new float[,] { { 0, 0, 0 }, { 0, -1, 0 } }) };
        IEncoder[] encoders =
        [
            new OmpEncoder(dictionary, new OmpOptions { MaxActive = 2, NonNegative = true }), new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.1f, NonNegative = true }),
            new FistaEncoder(dictionary, new FistaOptions { Lambda = 0.1f, NonNegative = true }), new AdmmEncoder(dictionary, new AdmmOptions { Lambda = 0.1f, NonNegative = true }),
            new LcaEncoder(dictionary, new LcaOptions { Lambda = 0.1f, NonNegative = true }), new IhtEncoder(dictionary, new IhtOptions { MaxActive = 2, NonNegative = true }),
        ];
        foreach (IEncoder encoder in encoders)
        {
            Assert.That(() => encoder.EncodeDetailed(new float[,] { { 1, 2 }, { 3, 4 } }, request), Throws.ArgumentException.With.Message.Contain("row 1").And.Message.Contain("NonNegative"), encoder.ToString());
        }
    }
}
