using SparseCoding.Kernels;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>Where homotopies of other libraries went wrong (docs/concepts/pitfalls.md): the textbook form is run beside this library's and must fail, this library's must not.</summary>
[TestFixture]
internal sealed class HomotopyPitfallTests
{
    [Test]
    public void ExactTie_OneAtomJoinsAtATime_NaiveGivesAWrongCode()
    {
        var problem = new LassoProblem([[0, -1], [-1, 0]], [-2.5, -2.5]);
        double[] naive = new NaiveHomotopy().Solve<double>(problem, .002)!;
        Assert.That(naive.Count(v => v != 0), Is.EqualTo(1), "the tied atom never joins: its ratio is 0, not positive");
        Assert.That(problem.Violation(naive, .002), Is.GreaterThan(.9));
        Assert.That(problem.Lars<double>(new LarsParameters { Lambda = .002 }).Code, Is.EqualTo([2.498, 2.498]).Within(1e-14));
    }

    [Test]
    public void SeveralDropsAndReturns_SmallIntegerDesigns_NaiveCyclesOrBreaks()
    {
        (int naive, int meets) = (0, 0);
        foreach (LassoProblem problem in Integers(400))
        {
            double lambda = .25;
            if (problem.LambdaMax <= lambda)
            {
                continue;
            }

            meets++;
            naive += NaiveHomotopy.IsRight(problem, new NaiveHomotopy().Solve<double>(problem, lambda), lambda, 1e-6) ? 0 : 1;
            Assert.That(problem.Violation(problem.Lars<double>(new LarsParameters { Lambda = lambda }).Code, lambda), Is.LessThan(1e-11));
        }

        TestContext.Out.WriteLine($"naive wrong in {naive} of {meets}");
        Assert.That(naive, Is.GreaterThan(meets / 10));
    }

    [Test]
    public void DependentAtoms_SkippedForGoodOrNotSkipped_NaiveIsWrong()
    {
        (int unguarded, int forGood, int meets) = (0, 0, 0);
        foreach (LassoProblem problem in Dependent(200))
        {
            double lambda = .05 * problem.LambdaMax;
            meets++;
            unguarded += NaiveHomotopy.IsRight(problem, new NaiveHomotopy().Solve<float>(problem, lambda), lambda, 1e-3) ? 0 : 1;
            forGood += NaiveHomotopy.IsRight(problem, new NaiveHomotopy { DropsDependentForGood = true }.Solve<float>(problem, lambda), lambda, 1e-3) ? 0 : 1;
            Assert.That(problem.Violation(problem.Lars<float>(new LarsParameters { Lambda = lambda }).Code, lambda), Is.LessThan(3e-6));
        }

        TestContext.Out.WriteLine($"unguarded wrong in {unguarded}, for good in {forGood} of {meets}");
        Assert.That(unguarded, Is.GreaterThan(meets / 10));
        Assert.That(forGood, Is.GreaterThan(meets / 20));
    }

    [Test]
    public void SmallLambdaInFloat_CorrelationsDrift_NaiveLeavesTheOptimalityConditions()
    {
        (double naive, double ours) = (0, 0);
        for (int seed = 0; seed < 3; seed++)
        {
            LassoProblem problem = LassoProblem.Random(256, 64, seed, noise: 1);
            double lambda = .003 * problem.LambdaMax;
            double[]? code = new NaiveHomotopy().Solve<float>(problem, lambda);
            naive = Math.Max(naive, code is null ? 1 : problem.Violation(code, lambda));
            ours = Math.Max(ours, problem.Violation(problem.Lars<float>(new LarsParameters { Lambda = lambda }).Code, lambda));
        }

        TestContext.Out.WriteLine($"violation: naive {naive:G3}, here {ours:G3}");
        Assert.That(ours, Is.LessThan(1.5e-6));
        Assert.That(naive, Is.GreaterThan(20 * ours));
    }

