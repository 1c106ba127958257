using SparseCoding.Numerics;
using SparseCoding.Tests.Numerics;
using SparseCoding.Theory;

namespace SparseCoding.Tests.Theory;

/// <summary>Closed forms, brute force by another route, and the Donoho-Tanner table for what a dictionary's report is made of.</summary>
public sealed class DictionaryTheoryTests
{
    [Test]
    public void Coherence_OfOrthonormalAtoms_IsZeroAndSparkInfinite()
    {
        Matrix64 unit = Matrix64.Identity(6);
        Assert.That(Coherence.Compute(unit, 4).Value, Is.Zero);
        Assert.That(Spark.Compute(unit, 0, 1e8).Lower, Is.EqualTo(Spark.Infinite));
        Assert.That(RestrictedIsometry.Compute(unit, 3, Coherence.Compute(unit, 3), 1e8).Upper, Is.Zero.Within(1e-15));
        Assert.That(ExactRecovery.Compute(unit, 3, Coherence.Compute(unit, 3), 1e8).Upper, Is.Zero.Within(1e-15));
    }

    [Test]
    public void Coherence_OfSpikesAndHadamard_IsOneOverRootM()
    {
        Matrix64 unit = SpikesAndHadamard(64);
        Coherence coherence = Coherence.Compute(unit, 8);
        Assert.That(coherence.Value, Is.EqualTo(0.125).Within(1e-15));
        Assert.That(coherence.Babel, Is.EqualTo(Enumerable.Range(0, 9).Select(s => s / 8.0)).Within(1e-14), "eight atoms of the other basis at 1/8 each");
        Assert.That(coherence.Value, Is.GreaterThanOrEqualTo(Coherence.Welch(128, 64)));
        Assert.That(Spark.Compute(unit, coherence.Value, 1e7).Lower, Is.GreaterThanOrEqualTo(9));
        Assert.That(Spark.Compute(SpikesAndHadamard(4), 0.5, 1e8).Lower, Is.EqualTo(4), "spark of spikes + Hadamard is 2 sqrt(M) for a square M");
    }

    [Test]
    public void Coherence_OfTheSineDictionary_AgreesWithNumPy()
    {
        Coherence coherence = Coherence.Compute(LinearAlgebraTests.Sine(16, 32), 6);
        Assert.That(coherence.Value, Is.EqualTo(0.9900619395477512).Within(1e-14));
        Assert.That(coherence.Pair, Is.EqualTo((12, 30)));
        Assert.That(coherence.Babel[1..], Is.EqualTo([0.9900619395477512, 1.8038788095325349, 2.5680375853453907, 2.8649586067487873, 3.0997094385741644, 3.310657837928433]).Within(1e-12));
    }

    [Test]
    public void Coherence_WithASmallBudget_IsALowerBoundThatSaysSo()
    {
        Matrix64 unit = LinearAlgebraTests.Sine(16, 32);
        Coherence part = Coherence.Compute(unit, 2, budget: 0);
        Assert.That(part.IsComplete, Is.False);
        Assert.That(part.Value, Is.LessThanOrEqualTo(Coherence.Compute(unit, 2).Value));
    }

    [Test]
    public void Spark_OfRandomAtoms_IsDimensionPlusOne([Values(2, 5, 8)] int dimension)
    {
        Matrix64 unit = Random(16, dimension, dimension);
        Spark spark = Spark.Compute(unit, Coherence.Compute(unit, 1).Value, 1e9);
        Assert.That((spark.Lower, spark.IsExact), Is.EqualTo((dimension + 1, true)));
        Spark cheap = Spark.Compute(unit, null, 0);
        Assert.That(cheap.Lower, Is.EqualTo(2));
        Assert.That(cheap.Upper, Is.EqualTo(dimension + 1));
    }

    [Test]
    public void Spark_OfPlantedDependence_FindsTheSet()
    {
        Matrix64 atoms = Random(12, 8, 4);
        for (int k = 0; k < 8; k++)
        {
            atoms[10, k] = atoms[2, k] + (0.5 * atoms[5, k]) - (0.3 * atoms[7, k]);
        }

        Spark spark = Spark.Compute(new LinearModel(atoms).Unit, null, 1e9);
        Assert.That((spark.Lower, spark.Upper), Is.EqualTo((4, 4)));
        Assert.That(spark.Dependent, Is.EqualTo([2, 5, 7, 10]));
        Assert.That(Spark.Compute(new Matrix64(3, 2, [1, 0, 0, 0, 0, 1]), null, 1e6).Upper, Is.EqualTo(1), "a zero atom is dependent by itself");
        Assert.That(Spark.Compute(new Matrix64(3, 2, [1, 0, 0, 1, -1, 0]), null, 1e6).Dependent, Is.EqualTo([0, 2]));
    }

