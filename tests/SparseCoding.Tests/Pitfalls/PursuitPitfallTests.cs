using System.Numerics;
using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>Where greedy pursuits of other libraries went wrong (docs/concepts/pitfalls.md): Batch-OMP as it is published is run beside this library's and must fail.</summary>
[TestFixture]
internal sealed class PursuitPitfallTests
{
    private const int Atoms = 120, Dimension = 40, Rows = 30, MaxActive = 8;

    [Test]
    public void DependentAtom_IsSelected_NaiveStopsAndGivesFewerAtoms()
    {
        // A Gram that claims a correlation for the duplicate that a true one could only have by rounding: the fault that rounding makes, made large.
        double[] gram = [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], correlations = [3, 2.5, 1, 0.5];
        Assert.That(Naive(gram, correlations, 20, 3, out _).Atoms, Is.EqualTo(new[] { 0, 2 }));
        var core = new OmpCore<double>(4, 3);
        core.Solve(new DenseGram<double>(gram, 4), correlations, 20, new OmpParameters { MaxActive = 3 });
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 0, 2, 3 }));
    }

    [Test]
    public void CoherentAtomsInFloat_NormalEquations_NaiveLosesTheCoefficients()
    {
        // Wide bumps on a ground side by side: neighbours have a cosine of 0.9999.
        float[] atoms = new float[Atoms * Dimension], signals = new float[Rows * Dimension];
        var random = new Random(4);
        for (int j = 0; j < Atoms; j++)
        {
            double[] bump = Greedy.Normalise([.. Enumerable.Range(0, Dimension).Select(i => 1 + Math.Exp(-Math.Pow((i - (j / 3.0)) / 6, 2)) + (0.01 * random.NextDouble()))]);
            Array.ConvertAll(bump, v => (float)v).CopyTo(atoms, j * Dimension);
        }

        for (int i = 0; i < signals.Length; i++)
        {
            signals[i] = (float)((random.NextDouble() * 2) - 0.5);
        }

        var dictionary = new AtomDictionary(SignalView.FromRows(atoms, Dimension));
        SparseCodes codes = new OmpEncoder(dictionary, new OmpOptions { MaxActive = MaxActive }).Encode(SignalView.FromRows(signals, Dimension));
        double[] exactAtoms = Array.ConvertAll(atoms, v => (double)v);
        (double naive, double ours, int compared) = (0, 0, 0);
        for (int row = 0; row < Rows; row++)
        {
            float[] signal = signals.AsSpan(row * Dimension, Dimension).ToArray();
            double squaredNorm = signal.Sum(v => (double)v * v);
            (int[] Atoms, double[] Values) exact = Naive(Gram(exactAtoms), Correlations(exactAtoms, Array.ConvertAll(signal, v => (double)v)), squaredNorm, MaxActive, out _);
            (int[] Atoms, float[] Values) single = Naive(Gram(atoms), Correlations(atoms, signal), (float)squaredNorm, MaxActive, out _);
            double scale = exact.Values.Max(Math.Abs);
            if (codes[row].Atoms.ToArray().Order().SequenceEqual(exact.Atoms.Order()))
            {
                compared++;
                ours = Math.Max(ours, exact.Atoms.Select((atom, k) => Math.Abs(codes[row][atom] - exact.Values[k])).Max() / scale);
            }

            naive = Math.Max(naive, exact.Atoms.SequenceEqual(single.Atoms) ? exact.Values.Zip(single.Values, (a, b) => Math.Abs(a - b)).Max() / scale : 0);
        }

        TestContext.Out.WriteLine($"error of a coefficient: naive {naive:G3}, here {ours:G3}, {compared} of {Rows} rows");
        Assert.That(compared, Is.GreaterThan(Rows * 2 / 3));
        Assert.That(ours, Is.LessThan(1e-5));
        Assert.That(naive, Is.GreaterThan(1e-4));
    }

    [Test]
    public void SquaredErrorByRecursion_SmallResiduals_NaiveCancelsToNonsense()
    {
        var random = new Random(5);
        double[][] atoms = [.. Enumerable.Range(0, Atoms).Select(_ => Greedy.Normalise(Greedy.Gaussian(random, Dimension)))];
        float[] values = [.. atoms.SelectMany(a => a).Select(v => (float)v)], signals = new float[Rows * Dimension];
        for (int row = 0; row < Rows; row++)
        {
            double[] mixture = Greedy.Mix(atoms, [row, row + 40, row + 80], [3, -2, 1.5]), noise = Greedy.Gaussian(random, Dimension);
            for (int i = 0; i < Dimension; i++)
            {
                signals[(row * Dimension) + i] = (float)(mixture[i] + (1e-5 * noise[i]));
            }
        }

        var dictionary = new AtomDictionary(SignalView.FromRows(values, Dimension));
        EncodeResult result = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 3 }).EncodeDetailed(SignalView.FromRows(signals, Dimension));
        (int nonsense, double worst) = (0, 0);
        for (int row = 0; row < Rows; row++)
        {
            float[] signal = signals.AsSpan(row * Dimension, Dimension).ToArray();
            double truth = 0;
            for (int i = 0; i < Dimension; i++)
            {
                double residual = signal[i];
                for (int k = 0; k < result.Codes[row].Count; k++)
                {
                    residual -= (double)result.Codes[row].Values[k] * values[(result.Codes[row].Atoms[k] * Dimension) + i];
                }

                truth += residual * residual;
            }

            _ = Naive(Gram(values), Correlations(values, signal), (float)signal.Sum(v => (double)v * v), 3, out float error);
            nonsense += error <= 0 || error > 2 * truth || error < truth / 2 ? 1 : 0;
            worst = Math.Max(worst, Math.Abs(result.Accuracies[row] - truth) / truth);
        }

        TestContext.Out.WriteLine($"naive wrong by more than a factor of 2 in {nonsense} of {Rows}; here wrong by {worst:P3} at most");
        Assert.That(nonsense, Is.GreaterThan(Rows / 2));
        Assert.That(worst, Is.LessThan(0.01));
    }

    [Test]
    public void TieAcrossVectorLanes_NaiveTakesTheHigherIndex()
    {
        // A vector maximum keeps one candidate for each lane and, at the end, the first lane that has the maximum: atom 16 is in lane 0, atom 9 in lane 1.
        var correlations = new float[32];
        correlations[9] = correlations[16] = 2;
        var best = new (float Value, int Index)[8];
        for (int j = 0; j < 32; j++)
        {
            best[j % 8] = correlations[j] > best[j % 8].Value ? (correlations[j], j) : best[j % 8];
        }

        Assert.That(best.MaxBy(b => b.Value).Index, Is.EqualTo(16), "the naive maximum");
        var gram = new float[32 * 32];
        for (int j = 0; j < 32; j++)
        {
            gram[(32 * j) + j] = 1;
        }

        var core = new OmpCore<float>(32, 1);
        core.Solve(new DenseGram<float>(gram, 32), correlations, 8, new OmpParameters { MaxActive = 1 });
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 9 }));
        Assert.That(TensorPrimitives.IndexOfMaxMagnitude<float>(correlations), Is.EqualTo(9));
    }

    [Test]
    public void ErrorStop_IsANormAndIsHonoured_NaiveReadingStopsElsewhere()
    {
        // scikit-learn's tol and SPAMS' eps are squared norms; here it is the norm, and no pursuit ignores it.
        var dictionary = new AtomDictionary(new float[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } });
        float[,] signal = { { 3, 2, 0.5f } };
        EncodeResult norm = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 3, ResidualTolerance = 2.1f }).EncodeDetailed(signal), squared = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 3, ResidualTolerance = 2.1f * 2.1f }).EncodeDetailed(signal);
        Assert.That((norm.Codes[0].Count, norm.StopReasons[0]), Is.EqualTo((1, StopReason.Residual)));
        Assert.That(squared.Codes[0].Count, Is.Zero, "‖x‖ = 3.64 is within 4.41 already");
        foreach (PursuitSelection selection in Enum.GetValues<PursuitSelection>())
        {
            Assert.That(new OmpEncoder(dictionary, new OmpOptions { MaxActive = 3, ResidualTolerance = 1, Selection = selection }).Encode(signal)[0].Count, Is.EqualTo(2));
        }

        Assert.That(() => new OmpEncoder(dictionary, new OmpOptions { MaxActive = 4 }), Throws.ArgumentException.With.Message.Contains("3 atoms"), "not clipped in silence");
    }

    private static T[] Gram<T>(T[] atoms)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var gram = new T[Atoms * Atoms];
        for (int i = 0; i < gram.Length; i++)
        {
            gram[i] = TensorPrimitives.Dot<T>(atoms.AsSpan(i / Atoms * Dimension, Dimension), atoms.AsSpan(i % Atoms * Dimension, Dimension));
        }

        return gram;
    }

    private static T[] Correlations<T>(T[] atoms, T[] signal)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, Atoms).Select(j => TensorPrimitives.Dot<T>(atoms.AsSpan(j * Dimension, Dimension), signal))];

    /// <summary>Batch-OMP (Rubinstein, Zibulevsky and Elad 2008) in one type of number: normal equations by Cholesky, the squared error by its recursion; ends at a dependent atom.</summary>
    private static (int[] Atoms, T[] Values) Naive<T>(T[] gram, T[] correlations, T squaredNorm, int maxActive, out T error)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = correlations.Length;
        var active = new List<int>();
        T[] c = [.. correlations], z = [];
        var l = new T[maxActive, maxActive];
        (error, T before) = (squaredNorm, T.Zero);
        while (active.Count < maxActive)
        {
            int k = active.Count, next = Enumerable.Range(0, n).Where(j => !active.Contains(j)).MaxBy(j => T.Abs(c[j]));
            T pivot = gram[(next * n) + next];
            for (int i = 0; i < k; i++)
            {
                T sum = gram[(next * n) + active[i]];
                for (int m = 0; m < i; m++)
                {
                    sum -= l[k, m] * l[i, m];
                }

                l[k, i] = sum / l[i, i];
                pivot -= l[k, i] * l[k, i];
            }

            if (!(pivot > T.BitIncrement(T.One) - T.One))
            {
                break;
            }

            l[k, k] = T.Sqrt(pivot);
            active.Add(next);
            z = [.. active.Select(j => correlations[j])];
            for (int i = 0; i <= k; i++)
            {
                for (int m = 0; m < i; m++)
                {
                    z[i] -= l[i, m] * z[m];
                }

                z[i] /= l[i, i];
            }

            for (int i = k; i >= 0; i--)
            {
                for (int m = i + 1; m <= k; m++)
                {
                    z[i] -= l[m, i] * z[m];
                }

                z[i] /= l[i, i];
            }

            T explained = T.Zero;
            for (int j = 0; j < n; j++)
            {
                T beta = T.Zero;
                for (int i = 0; i <= k; i++)
                {
                    beta += gram[(active[i] * n) + j] * z[i];
                }

                c[j] = correlations[j] - beta;
                int place = active.IndexOf(j);
                explained += place >= 0 ? z[place] * beta : T.Zero;
            }

            error += before - explained;
            before = explained;
        }

        return ([.. active], z);
    }
}
