using System.Numerics.Tensors;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>Where dictionary learners of other libraries went wrong (docs/concepts/pitfalls.md), with the naive form beside this library's.</summary>
[TestFixture]
internal sealed class LearningPitfallTests
{
    private const int Atoms = 12, Dimension = 8, Rows = 200;

    [Test]
    public void KSvdUsersArePositiveCodes_AtomsOfTheOtherSign_NaiveMovesNothing()
    {
        // Codes that are positive on the true atoms are negative on atoms that start with the other sign, which a code may well be.
        SyntheticData world = World(seed: 3, CodeDistribution.HalfNormal);
        float[] start = [.. StartOf(world).Select(v => -v)];
        double[] naive = Array.ConvertAll(start, v => (double)v);
        for (int alternation = 0; alternation < 15; alternation++)
        {
            naive = NaiveSweep(world.Signals, naive, v => v > 0, skipUnused: true);
        }

        using DictionaryTrainer<OmpEncoder> trainer = Recipe(DictionaryUpdate.ApproximateKSvd).CreateTrainer(Dimension, new AtomDictionary(SignalView.FromRows(start, Dimension)));
        for (int alternation = 0; alternation < 15; alternation++)
        {
            trainer.Step(world.Signals);
        }

        double theirs = Error(world, Dictionary(naive)), ours = Error(world, trainer.Snapshot().Dictionary);
        TestContext.Out.WriteLine($"error after 15 alternations: naive {theirs:G4}, here {ours:G4}");
        Assert.That(theirs, Is.GreaterThan(1.3 * ours));
    }

    [Test]
    public void KSvdOfAnAtomThatNoSignalUses_NaiveIsNotANumber([Values] bool exact)
    {
        SyntheticData world = World(seed: 4);
        var signals = new float[Rows * Dimension];
        var start = new float[Atoms * Dimension];
        float[] x = world.Signals.ToArray(), atoms = StartOf(world);
        for (int i = 0; i < x.Length; i++)
        {
            signals[i] = i % Dimension == Dimension - 1 ? 0 : x[i];     // nothing along the last axis
        }

        for (int i = 0; i < atoms.Length; i++)
        {
            start[i] = i / Dimension == 5 ? (i % Dimension == Dimension - 1 ? 1 : 0) : i % Dimension == Dimension - 1 ? 0 : atoms[i];
        }

        Tensor<float> flat = Tensor.Create(signals, [Rows, Dimension]);
        double[] naive = NaiveSweep(flat, Array.ConvertAll(start, v => (double)v), v => v != 0);
        Assert.That(naive.AsSpan(5 * Dimension, Dimension).ToArray(), Has.All.NaN, "0/0");

        var learning = new DictionaryLearningOptions { Update = exact ? DictionaryUpdate.KSvd : DictionaryUpdate.ApproximateKSvd, UnusedAfter = long.MaxValue, MaxCoherence = 1 };
        using DictionaryTrainer<OmpEncoder> trainer = new OmpEncoder(new OmpOptions { AtomCount = Atoms, MaxActive = 2 }, learning).CreateTrainer(Dimension, new AtomDictionary(SignalView.FromRows(start, Dimension)));
        trainer.Step(flat);
        float[] moved = trainer.Snapshot().Dictionary.AtomValues.ToArray();
        Assert.That(moved, Has.All.Matches<float>(float.IsFinite));
        Assert.That(moved.AsSpan(5 * Dimension, Dimension).ToArray(), Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 0, 0, 1 }));
    }

    [Test]
    public void SignsAndOrderOfAtomsAreFree_NaiveComparisonFindsNothingAlike()
    {
        AtomDictionary atoms = World(seed: 5).Dictionary;
        float[] values = atoms.AtomValues.ToArray(), moved = new float[values.Length];
        for (int j = 0; j < Atoms; j++)
        {
            for (int i = 0; i < Dimension; i++)
            {
                moved[(((5 * j) + 1) % Atoms * Dimension) + i] = (j % 2 == 0 ? -1 : 1) * values[(j * Dimension) + i];
            }
        }

        double naive = Enumerable.Range(0, Atoms).Average(j => (double)TensorPrimitives.Dot<float>(values.AsSpan(j * Dimension, Dimension), moved.AsSpan(j * Dimension, Dimension)));
        Assert.That(naive, Is.LessThan(0.5));
        Assert.That(Mcc.Between(atoms, new AtomDictionary(SignalView.FromRows(moved, Dimension))).Value, Is.EqualTo(1).Within(1e-6));
    }

    private static SyntheticData World(long seed, CodeDistribution codes = CodeDistribution.Normal) =>
        SyntheticData.Generate(new SyntheticDataOptions { Sources = Atoms, Measurements = Dimension, Active = 2, Samples = Rows, Codes = codes, Seed = seed });

    private static OmpEncoder Recipe(DictionaryUpdate update) => new(new OmpOptions { AtomCount = Atoms, MaxActive = 2 }, new DictionaryLearningOptions { Update = update });

    private static AtomDictionary Dictionary(double[] atoms) => new(SignalView.FromRows(Array.ConvertAll(atoms, v => (float)v), Dimension));

    private static double Error(SyntheticData world, AtomDictionary dictionary) =>
        dictionary.Decode(new OmpEncoder(dictionary, new OmpOptions { MaxActive = 2 }).Encode(world.Signals)).ToArray().Zip(world.Signals.ToArray(), (a, b) => Math.Pow((double)a - b, 2)).Sum();

    /// <summary>The first signals, of norm 1.</summary>
    private static float[] StartOf(SyntheticData world) =>
        [.. world.Signals.ToArray()[..(Atoms * Dimension)].Chunk(Dimension).SelectMany(row => row.Select(v => v / (float)Math.Sqrt(row.Sum(w => (double)w * w))))];

    /// <summary>One alternation of approximate K-SVD (Rubinstein, Zibulevsky and Elad 2008) over the signals whose code <paramref name="uses"/> the atom.</summary>
    private static double[] NaiveSweep(Tensor<float> signals, double[] atoms, Func<double, bool> uses, bool skipUnused = false)
    {
        double[] d = [.. atoms], z = Array.ConvertAll(new OmpEncoder(Dictionary(atoms), new OmpOptions { MaxActive = 2 }).Encode(signals).ToDense().ToArray(), v => (double)v);
        float[] x = signals.ToArray();
        for (int k = 0; k < Atoms; k++)
        {
            int[] users = [.. Enumerable.Range(0, Rows).Where(row => uses(z[(row * Atoms) + k]))];
            if (skipUnused && users.Length == 0)
            {
                continue;
            }

            double[][] errors = [.. users.Select(row => Enumerable.Range(0, Dimension).Select(i => x[(row * Dimension) + i] - Enumerable.Range(0, Atoms).Sum(j => j == k ? 0 : z[(row * Atoms) + j] * d[(j * Dimension) + i])).ToArray())];
            double[] direction = [.. Enumerable.Range(0, Dimension).Select(i => users.Select((row, u) => z[(row * Atoms) + k] * errors[u][i]).Sum())];
            double norm = Math.Sqrt(direction.Sum(v => v * v));
            for (int i = 0; i < Dimension; i++)
            {
                d[(k * Dimension) + i] = direction[i] / norm;
            }

            for (int u = 0; u < users.Length; u++)
            {
                z[(users[u] * Atoms) + k] = Enumerable.Range(0, Dimension).Sum(i => errors[u][i] * d[(k * Dimension) + i]);
            }
        }

        return d;
    }
}
