using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Tests.Encoders;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests;

/// <summary>Choosing λ and the number of atoms: scikit-learn's numbers (Golden/solvers_golden.py), brute force over a grid, closed forms, and what is refused.</summary>
[TestFixture]
internal sealed class SelectionTests
{
    private static readonly SelectionOptions Contiguous = new() { Folds = 4, Seed = null };

    private static AtomDictionary Sine { get; } = new(Array.ConvertAll(LassoProblem.Sine(0).Atoms.SelectMany(a => a).ToArray(), v => (float)v), 16);

    private static Tensor<float> SineSignals { get; } = Signals(0, 1, 2, 3);

    [TestCase(0, true, 0.041692078269, 10.011383288361, 14)]
    [TestCase(0, false, 0.244183160716, 20.807930529776, 9)]
    [TestCase(1, true, 0.121048956060, 0.279578012478, 8)]
    [TestCase(1, false, 0.121048956060, 6.460287790396, 8)]
    [TestCase(2, true, 0.003404668383, 11.478942527046, 15)]
    [TestCase(2, false, 0.003404668383, 23.067773360643, 15)]
    [TestCase(3, true, 0.049293979318, 10.190835242101, 14)]
    [TestCase(3, false, 0.049293979318, 21.007077353458, 14)]
    public void ByCriterion_OneSignal_IsScikitLearnsLassoLarsIC(int number, bool aic, double lambda, double score, int active)
    {
        LambdaChoice choice = aic ? LambdaSelection.ByAic(Sine, Signals(number), .05f) : LambdaSelection.ByBic(Sine, Signals(number), .05f);
        Assert.That((double)choice.Lambda, Is.EqualTo(lambda).Within(1e-5 * lambda).Or.EqualTo(lambda).Within(2e-6));
        Assert.That(choice.Scores[choice.Best], Is.EqualTo(score).Within(2e-4), "the dictionary is rounded to float");
        Assert.That(choice.MeanL0[choice.Best], Is.EqualTo(active));
        Assert.That(choice.ToString(), Does.Contain(aic ? "AIC" : "BIC"));
    }

    [Test]
    public void ByBic_FourSignals_IsTheMinimumOverAFineGrid()
    {
        LambdaChoice choice = LambdaSelection.ByBic(Sine, SineSignals, .05f);
        double[][] atoms = [.. Enumerable.Range(0, 32).Select(j => Sine.AtomValues.Slice(16 * j, 16).ToArray().Select(v => (double)v).ToArray())];
        LassoProblem[] problems = [.. Enumerable.Range(0, 4).Select(b => new LassoProblem(atoms, [.. LassoProblem.Sine(b).Signal.Select(v => (double)(float)v)]))];
        double Score(double lambda) => problems.Sum(problem =>
        {
            double[] code = problem.Lars<double>(new LarsParameters { Lambda = lambda }).Code;
            return (16 * Math.Log(2 * Math.PI * .05f)) + (2 * problem.Objective(code, 0) / .05f) + (Math.Log(16) * code.Count(v => v != 0));
        });
        double best = choice.Scores[choice.Best];
        Assert.That(choice.Lambdas.ToArray(), Is.Ordered.Descending);
        for (int i = 0; i < 100; i++)
        {
            double lambda = 1.9 * Math.Pow(1e-3, i / 99.0);
            Assert.That(Score(lambda), Is.AtLeast(best - 1e-6), $"lambda {lambda}");
        }

        // Every candidate is scored as a solver of its own would score it. An atom that joins or leaves at the breakpoint is out there, and in on one of its sides.
        for (int k = 1; k < choice.Lambdas.Length; k += 7)
        {
            Assert.That(choice.Scores[k], Is.EqualTo(Math.Min(Score(choice.Lambdas[k] * (1 + 1e-9)), Score(choice.Lambdas[k] * (1 - 1e-9)))).Within(1e-5), $"candidate {k}");
        }
    }

