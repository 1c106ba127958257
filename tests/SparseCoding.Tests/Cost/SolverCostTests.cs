using SparseCoding.Cost;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Cost;

/// <summary>
/// The bounds of solvers against a count of what they did: a Gram that counts the rows that are asked for. A row costs at most one multiply-add for each atom, 2N, wherever it is used; the rest
/// of a step is in the formulas and small beside it.
/// </summary>
public sealed class SolverCostTests
{
    private const int Dimension = 24, Atoms = 120, Signals = 40;

    [Test]
    public void Lars_RowsUsed_StayBelowTheBoundOfItsOwnSegments([Values(0.05, 0.5, 2)] double lambda, [Values] bool nonNegative)
    {
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(lambda > 1 ? 1 : 2);
        var core = new LarsCore<float>(Atoms);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            LassoOutcome outcome = core.Solve(gram, correlations[i], norms[i], new LarsParameters { Lambda = lambda, NonNegative = nonNegative });
            AssertBelow(gram.Flops, SolverCost.Lars(Dimension, Atoms, Math.Min(Dimension, Atoms), outcome.Iterations, 1));
        }
    }

    [Test]
    public void CoordinateDescent_RowsUsed_StayBelowTheBoundOfItsOwnSweeps([Values(0.05, 0.5)] double lambda, [Values] bool nonNegative)
    {
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(3);
        var core = new CoordinateDescentCore<float>(Atoms);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            LassoOutcome outcome = core.Solve(gram, correlations[i], norms[i], new LassoParameters { Lambda = lambda, NonNegative = nonNegative });
            AssertBelow(gram.Flops, SolverCost.CoordinateDescent(Dimension, Atoms, outcome.Iterations, 1));
        }
    }

    [Test]
    public void Fista_RowsUsed_StayBelowTheBoundOfItsOwnSteps([Values(1, 30, 1000)] int steps, [Values(0.001, 1)] double underestimate)
    {
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(4);
        double bound = SpectralBound.Compute(gram) * underestimate;
        var core = new FistaCore<float>(Atoms);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            LassoOutcome outcome = core.Solve(gram, correlations[i], norms[i], bound, new LassoParameters { Lambda = 0.05, MaxIterations = steps });
            AssertBelow(gram.Flops, SolverCost.Fista(Dimension, Atoms, outcome.Iterations, 1));
        }
    }

    [Test]
    public void Omp_RowsInEveryStep_StayBelowTheBound([Values(1, 4, 12)] int active, [Values] bool nonNegative)
    {
        // OMP copies a row once and reads the copies of all active atoms in each step, so its count is that of its steps; here they are replayed from what it reports.
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(5);
        var core = new OmpCore<float>(Atoms, active);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            OmpOutcome outcome = core.Solve(gram, correlations[i], norms[i], new OmpParameters { MaxActive = active, NonNegative = nonNegative });
            UInt128 done = 0;
            for (int step = 1; step <= outcome.Iterations; step++)
            {
                done += (UInt128)(2L * Atoms * Math.Min(step, active)) + (UInt128)(3L * Atoms);
            }

            Assert.That(gram.Count, Is.LessThanOrEqualTo(outcome.Iterations + outcome.DependentAtoms), "one copy for each atom that was tried");
            AssertBelow(done, SolverCost.Omp(Dimension, Atoms, active, 1, nonNegative));
        }
    }

    [Test]
    public void Thresholding_RowsUsed_StayBelowTheBoundOfItsOwnIterations([Values("IHT", "NIHT", "HTP", "CoSaMP", "SP")] string name, [Values] bool nonNegative)
    {
        // Twice as many atoms as may be active: then the quadratic forms over 2K changed atoms read whole rows, so that every row that is asked for, for a gradient or for an
        // error, stands for 2N operations; those of least squares, which are gathered for nothing, are counted on top and less than its own.
        const int Active = Atoms / 2;
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(6);
        (ThresholdingCore<float> core, long candidates, int retries) = name switch
        {
            "IHT" or "NIHT" => ((ThresholdingCore<float>)new IhtCore<float>(Atoms, Active), 0L, IhtCore<float>.MaxShorter),
            "HTP" => (new HtpCore<float>(Atoms, Active), Active, HtpCore<float>.MaxHalvings),
            _ => (new MergedPursuitCore<float>(Atoms, Active, name == "SP"), (name == "SP" ? 2L : 3L) * Active, 0),
        };
        double bound = SpectralBound.Compute(new NormalizedGram<float>(gram));
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            var parameters = new ThresholdingParameters { MaxActive = Active, NonNegative = nonNegative, MaxIterations = 40, Normalized = name == "NIHT", SpectralBound = bound, Step = 1 / bound };
            PursuitOutcome outcome = core.Solve(gram, correlations[i], norms[i], parameters);
            AssertBelow(gram.Flops, SolverCost.Thresholding(Dimension, Atoms, Active, candidates, retries, outcome.Iterations, nonNegative, 1));
            Assert.That(gram.Count, Is.GreaterThan(0));
        }
    }

    [Test]
    public void Admm_RowsUsed_StayBelowTheBoundOfItsOwnIterations([Values(1, 7, 30)] int most, [Values] bool warm)
    {
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(7);
        var core = new AdmmCore<float>(new AdmmFactors<float>(gram, new float[Atoms * Atoms], Atoms));
        float[] start = [.. Enumerable.Repeat(0.01f, warm ? Atoms : 0)];
        int[] support = [.. Enumerable.Range(0, start.Length)];
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            LassoOutcome outcome = core.Solve(gram, correlations[i], norms[i], new AdmmParameters { Lambda = 0.05, MaxIterations = most }, support, start);
            UInt128 solves = (UInt128)(2L * Atoms * Atoms * outcome.Iterations);
            AssertBelow(gram.Flops + solves, SolverCost.Admm(Atoms, Atoms, outcome.Iterations, 1));
        }
    }

    [Test]
    public void Lca_RowsUsed_StayBelowTheBoundOfItsOwnSteps([Values(1, 30, 200)] int most, [Values] bool hard)
    {
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(8);
        double bound = SpectralBound.Compute(new NormalizedGram<float>(gram));
        var core = new LcaCore<float>(Atoms);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            LassoOutcome outcome = core.Solve(gram, correlations[i], norms[i], bound, new LcaParameters { Lambda = 0.05, Hard = hard, MaxIterations = most });
            AssertBelow(gram.Flops, SolverCost.Fista(Dimension, Atoms, outcome.Iterations, 1));
        }
    }

    [Test]
    public void GradientPursuit_WorkOfItsSteps_StaysBelowTheBound([Values(1, 4, 12)] int active, [Values(0, 1, 2)] int direction, [Values] bool nonNegative)
    {
        // Rows are copied once; the work of each step on them and on the support is replayed from what it reports.
        (CountingGram gram, float[][] correlations, double[] norms) = Problem(9);
        var core = new GradientPursuitCore<float>(Atoms, active);
        for (int i = 0; i < Signals; i++)
        {
            gram.Reset();
            PursuitOutcome outcome = core.Solve(gram, correlations[i], norms[i], new PursuitParameters { MaxActive = active, MaxIterations = 3 * active, NonNegative = nonNegative, Conjugate = direction == 1, FullyConjugate = direction == 2 });
            UInt128 done = (UInt128)(3L * Atoms);
            for (int step = 1; step <= outcome.Iterations; step++)
            {
                long k = Math.Min(step, active);
                done += (UInt128)((2L * Atoms * k) + (3L * Atoms) + (4 * k * k) + (6 * k) + (direction == 1 ? 2 * k * k : direction == 2 ? 6 * k * k : 0));
            }

            Assert.That(gram.Count, Is.LessThanOrEqualTo(active), "one copy for each atom");
            AssertBelow(done, SolverCost.Pursuit(Dimension, Atoms, active, outcome.Iterations, 1));
        }
    }

    [Test]
    public void SpectralBound_OfADictionary_IsComputedOnce()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 2 }, { 3, 4 } });
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => dictionary.SpectralBound(cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => dictionary.NormalizedSpectralBound(cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        (double first, double normalized) = (dictionary.SpectralBound(), dictionary.NormalizedSpectralBound());

        // Work that is not done again cannot be cancelled.
        Assert.That((dictionary.SpectralBound(cancelled.Token), dictionary.NormalizedSpectralBound(cancelled.Token)), Is.EqualTo((first, normalized)));
    }

    [Test]
    public void EncodingFlops_OfSolvers_AreBoundsThatGrowWithTheSamples()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 10, Seed = 1 });
        foreach (IEncoder encoder in (IEncoder[])[
            new OmpEncoder(world.Dictionary, new OmpOptions { MaxActive = 2 }), new LarsEncoder(world.Dictionary, new LarsOptions { Lambda = 0.1f }),
            new LassoEncoder(world.Dictionary, new LassoOptions { Lambda = 0.1f }), new FistaEncoder(world.Dictionary, new FistaOptions { Lambda = 0.1f })])
        {
            FlopCount one = encoder.EncodingFlops(1), ten = encoder.EncodingFlops(10);
            Assert.That(one.IsBound);
            Assert.That(ten.Value, Is.EqualTo(10 * one.Value));
            Assert.That(encoder.EncodingFlops(0).Value, Is.EqualTo(UInt128.Zero));
        }
    }

    private static void AssertBelow(UInt128 done, FlopCount bound)
    {
        Assert.That(bound.IsBound);
        Assert.That(done + (2 * Dimension * Atoms), Is.LessThanOrEqualTo(bound.Value));
    }

    private static (CountingGram Gram, float[][] Correlations, double[] Norms) Problem(int seed)
    {
        var random = new Random(seed);
        float[] atoms = Draw(Atoms * Dimension);
        var values = new float[Atoms * Atoms];
        GramProduct.All(atoms, Dimension, values, 1);
        float[][] signals = [.. Enumerable.Range(0, Signals).Select(_ => Draw(Dimension))];
        float[][] correlations = [.. signals.Select(x => Enumerable.Range(0, Atoms).Select(j => GramProduct.Entry(atoms.AsSpan(j * Dimension, Dimension), x)).ToArray())];
        return (new CountingGram(values), correlations, [.. signals.Select(x => x.Sum(v => (double)v * v))]);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private sealed class CountingGram(float[] values) : GramRows<float>
    {
        private readonly DenseGram<float> _gram = new(values, Atoms);

        public int Count { get; private set; }

        public UInt128 Flops => (UInt128)(2L * Atoms * Count);

        public override int AtomCount => Atoms;

        public override ReadOnlySpan<float> Diagonal => _gram.Diagonal;

        public void Reset() => Count = 0;

        public override ReadOnlySpan<float> Row(int atom)
        {
            Count++;
            return _gram.Row(atom);
        }
    }
}
