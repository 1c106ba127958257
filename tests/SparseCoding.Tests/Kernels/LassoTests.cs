using FsCheck;
using FsCheck.Fluent;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The three Lasso solvers against outside numbers, against each other, and on designs that break other implementations.</summary>
public sealed class LassoTests
{
    private static readonly double[] SineObjectives = [1.763793510763, 1.929930892490, 1.836857814478, 2.525849950636];
    private static readonly double[] SinePositiveObjectives = [2.882689480150, 2.089740704297, 2.551278182800, 3.254944464235];

    public enum Solver
    {
        Homotopy,
        Descent,
        Momentum,
    }

    [Test]
    public void Solve_SineDictionary_HasThePublishedObjectives([Values] Solver solver, [Values] bool nonNegative, [Values(0, 1, 2, 3)] int number)
    {
        LassoProblem problem = LassoProblem.Sine(number);
        double[] code = Run(problem, solver, .3, nonNegative);
        double expected = (nonNegative ? SinePositiveObjectives : SineObjectives)[number];
        Assert.That(problem.Objective(code, .3), Is.EqualTo(expected).Within(1.1e-12));
        int[] supports = [9, 7, 11, 13];
        if (!nonNegative)
        {
            Assert.That(code.Count(z => z != 0), Is.EqualTo(supports[number]));
        }
    }

    [Test]
    public void Solve_SineDictionary_HasThePublishedCodes([Values] Solver solver)
    {
        double[] signed = Run(LassoProblem.Sine(1), solver, .3, false), positive = Run(LassoProblem.Sine(0), solver, .3, true);
        AssertCode(signed, 1e-10, (1, 1.4315288924), (2, 1.2994238963), (8, 1.0274733636), (9, .4495931154), (10, -.4584651125), (14, -.5383937263), (27, .0425988162));
        AssertCode(positive, 1e-10, (4, .5538956958), (8, .5853749049), (19, .3499654740), (21, 1.2655251687), (26, .7169316757));
    }

    [Test]
    public void Descent_DiabetesAtHalf_MatchesScikitLearn([Values] bool single)
    {
        LassoProblem problem = LassoProblem.Diabetes();
        var parameters = new LassoParameters { Lambda = 221, GapTolerance = single ? 1e-7 : 0 };
        double[] code = single ? problem.Descend<float>(parameters).Code : problem.Descend<double>(parameters).Code;
        double[] expected = [0, 0, 471.013581644, 136.516897682, 0, 0, -58.340092513, 0, 408.021865385, 0];
        Assert.That(code, Is.EqualTo(expected).Within(single ? 471e-5 : 6e-10));
    }

    [TestCase(1e-8, 1)]
    [TestCase(.1, .85)]
    [TestCase(.5, .25)]
    [TestCase(1, 0)]
    public void Solve_OneDimensionalToy_IsTheClosedForm(double alpha, double expected)
    {
        // scikit-learn's test_lasso_toy: x = (-1, 0, 1), y = x, n = 3.
        var problem = new LassoProblem([[-1, 0, 1]], [-1, 0, 1]);
        foreach (Solver solver in Enum.GetValues<Solver>())
        {
            Assert.That(Run(problem, solver, 3 * alpha, false)[0], Is.EqualTo(expected).Within(2e-8), $"{solver}");
        }
    }