    [Test]
    public void ByCrossValidation_SineDictionary_IsScikitLearnsLassoCV()
    {
        float[] lambdas = [1.28f, .64f, .32f, .16f, .08f];
        double[][] expected =
        [
            [0.503871904184, 0.433505431085, 0.533029352345, 0.603380861299, 0.651508872221],
            [0.686566537761, 0.693370118873, 0.527403239024, 0.490625448075, 0.49732193954],
            [0.484830718827, 0.546378187741, 0.676223661284, 0.749279513656, 0.804973672584],
            [0.647384922332, 0.960745445253, 1.270806405202, 1.455879939335, 1.484018296301],
        ];
        for (int number = 0; number < 4; number++)
        {
            LambdaChoice one = LambdaSelection.ByCrossValidation(Sine, Signals(number), lambdas, Contiguous);
            Assert.That(one.Scores.ToArray(), Is.EqualTo(expected[number]).Within(1e-5));
            Assert.That(one.Lambda, Is.EqualTo(lambdas[Array.IndexOf(expected[number], expected[number].Min())]));
        }

        LambdaChoice all = LambdaSelection.ByCrossValidation(Sine, SineSignals, lambdas, Contiguous);
        Assert.That(all.Scores.ToArray(), Is.EqualTo(new[] { 0.580663520776, 0.658499795738, 0.751865664463, 0.824791440591, 0.859455695161 }).Within(1e-5));
        Assert.That(all.Lambda, Is.EqualTo(1.28f));
    }

    [Test]
    public void ByCrossValidation_NumberOfAtoms_IsScikitLearnsPursuit()
    {
        ActiveCountChoice one = ActiveCountSelection.ByCrossValidation(Sine, Signals(1), 6, Contiguous), all = ActiveCountSelection.ByCrossValidation(Sine, SineSignals, 6, Contiguous);
        Assert.That(one.Scores.ToArray(), Is.EqualTo(new[] { 1.249628915835, 1.095774336146, 0.746661578179, 0.505914999867, 0.456781145842, 0.476551366348 }).Within(2e-5));
        Assert.That(all.Scores.ToArray(), Is.EqualTo(new[] { 0.90988676914, 1.043220300033, 1.028522318728, 1.0451105949, 1.153501750432, 1.243722599348 }).Within(2e-5));
        Assert.That((one.MaxActive, all.MaxActive), Is.EqualTo((5, 1)));
    }

    [Test]
    public void ForL0_WantedLevel_IsWhatTheEncodersHaveThere([Values(1.5, 3, 6)] double wanted, [Values] bool nonNegative)
    {
        LambdaChoice choice = LambdaSelection.ForL0(ContractWorld.Large, ContractWorld.Make(ContractWorld.Large, 60, 4, 3), wanted, new SelectionOptions { NonNegative = nonNegative });
        SparseCodes codes = new LassoEncoder(ContractWorld.Large, new LassoOptions { Lambda = choice.Lambda, NonNegative = nonNegative, GapTolerance = 0 }).Encode(ContractWorld.Make(ContractWorld.Large, 60, 4, 3));
        double mean = codes.NonZeroCount / 60.0;
        Assert.That(mean, Is.EqualTo(choice.MeanL0[choice.Best]).Within(1.01 / 60), "float may decide one atom at a breakpoint otherwise");
        Assert.That(mean, Is.EqualTo(wanted).Within(0.1));
    }