    [Test]
    public void RestrictedIsometry_OfAPair_IsTheCoherenceAndBoundsHold()
    {
        Matrix64 unit = Random(14, 7, 3);
        Coherence coherence = Coherence.Compute(unit, 6);
        Assert.That(RestrictedIsometry.Compute(unit, 2, coherence, 1e9).Lower, Is.EqualTo(coherence.Value).Within(1e-12));
        double last = 0;
        for (int s = 1; s <= 4; s++)
        {
            RestrictedIsometry exact = RestrictedIsometry.Compute(unit, s, coherence, 1e10), cheap = RestrictedIsometry.Compute(unit, s, coherence, 1e5);
            Assert.That(exact.IsExact);
            Assert.That(cheap.Lower, Is.LessThanOrEqualTo(exact.Lower));
            Assert.That(cheap.Upper, Is.GreaterThanOrEqualTo(exact.Lower - 1e-12));
            Assert.That(exact.Lower, Is.GreaterThanOrEqualTo(last - 1e-12), "non-decreasing in s");
            last = exact.Lower;

            // By another route: singular values of every support, supports as bit masks.
            double brute = 0;
            for (int mask = 0; mask < 1 << 14; mask++)
            {
                if (int.PopCount(mask) == s)
                {
                    double[] values = Svd.Compute(unit.SelectRows([.. Enumerable.Range(0, 14).Where(i => (mask >> i & 1) == 1)])).Values;
                    brute = Math.Max(brute, Math.Max((values[0] * values[0]) - 1, 1 - (values[^1] * values[^1])));
                }
            }

            Assert.That(brute, Is.EqualTo(exact.Lower).Within(1e-12));
        }
    }

    [Test]
    public void ExactRecovery_Bounds_EncloseTheExactValue()
    {
        Matrix64 unit = SpikesAndHadamard(16);
        Coherence coherence = Coherence.Compute(unit, 4);
        ExactRecovery exact = ExactRecovery.Compute(unit, 2, coherence, 1e9), cheap = ExactRecovery.Compute(unit, 2, coherence, 1e4);
        Assert.That(exact.IsExact);
        Assert.That(cheap.Lower, Is.LessThanOrEqualTo(exact.Lower));
        Assert.That(cheap.Upper, Is.GreaterThanOrEqualTo(exact.Lower));
        Assert.That(exact.Lower, Is.LessThan(1), "K = 2 < (1 + 4)/2 is guaranteed");
        Assert.That(ExactRecovery.Of(unit, [0]), Is.EqualTo(0.25).Within(1e-14));
    }

    [TestCase(.05, .1544, .1889)]
    [TestCase(.1, .1894, .2410)]
    [TestCase(.2, .2433, .3259)]
    [TestCase(.25, .2674, .3651)]
    [TestCase(.3, .2908, .4036)]
    [TestCase(.4, .3373, .4803)]
    [TestCase(.5, .3857, .5582)]
    [TestCase(.6, .4384, .6387)]
    [TestCase(.7, .4988, .7225)]
    [TestCase(.8, .5733, .8103)]
    [TestCase(.9, .6782, .9027)]
    public void DonohoTanner_OnTheTable_AgreesToFourDigits(double delta, double signed, double nonNegative)
    {
        Assert.That(Guides.DonohoTanner(delta, false), Is.EqualTo(signed).Within(6e-5));
        Assert.That(Guides.DonohoTanner(delta, true), Is.EqualTo(nonNegative).Within(6e-5));
    }

    [Test]
    public void Guides_AtKnownPoints_AgreeWithThePaperAndTables()
    {
        Assert.That(Guides.Measurements(16, 3), Is.EqualTo(10.04).Within(0.005));
        Assert.That(Guides.Measurements(128, 3), Is.EqualTo(22.52).Within(0.005));
        Assert.That(Guides.DonohoTanner(1, true), Is.NaN);
        Assert.That(Guides.MillsRatio(2.9999999), Is.EqualTo(Guides.MillsRatio(3.0000001)).Within(1e-7), "series and fraction meet");
        Assert.That(MeanInterval.Quantile(0.95, 1_000_000), Is.EqualTo(1.959964).Within(1e-5));
        Assert.That(MeanInterval.Quantile(0.95, 10), Is.EqualTo(2.228139).Within(1e-3), "table of Student's t");
        Assert.That(MeanInterval.Quantile(0.99, 30), Is.EqualTo(2.749996).Within(1e-4));
    }

