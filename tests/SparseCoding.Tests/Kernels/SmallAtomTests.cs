using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>
/// Signals without noise whose smallest coefficient lies below the rounding of a squared error in float (1e-7 ‖x‖²) but far above that of a correlation: every solver for
/// codes of few atoms must still find it wherever its double form does.
/// </summary>
public sealed class SmallAtomTests
{
    private const int Atoms = 128, Dimension = 64, Active = 4, Draws = 200;

    private static readonly double[][] Dictionary = World(1).Atoms;

    [Test]
    public void Omp_SmallCoefficient_IsFoundAndTheBudgetIsTheReason([Values] bool orthogonal, [Values] bool nonNegative, [Values(3e-4, 1e-2)] double least)
    {
        if (orthogonal && nonNegative)
        {
            return;
        }

        var parameters = new OmpParameters { MaxActive = Active, Rule = orthogonal ? PursuitRule.ErrorReduction : PursuitRule.Correlation, NonNegative = nonNegative };
        (int[][] truth, double[][] signals) = Draw(least);
        var single = new GreedyProblem<float>(Dictionary, signals);
        var wide = new GreedyProblem<double>(Dictionary, signals);
        OmpCore<float> core = new(Atoms, Active);
        OmpCore<double> exact = new(Atoms, Active);
        int possible = 0, found = 0, full = 0, complete = 0;
        for (int i = 0; i < Draws; i++)
        {
            full += wide.Solve(exact, i, parameters).Stop == SolverStop.MaxActive ? 1 : 0;
            possible += exact.Support.ToArray().Order().SequenceEqual(truth[i]) ? 1 : 0;
            complete += single.Solve(core, i, parameters).Stop == SolverStop.MaxActive ? 1 : 0;
            found += core.Support.ToArray().Order().SequenceEqual(truth[i]) ? 1 : 0;
        }

        TestContext.Out.WriteLine($"OMP {orthogonal} {nonNegative} {least}: {found} of {possible} possible, budget in {complete} of {full}");
        Assert.That(possible, Is.GreaterThan(Draws / 2));
        Assert.That(found, Is.AtLeast(possible * 99 / 100));
        Assert.That(complete, Is.AtLeast(full * 99 / 100));
    }

    [Test]
    public void Omp_MoreAtomsThanTheSignalHas_StopsSoonAfterTheFit([Values] bool orthogonal)
    {
        (int[][] truth, double[][] signals) = Draw(0.2);
        var problem = new GreedyProblem<float>(Dictionary, signals);
        var core = new OmpCore<float>(Atoms, 32);
        int more = 0, exact = 0;
        for (int i = 0; i < Draws; i++)
        {
            OmpOutcome outcome = problem.Solve(core, i, new OmpParameters { MaxActive = 32, Rule = orthogonal ? PursuitRule.ErrorReduction : PursuitRule.Correlation });
            if (core.Support.Length >= Active && core.Support[..Active].ToArray().Order().SequenceEqual(truth[i]))
            {
                exact++;
                more += core.Support.Length - Active;
                Assert.That(outcome.Stop, Is.EqualTo(SolverStop.NoImprovement), $"row {i}, {core.Support.Length} atoms");
            }
        }

        TestContext.Out.WriteLine($"{more} atoms of rounding in {exact} rows");
        Assert.That(exact, Is.GreaterThan(Draws / 2));
        Assert.That(more, Is.LessThan(exact / 10));
    }

    [Test]
    public void Nnls_SmallCoefficient_IsInTheOptimum()
    {
        (int[][] truth, double[][] signals) = Draw(3e-4);
        var problem = new GreedyProblem<float>(Dictionary, signals);
        var core = new NnlsCore<float>(Atoms, Dimension);
        int found = 0;
        for (int i = 0; i < Draws; i++)
        {
            core.Solve(problem.Gram, problem.Correlations[i], problem.SquaredNorms[i], default);
            found += truth[i].All(core.Support.ToArray().Contains) ? 1 : 0;
        }

        TestContext.Out.WriteLine($"NNLS {found}");
        Assert.That(found, Is.AtLeast(Draws * 95 / 100));
    }

