using SparseCoding.Kernels;
using SparseCoding.Numerics;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests.Pitfalls;

/// <summary>Where coordinate descents and grids of λ of other libraries went wrong (docs/concepts/pitfalls.md), with the naive form beside this library's.</summary>
[TestFixture]
internal sealed class DescentPitfallTests
{
    [Test]
    public void StopBySizeOfTheUpdate_CoherentAtomsAndSmallLambda_NaiveSaysConvergedAboveTheMinimum()
    {
        LassoProblem problem = Bumps();
        double lambda = 1e-3 * problem.LambdaMax;
        double[] naive = Cyclic<double>(problem, lambda, 1e-4, 100_000);
        double best = problem.Objective(problem.Lars<double>(new LarsParameters { Lambda = lambda }).Code, lambda);
        double excess = (problem.Objective(naive, lambda) - best) / best;
        var (code, outcome) = problem.Descend<double>(new LassoParameters { Lambda = lambda, GapTolerance = 1e-6, MaxIterations = 1_000_000 });
        double ours = (problem.Objective(code, lambda) - best) / best;
        var (_, early) = problem.Descend<double>(new LassoParameters { Lambda = lambda, GapTolerance = 1e-6, MaxIterations = 10 });

        TestContext.Out.WriteLine($"objective above the minimum: naive {excess:P3}, here {ours:P5}");
        Assert.That(excess, Is.GreaterThan(1e-3), "yet no coordinate moves by more than 1e-4 of the largest");
        Assert.That(ours, Is.LessThan(1e-5));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Converged));
        Assert.That(problem.Objective(code, lambda) - best, Is.LessThanOrEqualTo(1e-6 * 0.5 * problem.SquaredNorm), "converged means the gap");
        Assert.That(early.Stop, Is.EqualTo(SolverStop.MaxIterations), "and what did not converge says so");
    }

    [Test]
    public void IncrementalGradientInFloat_ManySweeps_NaiveDriftsOffTheOptimalityConditions()
    {
        (double naive, double ours) = (0, 0);
        for (int seed = 2; seed < 5; seed++)
        {
            LassoProblem problem = LassoProblem.Random(96, 48, seed, noise: 1);
            double lambda = 3e-3 * problem.LambdaMax;
            naive = Math.Max(naive, problem.Violation(Cyclic<float>(problem, lambda, 0, 4_000), lambda));
            ours = Math.Max(ours, problem.Violation(problem.Descend<float>(new LassoParameters { Lambda = lambda, GapTolerance = 0, MaxIterations = 4_000 }).Code, lambda));
        }

        TestContext.Out.WriteLine($"violation: naive {naive:G3}, here {ours:G3}");
        Assert.That(ours, Is.LessThan(1.5e-6));
        Assert.That(naive, Is.GreaterThan(3 * ours));
    }

    [Test]
    public void LargestLambdaOfNonNegativeCodes_NaiveStartsWhereEveryCodeIsZero()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } });
        float[,] signals = { { -8, 2, 1, 0.5f } };
        LambdaChoice choice = LambdaSelection.ByCrossValidation(dictionary, signals, options: new SelectionOptions { NonNegative = true, Folds = 2 });
        SparseCodes At(double lambda) => new LassoEncoder(dictionary, new LassoOptions { Lambda = (float)lambda, NonNegative = true }).Encode(signals);
        const double Naive = 8;     // max |c|
        Assert.That(choice.Lambdas[0], Is.EqualTo(2).Within(1e-6), "max c");
        Assert.That(At(0.3 * Naive).NonZeroCount, Is.Zero, "the naive grid wastes its upper part on zero codes");
        Assert.That((At(choice.Lambdas[0]).NonZeroCount, At(0.999 * choice.Lambdas[0]).NonZeroCount), Is.EqualTo((0, 1)));
    }

    [Test]
    public void SumsInAsManyPartsAsThreads_NaiveChangesBits_BlocksDoNot()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 10_000).Select(_ => (float)(random.NextDouble() - 0.5))];
        float Naive(int threads)
        {
            var parts = new float[threads];
            Parallel.For(0, threads, t => parts[t] = values.AsSpan(values.Length * t / threads, (values.Length * (t + 1) / threads) - (values.Length * t / threads)).ToArray().Aggregate((a, b) => a + b));
            return parts.Aggregate((a, b) => a + b);
        }

        float Blocks(int threads)
        {
            var parts = new float[ParallelBlocks.Count(values.Length, 256)];
            ParallelBlocks.Run(parts.Length, threads, b => parts[b] = values.AsSpan(b * 256, Math.Min(256, values.Length - (b * 256))).ToArray().Aggregate((a, c) => a + c));
            return parts.Aggregate((a, b) => a + b);
        }

        Assert.That(Enumerable.Range(1, 8).Select(Naive).Distinct().Count(), Is.GreaterThan(1));
        Assert.That(Enumerable.Range(1, 8).Select(Blocks).Distinct().Count(), Is.EqualTo(1));
    }

    /// <summary>Smooth bumps side by side, cosine 0.97 between neighbours, and a rough signal.</summary>
    private static LassoProblem Bumps()
    {
        var random = new Random(8);
        double[][] atoms = [.. Enumerable.Range(0, 90).Select(j => Greedy.Normalise([.. Enumerable.Range(0, 30).Select(i => Math.Exp(-Math.Pow((i - (j / 3.0)) / 2.5, 2)))]))];
        return new LassoProblem(atoms, [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble() + 0.2)]);
    }

    /// <summary>Cyclic coordinate descent in Gram form with one running gradient, ending when no coordinate moved by more than a share of the largest one.</summary>
    private static double[] Cyclic<T>(LassoProblem problem, double lambda, double tolerance, int sweeps)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        int n = problem.AtomCount;
        DenseGram<T> gram = problem.Gram<T>();
        T[] g = problem.Correlations<T>(), z = new T[n];
        T weight = T.CreateTruncating(lambda);
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            (double moved, double largest) = (0, 0);
            for (int j = 0; j < n; j++)
            {
                ReadOnlySpan<T> row = gram.Row(j);
                T t = g[j] + (row[j] * z[j]), size = T.Max(T.Abs(t) - weight, T.Zero), value = T.CopySign(size, t) / row[j], change = value - z[j];
                largest = Math.Max(largest, Math.Abs(double.CreateTruncating(value)));
                if (change == T.Zero)
                {
                    continue;
                }

                moved = Math.Max(moved, Math.Abs(double.CreateTruncating(change)));
                z[j] = value;
                for (int i = 0; i < n; i++)
                {
                    g[i] -= change * row[i];
                }
            }

            if (moved <= tolerance * largest)
            {
                break;
            }
        }

        return Array.ConvertAll(z, double.CreateTruncating);
    }
}
