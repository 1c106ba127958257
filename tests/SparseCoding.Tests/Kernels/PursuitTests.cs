using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>Matching pursuit and gradient pursuit (signed, conjugate, ITO) against their dense residual forms, and their laws.</summary>
public sealed class PursuitTests
{
    private static IEnumerable<GoldenCode> MatchingGolden => Greedy.Golden("MP");

    private static IEnumerable<GoldenCode> GradientGolden => Greedy.Golden("GP").Concat(Greedy.Golden("ACGP")).Concat(Greedy.Golden("ITO"));

    [TestCaseSource(nameof(MatchingGolden))]
    public void MatchingPursuit_SineDictionary_EqualsGolden(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new MatchingPursuitCore<double>(32, 12);
        PursuitOutcome outcome = Run(problem, core, expected.Signal, new PursuitParameters { MaxActive = 12, MaxIterations = 12 });
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        Assert.That(core.Coefficients.ToArray(), Is.EqualTo(expected.Code).Within(1e-11));
        Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.SquaredError).Within(1e-11));
        Assert.That(outcome.Iterations, Is.EqualTo(12));
    }

    [TestCaseSource(nameof(GradientGolden))]
    public void GradientPursuit_SineDictionary_EqualsGolden(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new GradientPursuitCore<double>(32, 8);
        PursuitOutcome outcome = Run(problem, core, expected.Signal, Parameters(expected));
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        Assert.That(core.Coefficients.ToArray(), Is.EqualTo(expected.Code).Within(1e-11));
        Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.SquaredError).Within(1e-11));
    }

    [TestCaseSource(nameof(GradientGolden))]
    public void GradientPursuit_Float_AgreesWithDouble(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<float> problem = Greedy.Sine<float>();
        var core = new GradientPursuitCore<float>(32, 8);
        core.Solve(problem.Gram, problem.Correlations[expected.Signal], problem.SquaredNorms[expected.Signal], Parameters(expected));
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        for (int i = 0; i < expected.Code.Length; i++)
        {
            Assert.That((double)core.Coefficients[i], Is.EqualTo(expected.Code[i]).Within(1e-5 * expected.Code.Max(Math.Abs)));
        }
    }

    [Test]
    public void GradientPursuit_ManySteps_ReachesLeastSquaresOfItsSupport([Values] bool conjugate)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 5, seed: 21);
        var core = new GradientPursuitCore<double>(80, 6);
        for (int signal = 0; signal < 5; signal++)
        {
            PursuitOutcome outcome = Run(
                problem, core, signal, new PursuitParameters { MaxActive = 6, MaxIterations = 400, Conjugate = conjugate });
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            Assert.That(core.Support.ToArray().Max(j => Math.Abs(Greedy.Dot(problem.Atoms[j], residual))), Is.Zero.Within(1e-12));
            Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(Greedy.Dot(residual, residual)).Within(1e-11));
            Assert.That(outcome.Stop, Is.EqualTo(SolverStop.MaxActive));
            Assert.That(core.Support.Length, Is.EqualTo(6));
        }
    }

    [Test]
    public void GradientPursuit_FullyConjugate_IsOmpAfterEveryStep([Values(1, 2, 7, 12, 20)] int active, [Values(22, 23)] int seed)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 20, seed);
        var core = new GradientPursuitCore<double>(80, 20);
        var omp = new OmpCore<double>(80, active);
        for (int signal = 0; signal < 20; signal++)
        {
            PursuitOutcome outcome = Run(problem, core, signal, new PursuitParameters { MaxActive = active, FullyConjugate = true });
            OmpOutcome expected = omp.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], new OmpParameters { MaxActive = active });
            Assert.That(core.Support.ToArray(), Is.EqualTo(omp.Support.ToArray()));
            Assert.That(core.Coefficients.ToArray(), Is.EqualTo(omp.Coefficients.ToArray()).Within(1e-9));
            Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.ResidualSquaredNorm).Within(1e-10));
        }
    }

    [Test]
    public void GradientPursuit_FullyConjugateFromAWarmStart_IsLeastSquaresAfterAsManyStepsAsAtoms()
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 10, seed: 24);
        var core = new GradientPursuitCore<double>(80, 6);
        for (int signal = 0; signal < 10; signal++)
        {
            core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], new PursuitParameters { MaxActive = 6, MaxIterations = 6, FullyConjugate = true }, [3, 17, 60, 5, 9, 33], [0.5, -1, 2, 0.1, 0.2, 0.3]);
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            Assert.That(core.Support.ToArray().Max(j => Math.Abs(Greedy.Dot(problem.Atoms[j], residual))), Is.Zero.Within(1e-10));
        }
    }

    [Test]
    public void GradientPursuit_NonNegativeFullyConjugate_IsNoWorseThanPlain()
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 40, seed: 25);
        var core = new GradientPursuitCore<double>(80, 8);
        double plain = 0, conjugate = 0;
        for (int signal = 0; signal < 40; signal++)
        {
            plain += Run(problem, core, signal, new PursuitParameters { MaxActive = 8, NonNegative = true }).ResidualSquaredNorm;
            conjugate += Run(problem, core, signal, new PursuitParameters { MaxActive = 8, NonNegative = true, FullyConjugate = true }).ResidualSquaredNorm;
            Assert.That(core.Coefficients.ToArray(), Has.All.GreaterThan(0));
        }

        Assert.That(conjugate, Is.LessThan(plain));
    }

    [Test]
    public void GradientPursuit_SignedSteps_ErrorFallsAndConjugateIsNoWorse()
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 20, seed: 22);
        var core = new GradientPursuitCore<double>(80, 10);
        var omp = new OmpCore<double>(80, 10);
        double plain = 0, conjugate = 0, orthogonal = 0;
        for (int signal = 0; signal < 20; signal++)
        {
            double before = problem.SquaredNorms[signal];
            for (int steps = 1; steps <= 10; steps++)
            {
                double error = Run(problem, core, signal, new PursuitParameters { MaxActive = 10, MaxIterations = steps }).ResidualSquaredNorm;
                Assert.That(error, Is.LessThan(before));
                before = error;
            }

            plain += before;
            conjugate += Run(problem, core, signal, new PursuitParameters { MaxActive = 10, Conjugate = true }).ResidualSquaredNorm;
            orthogonal += problem.Solve(omp, signal, new OmpParameters { MaxActive = 10 }).ResidualSquaredNorm;
        }

        Assert.That(conjugate, Is.LessThan(plain));
        Assert.That(orthogonal, Is.LessThan(plain));
    }

    [Test]
    public void GradientPursuit_NonNegative_NeverNegativeAndErrorIsTrue()
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 20, seed: 23);
        var core = new GradientPursuitCore<double>(80, 15);
        for (int signal = 0; signal < 20; signal++)
        {
            PursuitOutcome outcome = Run(problem, core, signal, new PursuitParameters { MaxActive = 15, NonNegative = true });
            Assert.That(core.Coefficients.ToArray(), Is.All.Positive);
            Assert.That(
                outcome.ResidualSquaredNorm, Is.EqualTo(problem.SquaredError(signal, core.Support, core.Coefficients)).Within(1e-11));
        }
    }

    [Test]
    public void Solve_WarmStart_ContinuesWhereItWas([Values] bool nonNegative)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(30, 80, 5, seed: 24);
        var first = new GradientPursuitCore<double>(80, 12);
        var second = new GradientPursuitCore<double>(80, 12);
        var matching = new MatchingPursuitCore<double>(80, 12);
        var matchingAgain = new MatchingPursuitCore<double>(80, 12);
        for (int signal = 0; signal < 5; signal++)
        {
            var six = new PursuitParameters { MaxActive = 12, MaxIterations = 6, NonNegative = nonNegative };
            var twelve = six with { MaxIterations = 12 };
            PursuitOutcome whole = Run(problem, first, signal, twelve);
            Run(problem, second, signal, six);
            PursuitOutcome rest = second.Solve(
                problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], six, [.. second.Support], [.. second.Coefficients]);
            if (!nonNegative)
            {
                // (A clipped atom leaves the code, and so the warm start, but not the running support.)
                Assert.That(second.Support.ToArray(), Is.EqualTo(first.Support.ToArray()));
                Assert.That(rest.ResidualSquaredNorm, Is.EqualTo(whole.ResidualSquaredNorm).Within(1e-11));
            }
            else
            {
                Assert.That(rest.ResidualSquaredNorm, Is.EqualTo(problem.SquaredError(signal, second.Support, second.Coefficients)).Within(1e-11));
            }

            whole = Run(problem, matching, signal, twelve);
            Run(problem, matchingAgain, signal, six);
            rest = matchingAgain.Solve(
                problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], six, [.. matchingAgain.Support], [.. matchingAgain.Coefficients]);
            Assert.That(matchingAgain.Support.ToArray(), Is.EqualTo(matching.Support.ToArray()));
            Assert.That(rest.ResidualSquaredNorm, Is.EqualTo(whole.ResidualSquaredNorm).Within(1e-11));
        }
    }

    [Test]
    public void MatchingPursuit_ScaledAtoms_SameReconstructionAndSupport()
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var scaled = new GreedyProblem<double>([.. problem.Atoms.Select((d, j) => d.Select(v => v * (j + 1)).ToArray())], problem.Signals);
        var core = new MatchingPursuitCore<double>(32, 10);
        var other = new MatchingPursuitCore<double>(32, 10);
        var gradient = new GradientPursuitCore<double>(32, 4);
        for (int signal = 0; signal < 4; signal++)
        {
            PursuitOutcome a = Run(problem, core, signal, new PursuitParameters { MaxActive = 10 });
            PursuitOutcome b = Run(scaled, other, signal, new PursuitParameters { MaxActive = 10 });
            Assert.That(other.Support.ToArray(), Is.EqualTo(core.Support.ToArray()));
            Assert.That(b.ResidualSquaredNorm, Is.EqualTo(a.ResidualSquaredNorm).Within(1e-11));
            Assert.That(a.Stop, Is.EqualTo(SolverStop.MaxActive), "the eleventh atom");

            // A gradient is not invariant to the scale of the atoms, but its first selection is.
            Run(scaled, gradient, signal, new PursuitParameters { MaxActive = 4, MaxIterations = 1 });
            Assert.That(gradient.Support[0], Is.EqualTo(core.Support[0]));
        }
    }

    [Test]
    public void Solve_StopsByErrorBoundAndOnTheZeroSignal()
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var matching = new MatchingPursuitCore<double>(32, 32);
        var gradient = new GradientPursuitCore<double>(32, 32);
        var parameters = new PursuitParameters { MaxActive = 32, MaxIterations = 1000, SquaredErrorBound = 0.01 };
        PursuitOutcome a = Run(problem, matching, 0, parameters);
        PursuitOutcome b = Run(problem, gradient, 0, parameters);
        Assert.That((a.Stop, b.Stop), Is.EqualTo((SolverStop.Residual, SolverStop.Residual)));
        Assert.That(a.ResidualSquaredNorm, Is.InRange(0, 0.01));
        Assert.That(b.ResidualSquaredNorm, Is.InRange(0, 0.01));
        Assert.That(matching.Solve(problem.Gram, new double[32], 0, parameters).Stop, Is.EqualTo(SolverStop.ZeroCode));
        Assert.That(gradient.Solve(problem.Gram, new double[32], 0, parameters).Stop, Is.EqualTo(SolverStop.ZeroCode));
        Assert.That(matching.Support.Length + gradient.Support.Length, Is.Zero);
    }

    [Test]
    public void Solve_AfterWarmUp_AllocatesNothing()
    {
        GreedyProblem<float> problem = Greedy.Random<float>(32, 200, 4, seed: 25);
        var matching = new MatchingPursuitCore<float>(200, 9);
        var gradient = new GradientPursuitCore<float>(200, 9);
        var nnls = new NnlsCore<float>(200, 32);
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run()
        {
            for (int signal = 0; signal < 4; signal++)
            {
                matching.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], new PursuitParameters { MaxActive = 9 });
                gradient.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], new PursuitParameters { MaxActive = 9 });
                nnls.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], default);
            }
        }
    }

    private static PursuitParameters Parameters(GoldenCode golden) =>
        new() { MaxActive = 8, Conjugate = golden.Name == "ACGP", NonNegative = golden.Name == "ITO" };

    private static PursuitOutcome Run(GreedyProblem<double> problem, MatchingPursuitCore<double> core, int signal, PursuitParameters parameters) =>
        core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], parameters);

    private static PursuitOutcome Run(GreedyProblem<double> problem, GradientPursuitCore<double> core, int signal, PursuitParameters parameters) =>
        core.Solve(problem.Gram, problem.Correlations[signal], problem.SquaredNorms[signal], parameters);
}