    [Test]
    public void DroppedAtoms_KeepRoundOff_NaiveCountsThemAsActive()
    {
        int leftovers = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            LassoProblem problem = LassoProblem.Random(60, 20, seed, noise: 1);
            double lambda = .005 * problem.LambdaMax;
            double[]? naive = new NaiveHomotopy().Solve<float>(problem, lambda);
            double[] ours = problem.Lars<float>(new LarsParameters { Lambda = lambda }).Code, exact = problem.Lars<double>(new LarsParameters { Lambda = lambda }).Code;
            leftovers += naive is null ? 0 : Enumerable.Range(0, 60).Count(j => naive[j] != 0 && Math.Abs(naive[j]) < 1e-6);
            Assert.That(ours.Count(v => v != 0), Is.EqualTo(exact.Count(v => v != 0)), $"seed {seed}");
        }

        TestContext.Out.WriteLine($"{leftovers} leftovers");
        Assert.That(leftovers, Is.GreaterThan(3));
    }

    [Test]
    public void SmallSignal_AbsoluteToleranceOnLambda_NaiveAnswersZero()
    {
        LassoProblem large = LassoProblem.Sine(1);
        var small = new LassoProblem(large.Atoms, [.. large.Signal.Select(v => v * 1e-8)]);
        double[] naive = new NaiveHomotopy { Slack = 1.19e-7 }.Solve<double>(small, 0)!, ours = small.Lars<double>(new LarsParameters()).Code, wanted = large.Lars<double>(new LarsParameters()).Code;
        Assert.That(naive, Is.All.Zero);
        Assert.That(ours.Select(v => v * 1e8), Is.EqualTo(wanted).Within(1e-9));
    }

    [Test]
    public void PositiveLeastAngleRegression_WithoutDrops_NaiveIsNegative()
    {
        int negative = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            LassoProblem problem = LassoProblem.Random(30, 12, seed);
            double lambda = .02 * problem.LambdaMax;
            negative += new NaiveHomotopy { Positive = true, Drops = false }.Solve<double>(problem, lambda) is { } code && code.Min() < -1e-3 ? 1 : 0;
            double[] ours = problem.Lars<double>(new LarsParameters { Lambda = lambda, NonNegative = true }).Code;
            Assert.That(ours.Min(), Is.GreaterThanOrEqualTo(0));
            Assert.That(problem.Violation(ours, lambda, true), Is.LessThan(1e-10));
        }

        Assert.That(negative, Is.GreaterThan(5));
        var dictionary = new AtomDictionary(new float[,] { { 1, 0 }, { 0, 1 } });
        Assert.That(() => new LarsEncoder(dictionary, new LarsOptions { WithoutDrops = true, NonNegative = true }), Throws.TypeOf<NotSupportedException>().With.Message.Contains("NonNegative"));
    }

    /// <summary>Six atoms and a signal in three dimensions with entries that are small integers: ties and dependences are exact.</summary>
    private static IEnumerable<LassoProblem> Integers(int count)
    {
        var random = new Random(17);
        for (int trial = 0; trial < count; trial++)
        {
            double[][] atoms = [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 3).Select(_ => (double)random.Next(-1, 2)).ToArray())];
            yield return new LassoProblem(atoms, [.. Enumerable.Range(0, 3).Select(_ => (double)random.Next(-3, 4))]);
        }
    }

    /// <summary>Gaussian atoms, each twice more: itself, and the half of its sum with its neighbour, which ties with both whenever they are active with one sign.</summary>
    private static IEnumerable<LassoProblem> Dependent(int count)
    {
        for (int seed = 0; seed < count; seed++)
        {
            LassoProblem problem = LassoProblem.Random(12, 8, seed);
            double[][] halves = [.. problem.Atoms.Select((a, j) => a.Zip(problem.Atoms[(j + 1) % 12], (x, y) => (x + y) / 2).ToArray())];
            yield return new LassoProblem([.. problem.Atoms, .. problem.Atoms, .. halves], problem.Signal);
        }
    }
}
