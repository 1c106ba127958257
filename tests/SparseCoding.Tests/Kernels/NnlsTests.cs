using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>NNLS and NNOMP on outside oracles (SciPy), optimality conditions and degenerate dictionaries.</summary>
public sealed class NnlsTests
{
    private static IEnumerable<GoldenCode> NnompGolden => Greedy.Golden("NNOMP");

    private static IEnumerable<GoldenCode> NnlsGolden => Greedy.Golden("NNLS");

    [TestCaseSource(nameof(NnompGolden))]
    public void SolveNonNegativeOmp_SineDictionary_EqualsGolden(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new OmpCore<double>(32, 6);
        OmpOutcome outcome = problem.Solve(core, expected.Signal, new OmpParameters { MaxActive = 6, NonNegative = true, RecordPath = true });
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        Assert.That(core.Coefficients.ToArray(), Is.EqualTo(expected.Code).Within(1e-11));
        Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.SquaredError).Within(1e-11));
        Assert.That(core.PathSupport(core.PathLength - 1).ToArray(), Is.EqualTo(expected.Atoms));
        Assert.That(core.PathLength, Is.EqualTo(outcome.Iterations));
    }

    [TestCaseSource(nameof(NnompGolden))]
    public void SolveNonNegativeOmp_Float_AgreesWithDouble(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<float> problem = Greedy.Sine<float>();
        var core = new OmpCore<float>(32, 6);
        problem.Solve(core, expected.Signal, new OmpParameters { MaxActive = 6, NonNegative = true });
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        for (int i = 0; i < expected.Code.Length; i++)
        {
            Assert.That((double)core.Coefficients[i], Is.EqualTo(expected.Code[i]).Within(1e-5 * expected.Code.Max()));
        }
    }

    [TestCaseSource(nameof(NnlsGolden))]
    public void Solve_TwelveSineAtoms_EqualsSciPy(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<double> problem = Greedy.Sine<double>(12);
        var core = new NnlsCore<double>(12, 12);
        NnlsOutcome outcome = Solve(problem, core, expected.Signal);
        int[] order = [.. core.Support];
        double[] code = [.. core.Coefficients];
        Array.Sort(order, code);
        Assert.That(order, Is.EqualTo(expected.Atoms));
        Assert.That(code, Is.EqualTo(expected.Code).Within(1e-11));
        Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.SquaredError).Within(1e-11));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
    }

    [Test]
    public void Solve_RandomProblems_SatisfiesTheOptimalityConditions([Values(8, 30, 60)] int atomCount, [Values] bool warm)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(40, atomCount, 20, seed: atomCount);
        var core = new NnlsCore<double>(atomCount, 40);
        var random = new Random(12);
        for (int signal = 0; signal < 20; signal++)
        {
            int[] start = warm ? [.. Enumerable.Range(0, atomCount).Where(_ => random.Next(2) == 0).Take(20)] : [];
            NnlsOutcome outcome = core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], default, start);
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            double[] gradient = [.. problem.Atoms.Select(d => Greedy.Dot(d, residual))];
            Assert.That(gradient.Max(), Is.LessThan(1e-11));
            Assert.That(core.Support.ToArray().Select(j => Math.Abs(gradient[j])).DefaultIfEmpty().Max(), Is.LessThan(1e-11));
            Assert.That(core.Coefficients.ToArray(), Is.All.Positive);
            Assert.That(core.Support.ToArray(), Is.Unique);
            Assert.That(outcome.KktViolation, Is.LessThan(1e-12));
            Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        }
    }

    [Test]
    public void Solve_WarmAndCold_SameOptimum()
    {
        GreedyProblem<double> problem = Greedy.Random<double>(40, 30, 10, seed: 13);
        var core = new NnlsCore<double>(30, 30);
        for (int signal = 0; signal < 10; signal++)
        {
            Solve(problem, core, signal);
            int[] support = [.. core.Support];
            double[] code = [.. core.Coefficients];
            NnlsOutcome again = core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], default, support);
            Assert.That(again.Iterations, Is.Zero, "started at the optimum");
            Assert.That(core.Support.ToArray(), Is.EqualTo(support));
            Assert.That(core.Coefficients.ToArray(), Is.EqualTo(code).Within(1e-12));
        }
    }

    [Test]
    public void Solve_DuplicateAndZeroAtoms_EndsAtTheOptimum([Values] bool single)
    {
        var random = new Random(14);
        double[][] basis = [.. Enumerable.Range(0, 6).Select(_ => Greedy.Gaussian(random, 12))];
        double[][] atoms = [.. basis, .. basis, .. basis.Select(d => d.Select(v => 5 * v).ToArray()), new double[12], .. basis.Select(d => d.Select(v => -v).ToArray())];
        double[][] signals = [.. Enumerable.Range(0, 20).Select(_ => Greedy.Gaussian(random, 12))];
        if (single)
        {
            Check(new GreedyProblem<float>(atoms, signals), 1e-5);
        }
        else
        {
            Check(new GreedyProblem<double>(atoms, signals), 1e-11);
        }

        static void Check<T>(GreedyProblem<T> problem, double tolerance)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            var core = new NnlsCore<T>(problem.AtomCount, problem.AtomCount);
            for (int signal = 0; signal < problem.Signals.Length; signal++)
            {
                NnlsOutcome outcome = core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], default);
                double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
                double size = Math.Sqrt(problem.SquaredNorms[signal]);
                double worst = problem.Atoms.Max(d => Greedy.Dot(d, residual) / Math.Max(1e-9, Math.Sqrt(Greedy.Dot(d, d)))) / size;
                Assert.That(worst, Is.LessThan(tolerance), $"signal {signal}: {outcome}");
                Assert.That(outcome.Iterations, Is.LessThan(60));
            }
        }
    }

    [Test]
    public void SolveNonNegativeOmp_SupportMayShrink_CodeIsNnlsOfItsSupport()
    {
        // Coherent positive atoms: what was selected early often has to leave.
        var random = new Random(15);
        double[][] atoms = [.. Enumerable.Range(0, 60).Select(_ => Greedy.Normalise([.. Greedy.Gaussian(random, 20).Select(v => Math.Abs(v) + 0.3)]))];
        var problem = new GreedyProblem<double>(atoms, [.. Enumerable.Range(0, 60).Select(_ => Greedy.Gaussian(random, 20).Select(v => Math.Abs(v)).ToArray())]);
        var core = new OmpCore<double>(60, 12);
        int shrunk = 0;
        for (int signal = 0; signal < 60; signal++)
        {
            OmpOutcome outcome = problem.Solve(core, signal, new OmpParameters { MaxActive = 12, NonNegative = true });
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            Assert.That(core.Coefficients.ToArray(), Is.All.Positive);
            Assert.That(core.Support.ToArray().Max(j => Math.Abs(Greedy.Dot(atoms[j], residual))), Is.LessThan(1e-10));
            Assert.That(core.ResidualSquaredNorms.ToArray(), Is.Ordered.Descending);
            Assert.That(outcome.Stop, Is.AnyOf(SolverStop.MaxActive, SolverStop.NoImprovement));
            shrunk += outcome.Iterations > outcome.ActiveCount ? 1 : 0;
            if (outcome.Stop == SolverStop.NoImprovement)
            {
                // Then it is the non-negative least-squares code of the whole dictionary.
                Assert.That(atoms.Max(d => Greedy.Dot(d, residual)), Is.LessThan(1e-10));
            }
        }

        Assert.That(shrunk, Is.GreaterThan(5), "the test must reach the shrinking branch");
    }

    [Test]
    public void Solve_NoPositiveCorrelation_IsTheZeroCode()
    {
        double[][] atoms = [[1, 0], [0, 1], [1, 1]];
        var problem = new GreedyProblem<double>(atoms, [[-1, -2]]);
        Assert.That(Solve(problem, new NnlsCore<double>(3, 2), 0).Stop, Is.EqualTo(SolverStop.ZeroCode));
        OmpOutcome outcome = problem.Solve(new OmpCore<double>(3, 2), 0, new OmpParameters { MaxActive = 2, NonNegative = true });
        Assert.That((outcome.Stop, outcome.ActiveCount, outcome.ResidualSquaredNorm), Is.EqualTo((SolverStop.ZeroCode, 0, 5.0)));
    }

    private static NnlsOutcome Solve(GreedyProblem<double> problem, NnlsCore<double> core, int signal) =>
        core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], default);
}
