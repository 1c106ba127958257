using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The Lasso and the elastic net by homotopy, coordinate descent, FISTA, ADMM and LCA: scikit-learn's numbers (Golden/solvers_golden.py), closed forms, and each other.</summary>
public sealed class ElasticNetTests
{
    private static readonly double[] SineObjectives = [2.409875134907, 2.815399843331, 2.277345155035, 3.128384847190];
    private static readonly double[] SinePositiveObjectives = [3.293671206431, 2.944558337024, 2.857168980143, 3.685571689629];

    public enum Solver
    {
        Homotopy,
        Descent,
        Momentum,
        Splitting,
        Competition,
    }

    [Test]
    public void Solve_SineDictionary_HasScikitLearnsElasticNets([Values(Solver.Homotopy, Solver.Descent, Solver.Momentum, Solver.Splitting)] Solver solver, [Values] bool nonNegative, [Values(0, 1, 2, 3)] int number)
    {
        // alpha .05 and l1_ratio .4 at dimension 16.
        LassoProblem problem = LassoProblem.Sine(number);
        double[] code = Run<double>(problem, solver, .32, nonNegative, .48);
        Assert.That(problem.Objective(code, .32, .48), Is.EqualTo((nonNegative ? SinePositiveObjectives : SineObjectives)[number]).Within(1e-11));
        if (number == 1 && nonNegative)
        {
            double[] expected = new double[32];
            (expected[1], expected[2], expected[8], expected[9], expected[13], expected[21], expected[27], expected[29]) =
                (0.962197539113, 0.582071124665, 0.828105281592, 0.14342267602, 0.147071137132, 0.335250988497, 0.11846695232, 0.192846760471);
            Assert.That(code, Is.EqualTo(expected).Within(1e-6));
        }
    }