    [TestCase(16, 8)]
    [TestCase(9, 8)]
    [TestCase(40, 5)]
    [TestCase(5, 9)]
    public void RankBound_AtThePseudoInverse_IsExactlyTheBound(int n, int m)
    {
        Matrix64 unit = Random(n, m, n + m);
        Matrix64 weights = LinearAlgebraTests.Random(n, m, 1);
        RankBound bound = RankBound.Compute(unit, weights, 1e9);
        Assert.That(bound.AtMinimiser, Is.EqualTo(Math.Max(0, n - m)).Within(1e-10));
        Assert.That(bound.EncoderRank, Is.EqualTo(Math.Min(n, m)));
        Assert.That(bound.AtEncoder, Is.GreaterThanOrEqualTo(bound.AtRescaledEncoder));
        Assert.That(bound.AtRescaledEncoder, Is.GreaterThanOrEqualTo(bound.Bound - 1e-10));

        // Any step away from the minimiser is worse.
        Matrix64 best = RankBound.Minimiser(unit);
        for (int k = 0; k < best.Values.Length; k++)
        {
            best.Values[k] += 1e-3 * weights.Values[k];
        }

        Assert.That(RankBound.DistanceToIdentity(unit, best), Is.GreaterThan(bound.AtMinimiser));
    }

    [Test]
    public void OptimalCode_AgainstLeastSquaresOnEverySupport_IsTheBest([Values] bool nonNegative)
    {
        Matrix64 atoms = Random(8, 5, 11);
        var optimal = new OptimalCode(atoms, 3, nonNegative);
        for (int trial = 0; trial < 40; trial++)
        {
            double[] signal = LinearAlgebraTests.Random(1, 5, 500 + trial).Values;
            double brute = signal.Sum(v => v * v);
            for (int mask = 1; mask < 256; mask++)
            {
                if (int.PopCount(mask) > 3)
                {
                    continue;
                }

                Matrix64 columns = atoms.SelectRows([.. Enumerable.Range(0, 8).Where(i => (mask >> i & 1) == 1)]).Transpose();
                double[] z = PivotedQr.Compute(columns).SolveLeastSquares(signal);
                if (!nonNegative || z.All(v => v >= 0))
                {
                    brute = Math.Min(brute, columns.Multiply(z).Zip(signal, (a, b) => (a - b) * (a - b)).Sum());
                }
            }

            OptimalCodeResult result = optimal.Solve(signal);
            Assert.That(result.SquaredError, Is.EqualTo(brute).Within(1e-12));
            Assert.That(result.Support, Is.Ordered.Ascending.And.Length.LessThanOrEqualTo(3));
            Assert.That(nonNegative && result.Values.Any(v => v < 0), Is.False);
        }
    }

    [Test]
    public void OptimalCode_OfAPlantedCode_ReturnsIt()
    {
        Matrix64 atoms = Random(16, 8, 2);
        OptimalCodeResult result = new OptimalCode(atoms, 3, true).Solve(atoms.MultiplyLeft([0, 0, 1.5, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 0, 0, 3, 0]));
        Assert.That(result.Support, Is.EqualTo([2, 7, 14]));
        Assert.That(result.Values, Is.EqualTo([1.5, 0.2, 3]).Within(1e-12));
        Assert.That(result.SquaredError, Is.LessThan(1e-24));
    }

    [Test]
    public void Combinations_Next_VisitsEverySubsetOnce()
    {
        int[] subset = Combinations.First(3);
        var seen = new HashSet<string>();
        do
        {
            Assert.That(seen.Add(string.Join(",", subset)));
        }
        while (Combinations.Next(subset, 7));
        Assert.That(seen, Has.Count.EqualTo(35));
        Assert.That(Combinations.Count(7, 3), Is.EqualTo(35));
        Assert.That(Combinations.Count(64, 32), Is.EqualTo(1832624140942590534.0).Within(1e4));
    }

    internal static Matrix64 Random(int atoms, int dimension, int seed) => new LinearModel(LinearAlgebraTests.Random(atoms, dimension, seed)).Unit;

    private static Matrix64 SpikesAndHadamard(int m)
    {
        var result = new Matrix64(2 * m, m);
        for (int i = 0; i < m; i++)
        {
            result[i, i] = 1;
            for (int k = 0; k < m; k++)
            {
                result[m + i, k] = (int.PopCount(i & k) % 2 == 0 ? 1 : -1) / Math.Sqrt(m);
            }
        }

        return result;
    }
}
