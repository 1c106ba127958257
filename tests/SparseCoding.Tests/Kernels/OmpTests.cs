using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>OMP and OLS on outside oracles (scikit-learn, definition), laws and faults.</summary>
public sealed class OmpTests
{
    private static readonly PursuitRule[] Rules = [PursuitRule.Correlation, PursuitRule.ErrorReduction];

    private static IEnumerable<GoldenCode> Signed => Greedy.Golden("OMP").Concat(Greedy.Golden("OLS"));

    [TestCaseSource(nameof(Signed))]
    public void Solve_SineDictionary_EqualsGolden(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new OmpCore<double>(32, 6);
        OmpOutcome outcome = problem.Solve(core, expected.Signal, new OmpParameters { MaxActive = 6, Rule = RuleOf(expected) });
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        Assert.That(core.Coefficients.ToArray(), Is.EqualTo(expected.Code).Within(1e-11));
        Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(expected.SquaredError).Within(1e-11));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.MaxActive));
    }

    [TestCaseSource(nameof(Signed))]
    public void Solve_SineDictionaryInFloat_AgreesWithDouble(object golden)
    {
        var expected = (GoldenCode)golden;
        GreedyProblem<float> problem = Greedy.Sine<float>();
        var core = new OmpCore<float>(32, 6);
        problem.Solve(core, expected.Signal, new OmpParameters { MaxActive = 6, Rule = RuleOf(expected) });
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms));
        double scale = expected.Code.Max(Math.Abs);
        for (int i = 0; i < expected.Code.Length; i++)
        {
            Assert.That((double)core.Coefficients[i], Is.EqualTo(expected.Code[i]).Within(1e-5 * scale));
        }
    }

    [Test]
    public void Solve_Diabetes_EqualsScikitLearnPath()
    {
        (DenseGram<double> gram, double[] correlations, double squaredNorm) = Greedy.Diabetes();
        var core = new OmpCore<double>(10, 10);
        core.Solve(gram, correlations, squaredNorm, new OmpParameters { MaxActive = 10, RecordPath = true });
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 2, 8, 3, 6, 1, 5, 9, 4, 7, 0 }));
        Assert.That(core.PathLength, Is.EqualTo(10));
        foreach (GoldenCode expected in Greedy.Golden("DIABETES"))
        {
            int k = expected.Signal;
            Assert.That(core.ResidualSquaredNorms[k], Is.EqualTo(expected.SquaredError).Within(1e-6), $"error after {k}");
            Assert.That(core.PathSupport(k - 1).ToArray(), Is.EqualTo(expected.Atoms), $"atoms after {k}");
            Assert.That(core.PathCoefficients(k - 1).ToArray(), Is.EqualTo(expected.Code).Within(1e-8), $"code after {k}");
        }
    }

    [TestCaseSource(nameof(Rules))]
    public void Solve_AnyStep_ResidualOrthogonalToSupportAndErrorFalls(object rule)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(24, 96, 8, seed: 3);
        var core = new OmpCore<double>(96, 12);
        for (int signal = 0; signal < 8; signal++)
        {
            OmpOutcome outcome = problem.Solve(core, signal, new OmpParameters { MaxActive = 12, Rule = (PursuitRule)rule });
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            foreach (int atom in core.Support)
            {
                Assert.That(Greedy.Dot(problem.Atoms[atom], residual), Is.Zero.Within(1e-12));
            }

            Assert.That(core.ResidualSquaredNorms.ToArray(), Is.Ordered.Descending);
            Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(Greedy.Dot(residual, residual)).Within(1e-11));
        }
    }

    [TestCaseSource(nameof(Rules))]
    public void Solve_AllAtoms_ReachesLeastSquares(object rule)
    {
        GreedyProblem<double> problem = Greedy.Random<double>(20, 12, 3, seed: 4);
        var core = new OmpCore<double>(12, 12);
        for (int signal = 0; signal < 3; signal++)
        {
            problem.Solve(core, signal, new OmpParameters { MaxActive = 12, Rule = (PursuitRule)rule });
            double[] residual = problem.Residual(signal, core.Support, core.Coefficients);
            Assert.That(core.Support.Length, Is.EqualTo(12));
            Assert.That(problem.Atoms.Max(d => Math.Abs(Greedy.Dot(d, residual))), Is.Zero.Within(1e-12));
        }
    }

    [Test]
    public void Solve_ZeroSignal_IsTheZeroCode([Values] bool nonNegative)
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new OmpCore<double>(32, 4);
        problem.Solve(core, 0, new OmpParameters { MaxActive = 4 });
        OmpOutcome outcome = core.Solve(problem.Gram, new double[32], 0, new OmpParameters { MaxActive = 4, NonNegative = nonNegative });
        Assert.That(outcome, Is.EqualTo(new OmpOutcome(SolverStop.ZeroCode, 0, 0, 0, 0)));
        Assert.That(core.Support.Length + core.Coefficients.Length, Is.Zero);
    }

    [TestCaseSource(nameof(Rules))]
    public void Solve_ScaledAtomsAndSignal_SameSupport(object rule)
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        double[] scales = [.. Enumerable.Range(0, 32).Select(j => Math.Pow(10, (j % 7) - 3))];
        foreach (double size in (double[])[1e-30, 1, 1e30])
        {
            var scaled = new GreedyProblem<double>(
                [.. problem.Atoms.Select((d, j) => d.Select(v => v * scales[j]).ToArray())],
                [.. problem.Signals.Select(x => x.Select(v => v * size).ToArray())]);
            var core = new OmpCore<double>(32, 6);
            var other = new OmpCore<double>(32, 6);
            for (int signal = 0; signal < 4; signal++)
            {
                var parameters = new OmpParameters { MaxActive = 6, Rule = (PursuitRule)rule };
                problem.Solve(core, signal, parameters);
                scaled.Solve(other, signal, parameters);
                Assert.That(other.Support.ToArray(), Is.EqualTo(core.Support.ToArray()));
                for (int i = 0; i < 6; i++)
                {
                    Assert.That(other.Coefficients[i] * scales[other.Support[i]] / size, Is.EqualTo(core.Coefficients[i]).Within(1e-11));
                }
            }
        }
    }

    [Test]
    public void Solve_FloatSignalsOfAnySize_SameSupport([Values(1e-17, 1e-6, 1e6, 1e17)] double size)
    {
        GreedyProblem<float> problem = Greedy.Sine<float>();
        var scaled = new GreedyProblem<float>(problem.Atoms, [.. problem.Signals.Select(x => x.Select(v => v * size).ToArray())]);
        var core = new OmpCore<float>(32, 6);
        foreach (GoldenCode expected in Signed)
        {
            scaled.Solve(core, expected.Signal, new OmpParameters { MaxActive = 6, Rule = RuleOf(expected) });
            Assert.That(core.Support.ToArray(), Is.EqualTo(expected.Atoms), expected.ToString());
        }
    }

    [TestCaseSource(nameof(Rules))]
    public void Solve_OrthonormalDictionary_TakesTheLargest(object rule)
    {
        double[][] atoms = [.. Greedy.SpikesAndHadamard(32).Skip(32)];
        var problem = new GreedyProblem<double>(atoms, [Greedy.Gaussian(new Random(5), 32)]);
        var core = new OmpCore<double>(32, 7);
        problem.Solve(core, 0, new OmpParameters { MaxActive = 7, Rule = (PursuitRule)rule });
        int[] expected = [.. Enumerable.Range(0, 32).OrderByDescending(j => Math.Abs(problem.Correlations[0][j])).Take(7)];
        Assert.That(core.Support.ToArray(), Is.EqualTo(expected));
        Assert.That(core.Coefficients.ToArray(), Is.EqualTo(expected.Select(j => problem.Correlations[0][j])).Within(1e-13));
    }

    [Test]
    public void Solve_ExactTies_LowerIndexFirst([ValueSource(nameof(Rules))] object rule, [Values(4, 100, 300)] int atomCount)
    {
        // Only every third atom correlates, all of them equally.
        var gram = new float[atomCount * atomCount];
        var correlations = new float[atomCount];
        for (int j = 0; j < atomCount; j++)
        {
            gram[(j * atomCount) + j] = 1;
            correlations[j] = j % 3 == 2 ? (j % 2 == 0 ? 2 : -2) : 0;
        }

        int active = atomCount / 3;
        var core = new OmpCore<float>(atomCount, active);
        core.Solve(new DenseGram<float>(gram, atomCount), correlations, 4.0 * active, new OmpParameters { MaxActive = active, Rule = (PursuitRule)rule });
        Assert.That(core.Support.ToArray(), Is.EqualTo(Enumerable.Range(0, active).Select(i => (3 * i) + 2)));
    }

    [Test]
    public void Solve_DuplicateAtoms_GoesOnToLaterOnes([ValueSource(nameof(Rules))] object rule, [Values] bool single)
    {
        // Atoms 0 to 3 are one direction in three sizes; the signal needs 4 and 5 too.
        var random = new Random(6);
        double[] one = Greedy.Gaussian(random, 10);
        double[][] atoms =
        [
            one, one, [.. one.Select(v => -3 * v)], [.. one.Select(v => 0.1 * v)], Greedy.Gaussian(random, 10), Greedy.Gaussian(random, 10), new double[10],
        ];
        double[][] signals = [Greedy.Mix(atoms, [0, 4, 5], [3, -1, 0.5])];
        if (single)
        {
            Check(new GreedyProblem<float>(atoms, signals));
        }
        else
        {
            Check(new GreedyProblem<double>(atoms, signals));
        }

        void Check<T>(GreedyProblem<T> problem)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var core = new OmpCore<T>(7, 7);
            OmpOutcome outcome = problem.Solve(core, 0, new OmpParameters { MaxActive = 7, Rule = (PursuitRule)rule });
            Assert.That(core.Support.Length, Is.EqualTo(3));
            Assert.That(core.Support.ToArray().Count(j => j < 4), Is.EqualTo(1));
            Assert.That(problem.SquaredError(0, core.Support, core.Coefficients), Is.Zero.Within(1e-10));
            Assert.That(outcome.Stop, Is.AnyOf(SolverStop.NoImprovement, SolverStop.DependentAtoms));
        }
    }

    [Test]
    public void Solve_SelectedAtomDepends_NextBestIsTaken()
    {
        // A Gram that claims a correlation for the duplicate that a true one could only have by rounding: the fault that rounding makes, made large.
        double[] gram =
        [
            1, 1, 0, 0,
            1, 1, 0, 0,
            0, 0, 1, 0,
            0, 0, 0, 1,
        ];
        var core = new OmpCore<double>(4, 4);
        OmpOutcome outcome = core.Solve(new DenseGram<double>(gram, 4), [3, 2.5, 1, 0.5], 20, new OmpParameters { MaxActive = 3 }, [0]);
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 0, 2, 3 }));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.MaxActive));

        outcome = core.Solve(new DenseGram<double>(gram, 4), [2, 3, 1, 0.5], 20, new OmpParameters { MaxActive = 4 }, [0]);
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 0, 2, 3 }));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.DependentAtoms));
        Assert.That(outcome.DependentAtoms, Is.EqualTo(1));
    }

    [Test]
    public void Solve_BelowCoherenceBound_AlwaysExact([ValueSource(nameof(Rules))] object rule, [Values(1, 2, 3, 4)] int active)
    {
        double[][] atoms = Greedy.SpikesAndHadamard(64);
        var random = new Random(7);
        int[][] supports = [.. Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, 128).OrderBy(_ => random.Next()).Take(active).ToArray())];
        double[][] codes = [.. supports.Select(_ => Greedy.Gaussian(random, active).Select(v => v + Math.Sign(v)).ToArray())];
        var problem = new GreedyProblem<float>(atoms, [.. supports.Select((s, i) => Greedy.Mix(atoms, s, codes[i]))]);
        var core = new OmpCore<float>(128, active);
        for (int draw = 0; draw < 100; draw++)
        {
            problem.Solve(core, draw, new OmpParameters { MaxActive = active, Rule = (PursuitRule)rule });
            Assert.That(core.Support.ToArray(), Is.EquivalentTo(supports[draw]), $"draw {draw}");
            for (int i = 0; i < active; i++)
            {
                double truth = codes[draw][Array.IndexOf(supports[draw], core.Support[i])];
                Assert.That((double)core.Coefficients[i], Is.EqualTo(truth).Within(1e-5 * codes[draw].Max(Math.Abs)));
            }
        }
    }

    [Test]
    public void Solve_Float_AgreesWithDouble([ValueSource(nameof(Rules))] object rule, [Values] bool large)
    {
        (int dimension, int atomCount, int active) = large ? (128, 520, 24) : (64, 256, 10);
        GreedyProblem<double> wide = Greedy.Random<double>(dimension, atomCount, 10, seed: 8);
        GreedyProblem<float> narrow = Greedy.Random<float>(dimension, atomCount, 10, seed: 8);
        var exact = new OmpCore<double>(atomCount, active);
        var core = new OmpCore<float>(atomCount, active);
        for (int signal = 0; signal < 10; signal++)
        {
            wide.Solve(exact, signal, new OmpParameters { MaxActive = active, Rule = (PursuitRule)rule });
            narrow.Solve(core, signal, new OmpParameters { MaxActive = active, Rule = (PursuitRule)rule });
            Assert.That(core.Support.ToArray(), Is.EqualTo(exact.Support.ToArray()));
            double scale = exact.Coefficients.ToArray().Max(Math.Abs);
            for (int i = 0; i < active; i++)
            {
                Assert.That((double)core.Coefficients[i], Is.EqualTo(exact.Coefficients[i]).Within(1e-5 * scale));
            }
        }
    }

    [Test]
    public void Solve_ErrorBound_StopsAtTheFirstStepBelowIt()
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new OmpCore<double>(32, 16);
        OmpOutcome outcome = problem.Solve(core, 0, new OmpParameters { MaxActive = 16, SquaredErrorBound = 1 });
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Residual));
        Assert.That(core.ResidualSquaredNorms[^1], Is.LessThanOrEqualTo(1));
        Assert.That(core.ResidualSquaredNorms[^2], Is.GreaterThan(1));

        outcome = problem.Solve(core, 0, new OmpParameters { MaxActive = 16, SquaredErrorBound = 100 });
        Assert.That((outcome.Stop, outcome.ActiveCount), Is.EqualTo((SolverStop.Residual, 0)));
    }

    [Test]
    public void Solve_MoreAtomsThanTheSignalHas_StopsWithNoImprovement()
    {
        double[][] atoms = Greedy.SpikesAndHadamard(64);
        var problem = new GreedyProblem<float>(atoms, [Greedy.Mix(atoms, [3, 70], [2, -1])]);
        var core = new OmpCore<float>(128, 10);
        OmpOutcome outcome = problem.Solve(core, 0, new OmpParameters { MaxActive = 10 });
        Assert.That(core.Support.ToArray(), Is.EqualTo(new[] { 3, 70 }));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.NoImprovement));
    }

    [TestCaseSource(nameof(Rules))]
    public void Solve_FromTheFirstHalfOfItsSupport_SameCode(object rule)
    {
        GreedyProblem<double> problem = Greedy.Sine<double>();
        var core = new OmpCore<double>(32, 6);
        var warm = new OmpCore<double>(32, 6);
        for (int signal = 0; signal < 4; signal++)
        {
            var parameters = new OmpParameters { MaxActive = 6, Rule = (PursuitRule)rule };
            problem.Solve(core, signal, parameters);
            problem.Solve(warm, signal, parameters, [core.Support[0], core.Support[1], core.Support[0], core.Support[2]]);
            Assert.That(warm.Support.ToArray(), Is.EqualTo(core.Support.ToArray()));
            Assert.That(warm.Coefficients.ToArray(), Is.EqualTo(core.Coefficients.ToArray()).Within(1e-12));
        }
    }

    [Test]
    public void Solve_WorkspaceUsedBefore_SameBitsAsFresh([Values] bool nonNegative)
    {
        GreedyProblem<float> problem = Greedy.Random<float>(32, 200, 6, seed: 9);
        GreedyProblem<float> other = Greedy.Random<float>(32, 200, 6, seed: 10);
        var used = new OmpCore<float>(200, 9);
        for (int signal = 0; signal < 6; signal++)
        {
            var parameters = new OmpParameters { MaxActive = 9, NonNegative = nonNegative };
            other.Solve(used, signal, new OmpParameters { MaxActive = 9, Rule = PursuitRule.ErrorReduction });
            problem.Solve(used, signal, parameters);
            var fresh = new OmpCore<float>(200, 9);
            problem.Solve(fresh, signal, parameters);
            Assert.That(used.Support.ToArray(), Is.EqualTo(fresh.Support.ToArray()));
            Assert.That(used.Coefficients.ToArray(), Is.EqualTo(fresh.Coefficients.ToArray()));
        }
    }

    [Test]
    public void Solve_AfterWarmUp_AllocatesNothing()
    {
        GreedyProblem<float> problem = Greedy.Random<float>(32, 200, 4, seed: 11);
        var core = new OmpCore<float>(200, 9);
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run()
        {
            for (int signal = 0; signal < 4; signal++)
            {
                problem.Solve(core, signal, new OmpParameters { MaxActive = 9 });
                problem.Solve(core, signal, new OmpParameters { MaxActive = 9, Rule = PursuitRule.ErrorReduction });
                problem.Solve(core, signal, new OmpParameters { MaxActive = 9, NonNegative = true });
            }
        }
    }

    private static PursuitRule RuleOf(GoldenCode golden) => golden.Name == "OLS" ? PursuitRule.ErrorReduction : PursuitRule.Correlation;
}