    [Test]
    public void Solve_OrthonormalAtoms_IsSoftThresholding([Values] Solver solver)
    {
        var problem = new LassoProblem([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [2, -2, .5, -1]);
        Assert.That(Run(problem, solver, .75, false), Is.EqualTo([1.25, -1.25, 0, -.25]).Within(1e-12));
        Assert.That(Run(problem, solver, .25, true), Is.EqualTo([1.75, 0, .25, 0]).Within(1e-12));
    }

    [Test]
    public void Solve_ScaledAtoms_GivesTheScaledProblemsMinimum([Values] Solver solver)
    {
        LassoProblem problem = LassoProblem.Random(30, 12, 5);
        double[][] scaled = problem.Atoms.Select((a, j) => a.Select(v => v * Math.Pow(3, (j % 5) - 2)).ToArray()).ToArray();
        var other = new LassoProblem(scaled, problem.Signal);
        double lambda = .2 * other.LambdaMax;
        Assert.That(other.Violation(Run(other, solver, lambda, false), lambda), Is.LessThan(1e-9));
    }

    private static IEnumerable<TestCaseData> HardDesigns()
    {
        yield return new TestCaseData(LassoProblem.FromColumns([[3, 3, 1], [2, 2, 0], [1, 1, 0]], [1, 0, 0]), 3 * .01).SetArgDisplayNames("collinear");
        yield return new TestCaseData(LassoProblem.FromColumns([[5, 0], [0, 5], [10, 10]], [5, 0, 5]), .3).SetArgDisplayNames("square");
        yield return new TestCaseData(LassoProblem.FromColumns([[10, 10, 0], [1e-32, 0, 0], [0, 0, 1]], [5, 0, 5]), .3).SetArgDisplayNames("rank deficient");
        yield return new TestCaseData(LassoProblem.FromColumns([[1e20, 1e20, 0], [-1e-32, 0, 0], [1, 1, 1]], [10, 10, 1]), 3e-4).SetArgDisplayNames("ill-conditioned");

        LassoProblem random = LassoProblem.Random(20, 8, 9);
        double[][] twins = [.. random.Atoms, .. random.Atoms, .. random.Atoms.Select(a => a.Select(v => -v).ToArray())];
        yield return new TestCaseData(new LassoProblem(twins, random.Signal), .05).SetArgDisplayNames("duplicates and negatives");
        yield return new TestCaseData(new LassoProblem([.. random.Atoms, new double[8]], random.Signal), .05).SetArgDisplayNames("zero atom");

        // Signed permutations of one vector: many exact ties at every breakpoint, in exact arithmetic.
        double[][] lattice = (from a in new[] { -1.0, 0, 1 } from b in new[] { -1.0, 0, 1 } from c in new[] { -1.0, 0, 1 } where a != 0 || b != 0 || c != 0 select new[] { a, b, c }).ToArray();
        yield return new TestCaseData(new LassoProblem(lattice, [4, 4, 4]), .5).SetArgDisplayNames("lattice, all tied");
        yield return new TestCaseData(new LassoProblem(lattice, [4, 2, 2]), .5).SetArgDisplayNames("lattice, some tied");
        yield return new TestCaseData(new LassoProblem(lattice, [3, 2, 1]), .0).SetArgDisplayNames("lattice, to the end");
    }

    [TestCaseSource(nameof(HardDesigns))]
    public void Lars_HardDesign_IsOptimalAndNoWorseThanDescent(object design, double lambda)
    {
        var problem = (LassoProblem)design;
        foreach (bool nonNegative in new[] { false, true })
        {
            var (lars, outcome, _) = problem.Lars<double>(new LarsParameters { Lambda = lambda, NonNegative = nonNegative });
            double[] descent = problem.Descend<double>(new LassoParameters { Lambda = lambda, NonNegative = nonNegative, GapTolerance = 1e-14 }).Code;
            Assert.That(lars, Has.All.Matches<double>(double.IsFinite));
            Assert.That(problem.Objective(lars, lambda), Is.LessThanOrEqualTo((problem.Objective(descent, lambda) * (1 + 1e-8)) + 1e-13));
            Assert.That(problem.Violation(lars, lambda, nonNegative), Is.LessThan(1e-9));
            Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Penalty));
            Assert.That(outcome.Lambda, Is.EqualTo(lambda));

            if (!problem.Gram<float>().Diagonal.ToArray().All(float.IsFinite))
            {
                continue;
            }

            double[] single = problem.Lars<float>(new LarsParameters { Lambda = lambda, NonNegative = nonNegative }).Code;
            Assert.That(problem.Violation(single, lambda, nonNegative), Is.LessThan(3e-6), "float");
        }
    }

    [Test]
    public void Lars_JoinAndDropAtTheSameLevel_StaysOnThePath()
    {
        // Searches small integer designs, where joins and drops coincide exactly, and demands every breakpoint of every path to be optimal.
        int coincidences = 0;
        var random = new Random(17);
        for (int trial = 0; trial < 400; trial++)
        {
            double[][] atoms = Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 3).Select(_ => (double)random.Next(-1, 2)).ToArray()).ToArray();
            var problem = new LassoProblem(atoms, Enumerable.Range(0, 3).Select(_ => (double)random.Next(-3, 4)).ToArray());
            if (problem.LambdaMax == 0)
            {
                continue;
            }

            LarsPath path = problem.Lars<double>(new LarsParameters { RecordPath = true }).Path!;
            for (int k = 0; k < path.Lambdas.Count; k++)
            {
                var code = new double[6];
                for (int i = 0; i < path.Active[k].Length; i++)
                {
                    code[path.Active[k][i]] = path.Coefficients[k][i];
                }

                Assert.That(problem.Violation(code, path.Lambdas[k]), Is.LessThan(1e-11), $"trial {trial}, breakpoint {k}");
                if (k + 1 < path.Lambdas.Count)
                {
                    Assert.That(path.Lambdas[k + 1], Is.LessThan(path.Lambdas[k]), "every segment has a length");
                    coincidences += path.Active[k].Except(path.Active[k + 1]).Any() || path.Active[k + 1].Except(path.Active[k]).Count() > 1 ? 1 : 0;
                }
            }
        }

        Assert.That(coincidences, Is.GreaterThan(50), "the search must meet what it is for");
    }

    [Test]
    public void Solve_Float_AgreesWithDoubleAndIsOptimal([Values] Solver solver, [Values(.3, .1, .03)] double relative, [Values] bool nonNegative)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            LassoProblem problem = LassoProblem.Random(96, 32, seed);
            double lambda = relative * problem.LambdaMax;
            double[] exact = Run(problem, Solver.Homotopy, lambda, nonNegative);
            double[] code = solver switch
            {
                Solver.Homotopy => problem.Lars<float>(new LarsParameters { Lambda = lambda, NonNegative = nonNegative }).Code,
                Solver.Descent => problem.Descend<float>(new LassoParameters { Lambda = lambda, NonNegative = nonNegative, GapTolerance = 0 }).Code,
                _ => problem.Fista<float>(new LassoParameters { Lambda = lambda, NonNegative = nonNegative, GapTolerance = 1e-9, MaxIterations = 3000 }).Code,
            };
            Assert.That(problem.Violation(code, lambda, nonNegative), Is.LessThan(1.5e-6), $"seed {seed}");
            if (solver != Solver.Momentum)
            {
                double scale = exact.Max(Math.Abs);
                Assert.That(code, Is.EqualTo(exact).Within(1e-5 * scale), $"seed {seed}");
            }
        }
    }

    [Test]
    public void Solve_RandomProblems_AreOptimalAndAgree()
    {
        Gen<(int Atoms, int Dimension, int Seed, double Relative, bool NonNegative)> problems =
            from atoms in Gen.Choose(1, 60)
            from dimension in Gen.Choose(1, 30)
            from seed in Gen.Choose(0, 1_000_000)
            from exponent in Gen.Choose(0, 30)
            from sign in Gen.Choose(0, 1)
            select (atoms, dimension, seed, Math.Pow(10, -exponent / 10.0), sign == 1);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true).WithReplay(20260, 11), Prop.ForAll(problems.ToArbitrary(), p =>
        {
            LassoProblem problem = LassoProblem.Random(p.Atoms, p.Dimension, p.Seed);
            double lambda = p.Relative * problem.LambdaMax;
            double[] lars = Run(problem, Solver.Homotopy, lambda, p.NonNegative), descent = Run(problem, Solver.Descent, lambda, p.NonNegative);
            var (momentum, outcome) = problem.Fista<double>(new LassoParameters { Lambda = lambda, NonNegative = p.NonNegative, GapTolerance = 1e-9, MaxIterations = 5_000 });
            double best = problem.Objective(lars, lambda), slack = 1e-9 * problem.SquaredNorm;
            return problem.Violation(lars, lambda, p.NonNegative) < 1e-9
                && problem.Violation(descent, lambda, p.NonNegative) < 1e-9
                && Math.Abs(problem.Objective(descent, lambda) - best) < slack
                && problem.Objective(momentum, lambda) >= best - slack
                && problem.Objective(momentum, lambda) <= best + outcome.Gap + slack

                // First-order steps need many thousands on near-parallel atoms (few dimensions) and at a small λ; elsewhere they must arrive.
                && (p.Relative < .1 || p.Dimension < 10 || outcome.Stop != SolverStop.MaxIterations);
        }));
    }

    [Test]
    public void Gap_AnySolver_BoundsTheDistanceFromTheMinimum([Values] bool nonNegative)
    {
        LassoProblem problem = LassoProblem.Random(50, 20, 4);
        double lambda = .1 * problem.LambdaMax, best = problem.Objective(Run(problem, Solver.Homotopy, lambda, nonNegative), lambda);
        foreach (int steps in new[] { 1, 2, 3, 5, 10, 30 })
        {
            var parameters = new LassoParameters { Lambda = lambda, NonNegative = nonNegative, GapTolerance = 0, MaxIterations = steps };
            foreach (var (code, outcome) in new[] { problem.Descend<double>(parameters), problem.Fista<double>(parameters) })
            {
                double above = problem.Objective(code, lambda) - best;
                Assert.That(outcome.Gap, Is.GreaterThanOrEqualTo(above - 1e-14));
                double[] residual = problem.Residual(code);
                Assert.That(outcome.SquaredError, Is.EqualTo(LassoProblem.Dot(residual, residual)).Within(1e-12));
            }
        }
    }

    [Test]
    public void Solve_Ridge_IsTheElasticNet([Values] bool momentum, [Values] bool nonNegative)
    {
        LassoProblem problem = LassoProblem.Random(40, 15, 8);
        double lambda = .1 * problem.LambdaMax;
        var parameters = new LassoParameters { Lambda = lambda, Ridge = .4, NonNegative = nonNegative, GapTolerance = 1e-13 };
        var (code, outcome) = momentum ? problem.Fista<double>(parameters) : problem.Descend<double>(parameters);
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        Assert.That(problem.Violation(code, lambda, nonNegative, .4), Is.LessThan(1e-6));
        double[] residual = problem.Residual(code);
        Assert.That(outcome.SquaredError, Is.EqualTo(LassoProblem.Dot(residual, residual)).Within(1e-12));

        // The same as the Lasso of atoms with √β e_j appended.
        double[][] augmented = problem.Atoms.Select((a, j) => (double[])[.. a, .. Enumerable.Range(0, 40).Select(k => k == j ? Math.Sqrt(.4) : 0)]).ToArray();
        double[] lasso = Run(new LassoProblem(augmented, [.. problem.Signal, .. new double[40]]), Solver.Homotopy, lambda, nonNegative);
        Assert.That(code, Is.EqualTo(lasso).Within(1e-6));
    }

    [Test]
    public void Solve_WarmStart_IsUsedAndEndsAtTheSameCode()
    {
        LassoProblem problem = LassoProblem.Random(80, 30, 6);
        double lambda = .05 * problem.LambdaMax;
        DenseGram<double> gram = problem.Gram<double>();
        double[] correlations = problem.Correlations<double>();
        var parameters = new LassoParameters { Lambda = lambda, GapTolerance = 1e-12 };
        var descent = new CoordinateDescentCore<double>(80);
        LassoOutcome cold = descent.Solve(gram, correlations, problem.SquaredNorm, parameters);
        double[] code = problem.Dense(descent.Support, descent.Coefficients);
        LassoOutcome warm = descent.Solve(gram, correlations, problem.SquaredNorm, parameters, descent.Support, descent.Coefficients);
        Assert.That(warm.Iterations, Is.LessThan(cold.Iterations));
        Assert.That(problem.Dense(descent.Support, descent.Coefficients), Is.EqualTo(code).Within(1e-6));

        var fista = new FistaCore<double>(80);
        double bound = SpectralBound.Compute(gram);
        LassoOutcome start = fista.Solve(gram, correlations, problem.SquaredNorm, bound, parameters);
        LassoOutcome again = fista.Solve(gram, correlations, problem.SquaredNorm, bound, parameters, descent.Support, descent.Coefficients);
        Assert.That(start.Iterations, Is.GreaterThan(20));
        Assert.That(again.Iterations, Is.LessThan(5));
    }

    [Test]
    public void Fista_FarTooSmallBound_StillConverges()
    {
        LassoProblem problem = LassoProblem.Random(60, 20, 2);
        double lambda = .1 * problem.LambdaMax;
        var core = new FistaCore<double>(60);
        LassoOutcome outcome = core.Solve(
            problem.Gram<double>(), problem.Correlations<double>(), problem.SquaredNorm, .01, new LassoParameters { Lambda = lambda, GapTolerance = 1e-10 });
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        Assert.That(problem.Violation(problem.Dense(core.Support, core.Coefficients), lambda), Is.LessThan(1e-4));
    }

    [Test]
    public void Fista_GaussianSignals_NeedAboutAHundredSteps()
    {
        // Measured with restart for such problems: mean gap 4e-8 after 50 steps, 1e-13 after 100 (without restart 4e-7).
        LassoProblem problem = LassoProblem.Random(256, 64, 1);
        var (_, outcome) = problem.Fista<double>(new LassoParameters { Lambda = .15 * problem.LambdaMax, GapTolerance = 1e-7 });
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        Assert.That(outcome.Iterations, Is.LessThan(200));
    }

    [Test]
    public void SpectralBound_RandomAndStructured_IsAboveTheLargestEigenvalueAndNear()
    {
        // Constant Gram: eigenvalue n with the constant vector. Circulant with alternating signs: 2 with (1, -1, 1, ...).
        Assert.That(SpectralBound.Compute(new DenseGram<double>(Enumerable.Repeat(1.0, 64).ToArray(), 8)), Is.InRange(8, 8.2));
        double[] ring = new double[64];
        for (int i = 0; i < 8; i++)
        {
            ring[(i * 8) + i] = 1;
            ring[(i * 8) + ((i + 1) % 8)] = ring[(i * 8) + ((i + 7) % 8)] = -.5;
        }

        Assert.That(SpectralBound.Compute(new DenseGram<double>(ring, 8)), Is.InRange(2, 2.1));
        Assert.That(SpectralBound.Compute(new DenseGram<float>(new float[9], 3)), Is.EqualTo(1));
        double marchenko = Math.Pow(1 + Math.Sqrt(4), 2);
        Assert.That(SpectralBound.Compute(Enumerable.Repeat(1f, 64).ToArray(), 8, [], default), Is.InRange(64, 64 * 1.02));
        Assert.That(SpectralBound.Compute(new float[9], 3, new float[3], default), Is.EqualTo(1));
        LassoProblem random = LassoProblem.Random(256, 64, 3);
        float[] flat = [.. random.Atoms.SelectMany(a => a).Select(v => (float)v)], scaled = [.. flat.Select((v, i) => v * (1 + (i / 64 % 5)))];
        double byGram = SpectralBound.Compute(random.Gram<double>());
        Assert.That(SpectralBound.Compute(flat, 64, [], default), Is.EqualTo(byGram).Within(1e-3 * byGram));
        float[] norms = [.. Enumerable.Range(0, 256).Select(i => (float)(Math.Sqrt(LassoProblem.Dot(random.Atoms[i], random.Atoms[i])) * (1 + (i % 5))))];
        double normalized = SpectralBound.Compute(new NormalizedGram<double>(random.Gram<double>()));
        Assert.That(SpectralBound.Compute(scaled, 64, norms, default), Is.EqualTo(normalized).Within(1e-3 * normalized));
        Assert.That(SpectralBound.Compute(LassoProblem.Random(256, 64, 3).Gram<double>()), Is.InRange(.9 * marchenko, 1.3 * marchenko));
    }

    [Test]
    public void Solve_AfterWarmUp_AllocatesNothing()
    {
        LassoProblem problem = LassoProblem.Random(64, 32, 3);
        var gram = problem.Gram<float>();
        float[] correlations = problem.Correlations<float>();
        var descent = new CoordinateDescentCore<float>(64);
        var fista = new FistaCore<float>(64);
        var parameters = new LassoParameters { Lambda = .05 * problem.LambdaMax };
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            descent.Solve(gram, correlations, problem.SquaredNorm, parameters);
            fista.Solve(gram, correlations, problem.SquaredNorm, 10, parameters);
            Assert.That(round == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }
    }

    private static double[] Run(LassoProblem problem, Solver solver, double lambda, bool nonNegative)
    {
        var parameters = new LassoParameters { Lambda = lambda, NonNegative = nonNegative, GapTolerance = 0, MaxIterations = 100_000 };
        return solver switch
        {
            Solver.Homotopy => problem.Lars<double>(new LarsParameters { Lambda = lambda, NonNegative = nonNegative }).Code,
            Solver.Descent => problem.Descend<double>(parameters).Code,
            _ => problem.Fista<double>(parameters).Code,
        };
    }

    private static void AssertCode(double[] code, double tolerance, params (int Atom, double Value)[] expected)
    {
        var dense = new double[code.Length];
        foreach (var (atom, value) in expected)
        {
            dense[atom] = value;
        }

        Assert.That(code, Is.EqualTo(dense).Within(tolerance));
    }
}
