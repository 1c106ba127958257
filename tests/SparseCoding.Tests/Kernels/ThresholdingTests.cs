using FsCheck;
using FsCheck.Fluent;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>IHT, NIHT, HTP, CoSaMP and subspace pursuit against exhaustive search, closed forms and invariants, and on designs on which their textbook forms go round in circles.</summary>
public sealed class ThresholdingTests
{
    [Test]
    public void LargestEntries_AnyVector_AreThoseOfASort()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 500; trial++)
        {
            // Few different values, so that ties are many; NaN never wins.
            double[] values = [.. Enumerable.Range(0, random.Next(0, 40)).Select(_ => random.Next(12) == 0 ? double.NaN : random.Next(-4, 5) / 2.0)];
            int count = random.Next(0, 12);
            bool nonNegative = random.Next(2) == 0;
            double Size(int i) => nonNegative ? values[i] : Math.Abs(values[i]);
            int[] expected = [.. Enumerable.Range(0, values.Length).Where(i => Size(i) > 0.5).OrderByDescending(Size).ThenBy(i => i).Take(count).Order()];
            var found = new int[values.Length];
            int size = LargestEntries<double>.Select(values, count, nonNegative, 0.5, found);
            Assert.That(found[..size], Is.EqualTo(expected), $"trial {trial}");
        }
    }

    [Test]
    public void SupportLeastSquares_NonNegative_IsTheBestOfAllSubsets()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            LassoProblem problem = LassoProblem.Random(6, 4 + (seed % 5), seed, noise: 1);
            var values = new double[6];
            new SupportLeastSquares<double>(6).Solve(problem.Gram<double>(), problem.Correlations<double>(), [0, 1, 2, 3, 4, 5], true, values);
            Assert.That(values, Has.All.AtLeast(0));
            Assert.That(2 * problem.Objective(values, 0), Is.EqualTo(Thresholding.BestError(problem, 6, true)).Within(1e-10), $"seed {seed}");
            Assert.That(problem.Violation(values, 0, nonNegative: true), Is.LessThan(1e-10));
        }
    }

    [Test]
    public void Solve_OrthonormalAtoms_KeepsTheLargestCorrelations([Values] ThresholdingMethod method)
    {
        double h = Math.Sqrt(0.5);
        var problem = new LassoProblem([[h, h, 0, 0, 0], [h, -h, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], [h, 3 * h, .5, -1.5, 1.2]);
        Assert.That(Thresholding.Run<double>(problem, method, 2).Code, Is.EqualTo([2, 0, 0, -1.5, 0]).Within(1e-9));
        Assert.That(Thresholding.Run<double>(problem, method, 2, nonNegative: true).Code, Is.EqualTo([2, 0, 0, 0, 1.2]).Within(1e-9));
    }

    [Test]
    public void Solve_PlantedCodesBelowTheCoherenceBound_AreRecovered([Values] ThresholdingMethod method, [Values] bool nonNegative)
    {
        // Spikes and a Hadamard basis, dimension 64: coherence 1/8, so that two atoms are well below every bound; three are usual.
        double[] atoms = TestMatrices.SpikesAndHadamard<double>(64);
        double[][] rows = [.. Enumerable.Range(0, 128).Select(i => atoms[(i * 64)..((i + 1) * 64)])];
        var random = new Random(5);
        for (int trial = 0; trial < 20; trial++)
        {
            var code = new double[128];
            for (int k = 0; k < 2; k++)
            {
                code[random.Next(64) + (64 * k)] = (1 + random.NextDouble()) * (nonNegative || random.Next(2) == 0 ? 1 : -1);
            }

            double[] signal = [.. Enumerable.Range(0, 64).Select(m => Enumerable.Range(0, 128).Sum(i => code[i] * rows[i][m]))];
            (double[] found, PursuitOutcome outcome) = Thresholding.Run<double>(new LassoProblem(rows, signal), method, 2, nonNegative);
            Assert.That(found, Is.EqualTo(code).Within(1e-8), $"trial {trial}, {outcome}");
        }
    }

    [Test]
    public void Solve_SmallProblems_AreNeverBetterThanExhaustiveSearchAndOftenEqual([Values] ThresholdingMethod method, [Values] bool nonNegative)
    {
        int best = 0;
        const int Trials = 60;
        for (int seed = 0; seed < Trials; seed++)
        {
            LassoProblem problem = LassoProblem.Random(10, 8, seed, noise: .05);
            (double[] code, PursuitOutcome outcome) = Thresholding.Run<double>(problem, method, 2, nonNegative);
            double error = 2 * problem.Objective(code, 0), optimum = Thresholding.BestError(problem, 2, nonNegative);
            Assert.That(outcome.ResidualSquaredNorm, Is.EqualTo(error).Within(1e-10), "what it reports");
            Assert.That(error, Is.AtLeast(optimum - 1e-10), $"seed {seed}");
            Assert.That(outcome.Stop, Is.Not.EqualTo(SolverStop.MaxIterations), $"seed {seed}");
            best += error <= optimum + 1e-8 ? 1 : 0;
        }

        TestContext.Out.WriteLine($"{method}, non-negative {nonNegative}: the optimum in {best} of {Trials}");
        Assert.That(best, Is.AtLeast(Trials / 3));
    }

    [Test]
    public void Solve_AnyProblem_EndsAtAStationaryPointOfItsSupport([Values] ThresholdingMethod method)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            LassoProblem problem = LassoProblem.Random(40, 20, seed);
            (double[] code, _) = Thresholding.Run<double>(problem, method, 4);
            double[] residual = problem.Residual(code);
            for (int j = 0; j < code.Length; j++)
            {
                if (code[j] != 0)
                {
                    Assert.That(LassoProblem.Dot(problem.Atoms[j], residual), Is.Zero.Within(Thresholding.SolvesSupport(method) ? 1e-12 : 1e-9), $"seed {seed}");
                }
            }
        }
    }

    [Test]
    public void Htp_WhereTheTextbookFormCycles_EndsWithAReason()
    {
        int cycles = 0;
        for (int seed = 0; seed < 600; seed++)
        {
            LassoProblem problem = Coherent(seed);
            if (!TextbookHtpCycles(problem, 4))
            {
                continue;
            }

            cycles++;
            foreach (ThresholdingMethod method in Thresholding.All[1..])
            {
                (double[] code, PursuitOutcome outcome) = Thresholding.Run<double>(problem, method, 4, iterations: method == ThresholdingMethod.Niht ? 200_000 : 200);
                Assert.That(outcome.Stop, Is.AnyOf(SolverStop.Converged, SolverStop.NoImprovement), $"{method}, seed {seed}");
                Assert.That(2 * problem.Objective(code, 0), Is.LessThan(problem.SquaredNorm));
            }
        }

        Assert.That(cycles, Is.GreaterThan(10), "the search must meet what it is for");
    }

    [Test]
    public void Solve_TwinsAndZeroAtoms_TakesTheLowerIndexAndStaysFinite([Values] ThresholdingMethod method, [Values] bool nonNegative)
    {
        LassoProblem random = LassoProblem.Random(12, 8, 9);
        var problem = new LassoProblem([.. random.Atoms, .. random.Atoms, new double[8]], random.Signal);
        (double[] code, PursuitOutcome outcome) = Thresholding.Run<double>(problem, method, 4, nonNegative);
        Assert.That(code, Has.All.Matches<double>(double.IsFinite));
        Assert.That(code[24], Is.Zero);
        Assert.That(outcome.ResidualSquaredNorm, Is.LessThan(problem.SquaredNorm));
        (double[] single, _) = Thresholding.Run<double>(new LassoProblem([[1, 0], [1, 0], [0, 1]], [2, 0]), method, 1, nonNegative);
        Assert.That(single, Is.EqualTo([2, 0, 0]).Within(1e-9));
    }

    [Test]
    public void Solve_NothingCorrelates_IsTheZeroCode([Values] ThresholdingMethod method)
    {
        foreach (LassoProblem problem in new[] { new LassoProblem([[1, 0, 0], [0, 1, 0]], [0, 0, 0]), new LassoProblem([[1, 0, 0], [0, 1, 0]], [0, 0, 2]) })
        {
            (double[] code, PursuitOutcome outcome) = Thresholding.Run<double>(problem, method, 2);
            Assert.That((code.Count(v => v != 0), outcome.Stop, outcome.ResidualSquaredNorm), Is.EqualTo((0, SolverStop.ZeroCode, problem.SquaredNorm)));
        }

        (double[] negative, PursuitOutcome none) = Thresholding.Run<double>(new LassoProblem([[1, 0], [0, 1]], [-1, -2]), method, 2, nonNegative: true);
        Assert.That((negative.Count(v => v != 0), none.Stop), Is.EqualTo((0, SolverStop.ZeroCode)));
    }

    [Test]
    public void Solve_WarmStart_StaysAtItsSolutionAndStopsAtAResidual([Values] ThresholdingMethod method)
    {
        LassoProblem problem = LassoProblem.Random(40, 24, 2);
        (double[] code, PursuitOutcome cold) = Thresholding.Run<double>(problem, method, 4);
        (double[] again, PursuitOutcome warm) = Thresholding.Run<double>(problem, method, 4, warm: code);
        Assert.That(again, Is.EqualTo(code).Within(1e-9));
        Assert.That(warm.Iterations, Is.LessThan(cold.Iterations));
        PursuitOutcome stopped = Thresholding.Run<double>(problem, method, 4, errorBound: 1.1 * cold.ResidualSquaredNorm).Outcome;
        Assert.That(stopped.Stop, Is.EqualTo(SolverStop.Residual));
        Assert.That(stopped.ResidualSquaredNorm, Is.AtMost(1.1 * cold.ResidualSquaredNorm));
        Assert.That(Thresholding.Run<double>(problem, ThresholdingMethod.Iht, 4, iterations: 1).Outcome.Stop, Is.EqualTo(SolverStop.MaxIterations));
    }

    [Test]
    public void Solve_Float_AgreesWithDouble([Values] ThresholdingMethod method, [Values] bool nonNegative)
    {
        int same = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            LassoProblem problem = LassoProblem.Random(64, 40, seed, noise: .01);
            double[] exact = Thresholding.Run<double>(problem, method, 5, nonNegative).Code, single = Thresholding.Run<float>(problem, method, 5, nonNegative).Code;
            if (!Thresholding.SolvesSupport(method) && !exact.Select(v => v != 0).SequenceEqual(single.Select(v => v != 0)))
            {
                // Rounding may send gradient steps to another local minimum.
                continue;
            }

            same++;
            Assert.That(single, Is.EqualTo(exact).Within((Thresholding.SolvesSupport(method) ? 1e-5 : 3e-5) * exact.Max(Math.Abs)), $"seed {seed}");
        }

        Assert.That(same, Is.AtLeast(7));
    }

    [Test]
    public void Solve_ScaledFlippedPermutedAtoms_GivesTheSameCodeInTheirUnits()
    {
        Gen<(int Seed, int Atoms, int Dimension, ThresholdingMethod Method, double Scale)> problems =
            from seed in Gen.Choose(0, 1_000_000)
            from atoms in Gen.Choose(4, 40)
            from dimension in Gen.Choose(6, 24)
            from method in Gen.Elements(Thresholding.All)
            from exponent in Gen.Choose(-30, 30)
            select (seed, atoms, dimension, method, Math.Pow(2, exponent));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150).WithQuietOnSuccess(true).WithReplay(20261, 11), Prop.ForAll(problems.ToArbitrary(), p =>
        {
            LassoProblem problem = LassoProblem.Random(p.Atoms, p.Dimension, p.Seed);
            var random = new Random(p.Seed);
            int[] order = [.. Enumerable.Range(0, p.Atoms)];
            random.Shuffle(order);
            double[] factors = [.. order.Select(_ => Math.Pow(2, random.Next(-3, 4)) * (random.Next(2) == 0 ? 1 : -1))];

            // Powers of two and signs change no rounding of the Gram; the order of sums changes the last places.
            var other = new LassoProblem(
                [.. order.Select((from, to) => problem.Atoms[from].Select(v => v * factors[to]).ToArray())],
                [.. problem.Signal.Select(v => v * p.Scale)]);
            double[] code = Thresholding.Run<double>(problem, p.Method, 3).Code, moved = Thresholding.Run<double>(other, p.Method, 3).Code;
            double bound = 1e-7 * code.Max(Math.Abs);
            return order.Select((from, to) => Math.Abs((moved[to] * factors[to] / p.Scale) - code[from]) <= bound).All(close => close);
        }));
    }

    /// <summary>Atoms with a common part, on which a gradient step of length 1 is far too long.</summary>
    private static LassoProblem Coherent(int seed)
    {
        LassoProblem random = LassoProblem.Random(20, 10, seed, noise: .3);
        double[][] atoms = [.. random.Atoms.Select(a => a.Select((v, m) => v + (m == 0 ? 0.8 : 0)).ToArray())];
        return new LassoProblem([.. atoms.Select(a => a.Select(v => v / Math.Sqrt(LassoProblem.Dot(a, a))).ToArray())], random.Signal);
    }

    /// <summary>Hard thresholding pursuit as it is printed: true if a support comes back that is not the last one.</summary>
    private static bool TextbookHtpCycles(LassoProblem problem, int active)
    {
        var code = new double[problem.AtomCount];
        var seen = new HashSet<string>();
        string last = string.Empty;
        for (int step = 0; step < 100; step++)
        {
            double[] residual = problem.Residual(code), point = [.. code.Select((v, j) => v + LassoProblem.Dot(problem.Atoms[j], residual))];
            int[] support = [.. Enumerable.Range(0, code.Length).OrderByDescending(j => Math.Abs(point[j])).Take(active).Order()];
            string name = string.Join(' ', support);
            if (name == last)
            {
                return false;
            }

            if (!seen.Add(name))
            {
                return true;
            }

            last = name;
            var values = new double[active];
            Thresholding.Solve(problem, support, values);
            code = new double[code.Length];
            for (int i = 0; i < active; i++)
            {
                code[support[i]] = values[i];
            }
        }

        return false;
    }
}