    [Test]
    public void Solve_Diabetes_HasScikitLearnsElasticNet([Values(Solver.Homotopy, Solver.Descent, Solver.Splitting)] Solver solver)
    {
        // alpha .01, l1_ratio .7, 442 rows.
        double[] expected = [30.96675502756, -62.713455721206, 271.611568019165, 180.956668027209, 11.361264757286, -14.987681645271, -139.013175009762, 111.953536616199, 234.729117522136, 107.67184258256];
        Assert.That(Run<double>(LassoProblem.Diabetes(), solver, 442 * .01 * .7, false, 442 * .01 * .3), Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void Solve_OrthonormalAtoms_IsTheShrunkSoftThreshold([Values(Solver.Homotopy, Solver.Splitting, Solver.Descent)] Solver solver)
    {
        var problem = new LassoProblem([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [2, -2, .5, -1]);
        Assert.That(Run<double>(problem, solver, .75, false, .25), Is.EqualTo([1, -1, 0, -.2]).Within(1e-9));
        Assert.That(Run<double>(problem, solver, .25, true, 1), Is.EqualTo([.875, 0, .125, 0]).Within(1e-9));
    }

    [Test]
    public void Solve_Twins_ShareTheirCoefficientAsTheElasticNetPromises([Values(Solver.Homotopy, Solver.Splitting, Solver.Descent)] Solver solver)
    {
        LassoProblem random = LassoProblem.Random(8, 6, 4);
        var problem = new LassoProblem([.. random.Atoms, .. random.Atoms], random.Signal);
        double[] code = Run<double>(problem, solver, .1, false, .2);
        Assert.That(code.Count(v => v != 0), Is.GreaterThan(2));
        double[] first = code[..8], second = code[8..];
        Assert.That(second, Is.EqualTo(first).Within(1e-6));
    }

    [Test]
    public void Solve_RandomProblems_AreOptimalAndAgree()
    {
        Gen<(int Atoms, int Dimension, int Seed, double Relative, double Ridge, bool NonNegative)> problems =
            from atoms in Gen.Choose(1, 40)
            from dimension in Gen.Choose(1, 24)
            from seed in Gen.Choose(0, 1_000_000)
            from exponent in Gen.Choose(0, 15)
            from ridge in Gen.Elements(0, .01, .1, 1, 10)
            from sign in Gen.Choose(0, 1)
            select (atoms, dimension, seed, Math.Pow(10, -exponent / 10.0), ridge, sign == 1);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100).WithQuietOnSuccess(true).WithReplay(20262, 11), Prop.ForAll(problems.ToArbitrary(), p =>
        {
            LassoProblem problem = LassoProblem.Random(p.Atoms, p.Dimension, p.Seed);
            double lambda = p.Relative * problem.LambdaMax;
            double[] lars = Run<double>(problem, Solver.Homotopy, lambda, p.NonNegative, p.Ridge), descent = Run<double>(problem, Solver.Descent, lambda, p.NonNegative, p.Ridge);
            double best = problem.Objective(descent, lambda, p.Ridge), bound = 1e-9 * (1 + best);
            bool same = Math.Abs(problem.Objective(lars, lambda, p.Ridge) - best) <= bound && problem.Violation(lars, lambda, p.NonNegative, p.Ridge) < 1e-9;
            double[] split = Run<double>(problem, Solver.Splitting, lambda, p.NonNegative, p.Ridge);
            return same && Math.Abs(problem.Objective(split, lambda, p.Ridge) - best) <= bound;
        }));
    }

    [Test]
    public void Solve_ScaledFlippedPermutedProblem_HasTheSameMinimumInItsUnits()
    {
        Gen<(int Seed, Solver Solver, double Scale, bool NonNegative)> problems =
            from seed in Gen.Choose(0, 1_000_000)
            from solver in Gen.Elements(Enum.GetValues<Solver>())
            from exponent in Gen.Choose(-20, 20)
            from sign in Gen.Choose(0, 1)
            select (seed, solver, Math.Pow(2, exponent), sign == 1);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60).WithQuietOnSuccess(true).WithReplay(20263, 11), Prop.ForAll(problems.ToArbitrary(), p =>
        {
            LassoProblem problem = LassoProblem.Random(20, 12, p.Seed);
            double lambda = .2 * problem.LambdaMax, ridge = p.Solver == Solver.Competition ? 0 : .1;
            var random = new Random(p.Seed);
            int[] order = [.. Enumerable.Range(0, 20)];
            random.Shuffle(order);

            // Signal and λ scale the code; atoms may change places, and where codes are signed their signs.
            double[] signs = [.. order.Select(_ => p.NonNegative || random.Next(2) == 0 ? 1.0 : -1.0)];
            var other = new LassoProblem([.. order.Select((from, to) => problem.Atoms[from].Select(v => v * signs[to]).ToArray())], [.. problem.Signal.Select(v => v * p.Scale)]);
            double[] code = Run<double>(problem, p.Solver, lambda, p.NonNegative, ridge), moved = Run<double>(other, p.Solver, lambda * p.Scale, p.NonNegative, ridge);
            double bound = 1e-4 * (1e-9 + code.Max(Math.Abs));
            return order.Select((from, to) => Math.Abs((moved[to] * signs[to] / p.Scale) - code[from]) <= bound).All(close => close);
        }));
    }

    [Test]
    public void Solve_SplittingAndCompetition_ReachTheLassosMinimum([Values(Solver.Splitting, Solver.Competition)] Solver solver, [Values] bool nonNegative, [Values(.3, .1)] double relative)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            LassoProblem problem = LassoProblem.Random(48, 20, seed);
            double lambda = relative * problem.LambdaMax, best = problem.Objective(Run<double>(problem, Solver.Homotopy, lambda, nonNegative, 0), lambda);
            Assert.That(problem.Objective(Run<double>(problem, solver, lambda, nonNegative, 0), lambda), Is.EqualTo(best).Within(1e-9 * (1 + best)), $"seed {seed}");
            double single = problem.Objective(Run<float>(problem, solver, lambda, nonNegative, 0), lambda);
            Assert.That(single, Is.EqualTo(best).Within(2e-6 * problem.SquaredNorm), $"seed {seed}, float");
        }
    }

    [Test]
    public void Solve_AtomsOfAnyNorm_ReachTheLassosMinimum([Values(Solver.Splitting, Solver.Competition, Solver.Homotopy)] Solver solver)
    {
        LassoProblem unit = LassoProblem.Random(24, 30, 5);
        var problem = new LassoProblem([.. unit.Atoms.Select((a, j) => a.Select(v => v * Math.Pow(2, (j % 4) - 2)).ToArray())], unit.Signal);
        double lambda = .1 * problem.LambdaMax, best = problem.Objective(Run<double>(problem, Solver.Descent, lambda, false, 0), lambda);
        Assert.That(problem.Objective(Run<double>(problem, solver, lambda, false, 0), lambda), Is.EqualTo(best).Within(1e-9 * best));
    }

    [Test]
    public void Splitting_AnyRhoAndRelaxation_GivesTheSameCode([Values(-6, 0, 6)] int exponent, [Values(1, 1.8)] double relaxation, [Values] bool adaptive, [Values(12, 40)] int dimension)
    {
        // More atoms than dimensions and fewer: both sides of the factorisation.
        LassoProblem problem = LassoProblem.Random(24, dimension, 8);
        double lambda = .1 * problem.LambdaMax;
        double[] expected = Run<double>(problem, Solver.Homotopy, lambda, false, 0);
        var parameters = new AdmmParameters { Lambda = lambda, GapTolerance = 1e-12, RhoExponent = exponent, Relaxation = relaxation, AdaptiveRho = adaptive, MaxIterations = 100_000 };
        (double[] code, LassoOutcome outcome) = Split<double>(problem, parameters);
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        Assert.That(code, Is.EqualTo(expected).Within(1e-4 * expected.Max(Math.Abs)));
    }

    [Test]
    public void Solve_NoPenalty_IsLeastSquares([Values] bool competition)
    {
        // Fewer atoms than dimensions; the duality gap says nothing at λ = 0.
        LassoProblem problem = LassoProblem.Random(6, 12, 3);
        (double[] code, LassoOutcome outcome) = competition
            ? Compete<double>(problem, new LcaParameters { Lambda = 0, MaxIterations = 100_000 })
            : Split<double>(problem, new AdmmParameters { Lambda = 0, MaxIterations = 100_000 });
        var expected = new double[6];
        Assert.That(Thresholding.Solve(problem, [0, 1, 2, 3, 4, 5], expected), Is.True);
        Assert.That(code, Is.EqualTo(expected).Within(1e-9));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
    }

    [Test]
    public void Splitting_ResidualStop_EndsBeforeTheGapAndLimitIsReported()
    {
        LassoProblem problem = LassoProblem.Random(60, 30, 3);
        double lambda = .1 * problem.LambdaMax;
        var exact = new AdmmParameters { Lambda = lambda, GapTolerance = 1e-12 };
        LassoOutcome loose = Split<double>(problem, exact with { GapTolerance = 0, ResidualTolerance = 1e-2 }).Outcome, tight = Split<double>(problem, exact).Outcome;
        Assert.That((loose.Stop, tight.Stop), Is.EqualTo((SolverStop.Converged, SolverStop.Converged)));
        Assert.That(loose.Iterations, Is.LessThan(tight.Iterations));
        Assert.That(tight.Gap, Is.LessThan(loose.Gap));
        Assert.That(Split<double>(problem, exact with { MaxIterations = 3 }).Outcome is { Stop: SolverStop.MaxIterations, Iterations: 3 }, Is.True);
    }

    [Test]
    public void Competition_HardThresholds_EndAtALocalMinimumOfTheCountedObjective()
    {
        var orthonormal = new LassoProblem([[1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [2, -2, .5, -1]);
        Assert.That(Compete<double>(orthonormal, new LcaParameters { Lambda = .75, Hard = true, Tolerance = 1e-12 }).Code, Is.EqualTo([2, -2 / 3.0, 0, -1]).Within(1e-9));
        for (int seed = 0; seed < 20; seed++)
        {
            LassoProblem unit = LassoProblem.Random(30, 20, seed);
            var problem = new LassoProblem([.. unit.Atoms.Select((a, j) => a.Select(v => v * (1 + (j % 3))).ToArray())], unit.Signal);
            double lambda = .4 * unit.LambdaMax;
            (double[] code, LassoOutcome outcome) = Compete<double>(problem, new LcaParameters { Lambda = lambda, Hard = true, Tolerance = 1e-11, MaxIterations = 100_000 });
            Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged).Or.EqualTo(SolverStop.Penalty), $"seed {seed}");
            double[] residual = problem.Residual(code);
            Assert.That(outcome.SquaredError, Is.EqualTo(LassoProblem.Dot(residual, residual)).Within(1e-9));
            for (int j = 0; j < code.Length; j++)
            {
                double norm = Math.Sqrt(LassoProblem.Dot(problem.Atoms[j], problem.Atoms[j])), c = LassoProblem.Dot(problem.Atoms[j], residual) / norm;
                Assert.That(Math.Abs(code[j] == 0 ? c : code[j] * norm), code[j] == 0 ? Is.AtMost(lambda + 1e-9) : Is.AtLeast(lambda - 1e-9), $"seed {seed}, atom {j}");
                Assert.That(code[j] == 0 ? 0 : c, Is.Zero.Within(1e-9));
            }
        }
    }

    [Test]
    public void Solve_WarmStartAtTheSolution_TakesNoStep([Values] bool competition)
    {
        LassoProblem problem = LassoProblem.Random(40, 24, 6);
        double lambda = .1 * problem.LambdaMax;
        double[] code = Run<double>(problem, Solver.Homotopy, lambda, false, 0);
        int[] atoms = [.. Enumerable.Range(0, 40).Where(j => code[j] != 0)];
        double[] values = [.. atoms.Select(j => code[j])];
        LassoOutcome outcome;
        if (competition)
        {
            outcome = new LcaCore<double>(40).Solve(problem.Gram<double>(), problem.Correlations<double>(), problem.SquaredNorm, 5, new LcaParameters { Lambda = lambda, Tolerance = 1e-9 }, atoms, values);
        }
        else
        {
            outcome = new AdmmCore<double>(Factors<double>(problem)).Solve(problem.Gram<double>(), problem.Correlations<double>(), problem.SquaredNorm, new AdmmParameters { Lambda = lambda, GapTolerance = 1e-9 }, atoms, values);
        }

        Assert.That((outcome.Stop, outcome.Iterations), Is.EqualTo((SolverStop.Converged, 0)));
    }

    private static double[] Run<T>(LassoProblem problem, Solver solver, double lambda, bool nonNegative, double ridge)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double tolerance = typeof(T) == typeof(float) ? 1e-6 : 1e-13;
        var parameters = new LassoParameters { Lambda = lambda, NonNegative = nonNegative, Ridge = ridge, GapTolerance = tolerance, MaxIterations = 200_000 };
        switch (solver)
        {
            case Solver.Homotopy:
                var core = new LarsCore<T>(problem.AtomCount);
                core.Solve(new RidgedGram<T>(problem.Gram<T>(), T.CreateTruncating(ridge)), problem.Correlations<T>(), problem.SquaredNorm, new LarsParameters { Lambda = lambda, NonNegative = nonNegative });
                return problem.Dense(core.Support, core.Coefficients);
            case Solver.Descent:
                return problem.Descend<T>(parameters).Code;
            case Solver.Momentum:
                return problem.Fista<T>(parameters).Code;
            case Solver.Splitting:
                return Split<T>(problem, new AdmmParameters { Lambda = lambda, NonNegative = nonNegative, Ridge = ridge, GapTolerance = tolerance, MaxIterations = 100_000 }).Code;
            default:
                return Compete<T>(problem, new LcaParameters { Lambda = lambda, NonNegative = nonNegative, Tolerance = typeof(T) == typeof(float) ? 1e-6 : 1e-10, MaxIterations = 100_000 }).Code;
        }
    }

    private static (double[] Code, LassoOutcome Outcome) Split<T>(LassoProblem problem, in AdmmParameters parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var core = new AdmmCore<T>(Factors<T>(problem));
        LassoOutcome outcome = core.Solve(problem.Gram<T>(), problem.Correlations<T>(), problem.SquaredNorm, parameters);
        return (problem.Dense(core.Support, core.Coefficients), outcome);
    }

    private static AdmmFactors<T> Factors<T>(LassoProblem problem)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        new(problem.Gram<T>(), [.. problem.Atoms.SelectMany(a => a).Select(T.CreateTruncating)], problem.Signal.Length);

    private static (double[] Code, LassoOutcome Outcome) Compete<T>(LassoProblem problem, in LcaParameters parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var core = new LcaCore<T>(problem.AtomCount);
        DenseGram<T> gram = problem.Gram<T>();
        LassoOutcome outcome = core.Solve(gram, problem.Correlations<T>(), problem.SquaredNorm, SpectralBound.Compute(new NormalizedGram<T>(gram)), parameters);
        return (problem.Dense(core.Support, core.Coefficients), outcome);
    }
}