    [Test]
    public void Thresholding_SmallCoefficient_IsFound([Values] ThresholdingMethod method, [Values(3e-4, 1e-2)] double least)
    {
        (int[][] truth, double[][] signals) = Draw(least);
        int possible = 0, found = 0;
        for (int i = 0; i < Draws / 4; i++)
        {
            var problem = new LassoProblem(Dictionary, signals[i]);
            bool Right(double[] code) => truth[i].SequenceEqual(Enumerable.Range(0, Atoms).Where(j => code[j] != 0));
            possible += Right(Thresholding.Run<double>(problem, method, Active).Code) ? 1 : 0;
            found += Right(Thresholding.Run<float>(problem, method, Active).Code) ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{method} {least}: {found} of {possible} possible of {Draws / 4}");
        Assert.That(found, Is.AtLeast(possible * 95 / 100));
        Assert.That(possible, Is.GreaterThan(Draws / 8));
    }

    [Test]
    public void Lca_HardThresholdsAboveEveryCorrelation_StillStartFromTheWarmCode()
    {
        // Two near atoms whose sum is the signal with the opposite signs: each correlation is small, the code is not.
        double c = 0.98;
        double s = Math.Sqrt(1 - (c * c));
        var problem = new LassoProblem([[1, 0], [c, s]], [1 - c, -s]);
        var core = new LcaCore<double>(2);
        var parameters = new LcaParameters { Lambda = 0.5, Hard = true, MaxIterations = 10_000, Tolerance = 1e-9 };
        DenseGram<double> gram = problem.Gram<double>();
        core.Solve(gram, problem.Correlations<double>(), problem.SquaredNorm, SpectralBound.Compute(gram), parameters);
        Assert.That(core.Support.Length, Is.Zero, "from zero no potential reaches the threshold");
        core.Solve(gram, problem.Correlations<double>(), problem.SquaredNorm, SpectralBound.Compute(gram), parameters, [0, 1], [1, -1]);
        Assert.That(problem.Dense(core.Support, core.Coefficients), Is.EqualTo([1, -1]).Within(1e-6));
    }

    [Test]
    public void RidgedGram_SmallBudget_KeepsFewRowsWithTheSameBits()
    {
        DenseGram<float> inner = new GreedyProblem<float>(Dictionary, []).Gram;
        var small = new RidgedGram<float>(inner, 0.25f, budget: 1);
        var whole = new RidgedGram<float>(inner, 0.25f);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < Atoms; i++)
            {
                Assert.That(small.Row(i).SequenceEqual(whole.Row(i)));
            }
        }

        Assert.That((small.KeptRows, whole.KeptRows), Is.EqualTo((LazyGram.LeastRows, Atoms)));
    }

    [Test]
    public void AdmmFactors_OfADictionary_AreKeptWithinTheBudget()
    {
        float[] atoms = [.. Dictionary.SelectMany(a => a).Select(v => (float)v)];
        var dictionary = new AtomDictionary(atoms, Dimension);
        GramRows<float> gram = dictionary.Gram(1, long.MaxValue);
        AdmmFactors<float> factors = dictionary.AdmmFactors(gram, 3 * 8 * Dimension * Dimension);
        Assert.That(dictionary.AdmmFactors(gram, 1), Is.SameAs(factors));
        double[] first = Solve(-2);
        for (int exponent = -5; exponent <= 5; exponent++)
        {
            Solve(exponent);
        }

        Assert.That(factors.KeptFactors, Is.EqualTo(3));
        Assert.That(Solve(-2), Is.EqualTo(first), "a factor made again has the same bits");

        double[] Solve(int exponent)
        {
            double[] vector = [.. Enumerable.Range(0, Atoms).Select(i => Math.Sin(i))], scratch = new double[Dimension];
            factors.Solve(exponent, vector, scratch);
            return vector;
        }
    }

    [Test]
    public void MergedPursuit_CandidatesLimited_SameCodeInLessMemory([Values] bool subspace)
    {
        // 3K or 2K would be 384 or 256 atoms: 1.2 MB or 0.5 MB of Gram against 128 KB.
        long Allocated(int most)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            _ = new MergedPursuitCore<float>(1024, 128, subspace, most);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(1);
        Assert.That(Allocated(1), Is.LessThan(Allocated(0) - 300_000));
        Assert.That(() => new HtpEncoder(new AtomDictionary(new float[50_000], 1), new HtpOptions { MaxActive = 46_341 }), Throws.ArgumentException.With.Message.Contain("46340"));
    }

    private static (double[][] Atoms, Random Random) World(int seed)
    {
        var random = new Random(seed);
        return ([.. Enumerable.Range(0, Atoms).Select(_ =>
        {
            double[] atom = Greedy.Gaussian(random, Dimension);
            double norm = Math.Sqrt(Greedy.Dot(atom, atom));
            return atom.Select(v => (double)(float)(v / norm)).ToArray();
        })], random);
    }

    /// <summary>Signals rounded to float, as callers have them, and their supports, ascending.</summary>
    private static (int[][] Supports, double[][] Signals) Draw(double least)
    {
        var random = new Random(2);
        int[][] supports = [.. Enumerable.Range(0, Draws).Select(_ => Enumerable.Range(0, Atoms).OrderBy(_ => random.Next()).Take(Active).ToArray())];
        double[][] signals = [.. supports.Select(s => Greedy.Mix(Dictionary, s, [1, 0.6, 0.3, least]).Select(v => (double)(float)v).ToArray())];
        return ([.. supports.Select(s => s.Order().ToArray())], signals);
    }
}