    [Test]
    public void Select_TrueNumberOfAtoms_IsFound()
    {
        // Spikes: the code of x is x, so the criteria have closed forms. Three entries of 1 and noise far below.
        var atoms = new float[8, 12];
        for (int i = 0; i < 8; i++)
        {
            atoms[i, i] = 1;
        }

        var dictionary = new AtomDictionary(atoms);
        var signals = new float[20, 12];
        var random = new Random(2);
        for (int row = 0; row < 20; row++)
        {
            for (int i = 0; i < 12; i++)
            {
                signals[row, i] = (0.01f * (float)(random.NextDouble() - 0.5)) + ((i + row) % 8 < 3 && i < 8 ? 1 : 0);
            }
        }

        double noise = Enumerable.Range(0, 20).Sum(row => Enumerable.Range(8, 4).Sum(i => (double)signals[row, i] * signals[row, i])) / 80;
        ActiveCountChoice counted = ActiveCountSelection.ByBic(dictionary, signals, 6), given = ActiveCountSelection.ByBic(dictionary, signals, 6, (float)noise);
        Assert.That(counted.Scores.ToArray(), Is.EqualTo(given.Scores.ToArray()).Within(1e-4).Percent, "the estimated noise is that of the last four entries");
        Assert.That(ActiveCountSelection.ByAic(dictionary, signals, 2).MaxActive, Is.EqualTo(2), "limited");
        Assert.That(counted.MaxActive, Is.EqualTo(3));
        Assert.That(ActiveCountSelection.ByCrossValidation(dictionary, signals, 6).Scores.Length, Is.EqualTo(6));

        // The Lasso is soft thresholding here, and its breakpoints are the magnitudes of the entries.
        LambdaChoice lambda = LambdaSelection.ByBic(dictionary, signals, (float)noise);
        double[] entries = [.. signals.Cast<float>().Select(v => Math.Abs((double)v))];
        double Score(double level) => Enumerable.Range(0, 240).Sum(i => i % 12 < 8 && entries[i] > level
            ? (level * level / (float)noise) + Math.Log(12)
            : entries[i] * entries[i] / (float)noise) + (240 * Math.Log(2 * Math.PI * (float)noise));
        double best = Enumerable.Range(0, 240).Where(i => i % 12 < 8).Select(i => entries[i]).Where(v => v > 1e-3 * entries.Max()).MinBy(Score);
        Assert.That((double)lambda.Lambda, Is.EqualTo(best).Within(1e-6 * best));
        Assert.That(lambda.Scores[lambda.Best], Is.EqualTo(Score(best)).Within(1e-6).Percent);
    }

    [Test]
    public void Select_AnyNumberOfThreads_GivesTheSameBits()
    {
        Tensor<float> signals = ContractWorld.Make(ContractWorld.Large, 80, 4, 3);
        static RunContext Threads(int threads) => new() { Threads = threads };
        LambdaChoice one = LambdaSelection.ByBic(ContractWorld.Large, signals, .01f, null, Threads(1)), four = LambdaSelection.ByBic(ContractWorld.Large, signals, .01f, null, Threads(4));
        Assert.That(four.Scores.SequenceEqual(one.Scores) && four.Lambdas.SequenceEqual(one.Lambdas), Is.True);
        LambdaChoice folds = LambdaSelection.ByCrossValidation(ContractWorld.Large, signals, default, null, Threads(1)), same = LambdaSelection.ByCrossValidation(ContractWorld.Large, signals, default, null, Threads(4));
        Assert.That(same.Scores.SequenceEqual(folds.Scores), Is.True);
        Assert.That(folds.Lambdas.Length, Is.EqualTo(50));
        LambdaChoice other = LambdaSelection.ByCrossValidation(ContractWorld.Large, signals, default, new SelectionOptions { Seed = 1 });
        Assert.That(other.Scores.SequenceEqual(folds.Scores), Is.False, "other folds");
    }

    [Test]
    public void Select_BadInput_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => LambdaSelection.ByBic(Sine, SineSignals)), Does.Contain("noiseVariance is needed").And.Contains("32 atoms in 16 dimensions"));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => LambdaSelection.ByAic(Sine, SineSignals, 0)), Does.Contain("noiseVariance"));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => LambdaSelection.ForL0(Sine, SineSignals, 40)), Does.Contain("meanL0 is 40"));
        Assert.Catch<ArgumentOutOfRangeException>(() => LambdaSelection.ForL0(Sine, SineSignals, double.NaN));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => LambdaSelection.ByCrossValidation(Sine, SineSignals, default, new SelectionOptions { Folds = 17 })), Does.Contain("Folds is 17"));
        Assert.Catch<ArgumentOutOfRangeException>(() => LambdaSelection.ByCrossValidation(Sine, SineSignals, [1, -1]));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => ActiveCountSelection.ByCrossValidation(Sine, SineSignals, 33)), Does.Contain("mostActive is 33"));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => LambdaSelection.ByBic(Sine, new float[2, 16], 1)), Does.Contain("no atom"));
        Assert.Catch<ArgumentException>(() => LambdaSelection.ByBic(Sine, new float[2, 15], 1));
    });

    private static Tensor<float> Signals(params int[] numbers) =>
        Tensor.Create(Array.ConvertAll(numbers.SelectMany(b => LassoProblem.Sine(b).Signal).ToArray(), v => (float)v), [numbers.Length, 16]);
}
