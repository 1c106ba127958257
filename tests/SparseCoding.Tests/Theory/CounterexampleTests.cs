using SparseCoding.Numerics;
using SparseCoding.Tests.Numerics;
using SparseCoding.Theory;

namespace SparseCoding.Tests.Theory;

/// <summary>Theorem 1 by running encoders: 1,000 random ones with K ≥ 2 and M &lt; N, each caught by a verified source.</summary>
public sealed class CounterexampleTests
{
    private const int Encoders = 1000;

    [Test]
    public void Find_ForAThousandEncoders_GivesAVerifiedSourceAboveTheGuaranteedError()
    {
        var random = new Random(20240625);
        var steps = new HashSet<ProofStep>();
        double leastRatio = double.PositiveInfinity;
        for (int trial = 0; trial < Encoders; trial++)
        {
            int m = random.Next(1, 25), n = m + random.Next(1, trial % 4 == 0 ? 3 : 40), k = random.Next(2, Math.Min(n, 7) + 1);
            (Matrix64 weights, double[] bias, LinearModel model) = Encoder(random, n, m, trial);
            var encoder = new AffineRelu(weights, bias);
            foreach (EncoderAlignment alignment in new[] { EncoderAlignment.Identity(n, n), EncoderAlignment.Find(model.Atoms, encoder.Weights, 1e9) })
            {
                var search = new CounterexampleSearch(model, encoder.Weights, encoder.Bias, alignment, k, encoder.Encode);
                TheoremCounterexample found = search.Find();
                steps.Add(found.Step);

                // The claim is checked from nothing but the source: a fresh signal, a fresh run, a fresh comparison.
                float[] source = [.. found.Source];
                Assert.That(source, Has.All.GreaterThanOrEqualTo(0f));
                Assert.That(source.Count(v => v != 0), Is.InRange(1, k), "a legal source");
                float[] answer = alignment.Apply(encoder.Encode(model.Signal(source)));
                double error = Math.Sqrt(answer.Zip(source, (a, s) => ((double)a - s) * ((double)a - s)).Sum());
                double norm = Math.Sqrt(source.Sum(s => (double)s * s));
                Assert.That(error, Is.EqualTo(found.Error).Within(1e-6 * (error + norm)));
                Assert.That(found.IsVerified, $"trial {trial}: N {n}, M {m}, K {k}: {found.Explanation}, round-off {found.RoundOff}");
                Assert.That(error / norm, Is.GreaterThan(1e-3), $"trial {trial}: {found.Explanation}");
                leastRatio = Math.Min(leastRatio, error / norm / CounterexampleSearch.GuaranteedError(n, m, bias: true));
            }
        }

        TestContext.Out.WriteLine($"least error over the guaranteed one: {leastRatio:G3}; steps: {string.Join(", ", steps)}");
        Assert.That(leastRatio, Is.GreaterThan(1 - 1e-5), "no source that is given may lie below what the proof guarantees");
        Assert.That(steps, Does.Contain(ProofStep.Pair).And.Contain(ProofStep.OwnLatent).And.Contain(ProofStep.OtherLatent));
    }

    [Test]
    public void Find_ForAnEncoderThatIsRightOnEverySingleSource_NeedsAPair()
    {
        // Four unit vectors of the plane at right angles: W = D answers every single source exactly. K = 1 has no counterexample.
        var atoms = new Matrix64(4, 2, [1, 0, 0, 1, -1, 0, 0, -1]);
        var model = new LinearModel(atoms);
        var encoder = new AffineRelu(atoms, new double[4]);
        for (int i = 0; i < 4; i++)
        {
            var source = new float[4];
            source[i] = 2;
            Assert.That(encoder.Encode(model.Signal(source)), Is.EqualTo(source));
        }

        TheoremCounterexample found = new CounterexampleSearch(model, encoder.Weights, encoder.Bias, EncoderAlignment.Identity(4, 4), 2, encoder.Encode).Find();
        Assert.That(found.Step, Is.EqualTo(ProofStep.Pair));
        Assert.That(found.IsVerified);
    }

    [Test]
    public void Find_ForABiasThatFitsEverySingleSourceOfOneMagnitude_StillFindsAPair()
    {
        // Points on a circle are in convex position, so w = c d, b = 1 − c answers every single source of magnitude 1 exactly.
        int n = 8;
        var atoms = new Matrix64(n, 2);
        for (int i = 0; i < n; i++)
        {
            (atoms[i, 0], atoms[i, 1]) = (Math.Cos(2 * Math.PI * i / n), Math.Sin(2 * Math.PI * i / n));
        }

        Matrix64 weights = atoms.Clone();
        double factor = 1 / (1 - Math.Cos(2 * Math.PI / n));
        for (int i = 0; i < weights.Values.Length; i++)
        {
            weights.Values[i] *= factor;
        }

        var encoder = new AffineRelu(weights, [.. Enumerable.Repeat(1 - factor, n)]);
        var model = new LinearModel(atoms);
        for (int i = 0; i < n; i++)
        {
            var source = new float[n];
            source[i] = 1;
            Assert.That(encoder.Encode(model.Signal(source)), Is.EqualTo(source).Within(1e-5f));
        }

        TheoremCounterexample found = new CounterexampleSearch(model, encoder.Weights, encoder.Bias, EncoderAlignment.Identity(n, n), 2, encoder.Encode).Find();
        Assert.That(found.IsVerified);
        Assert.That(found.Step, Is.EqualTo(ProofStep.Pair));
        Assert.That(found.RelativeError, Is.GreaterThan(0.5 * CounterexampleSearch.GuaranteedError(n, 2, bias: true)));
    }

    [Test]
    public void GuaranteedError_WithEnoughMeasurements_IsZero()
    {
        Assert.That(CounterexampleSearch.GuaranteedError(8, 8, true), Is.Zero);
        Assert.That(CounterexampleSearch.GuaranteedError(8, 12, false), Is.Zero);
        double g = Math.Sqrt(8) / (2.414213562373095 * 16);
        Assert.That(CounterexampleSearch.GuaranteedError(16, 8, false), Is.EqualTo(g).Within(1e-12));
        Assert.That(CounterexampleSearch.GuaranteedError(16, 8, true), Is.EqualTo(g / (1 + (4.414213562373095 * g))).Within(1e-12));
        Assert.That(CounterexampleSearch.GuaranteedError(10_000, 8, false), Is.EqualTo(g).Within(1e-12), "2M atoms are enough");
    }

    private static (Matrix64 Weights, double[] Bias, LinearModel Model) Encoder(Random random, int n, int m, int trial)
    {
        Matrix64 atoms = new LinearModel(LinearAlgebraTests.Random(n, m, trial)).Unit;
        Matrix64 weights = (trial % 5) switch
        {
            0 => RankBound.Minimiser(atoms),
            1 => atoms.Clone(),
            2 => LinearAlgebraTests.Random(n, m, trial + 100_000),
            3 => Perturbed(RankBound.Minimiser(atoms), trial),
            _ => new Matrix64(n, m),
        };
        var bias = new double[n];
        if (trial % 3 != 0)
        {
            for (int i = 0; i < n; i++)
            {
                bias[i] = (trial % 3 == 1 ? 0.3 : 20) * (random.NextDouble() - 0.7) * (trial % 50 == 2 ? 1e8 : 1);
            }
        }

        double[]? offset = trial % 7 == 0 ? [.. Enumerable.Range(0, m).Select(i => 0.5 * Math.Sin(i))] : null;
        return (weights, bias, new LinearModel(atoms, offset));
    }

    private static Matrix64 Perturbed(Matrix64 weights, int trial)
    {
        Matrix64 noise = LinearAlgebraTests.Random(weights.Rows, weights.Columns, trial + 200_000);
        for (int i = 0; i < weights.Values.Length; i++)
        {
            weights.Values[i] = (2 * weights.Values[i]) + (0.1 * noise.Values[i]);
        }

        return weights;
    }

    /// <summary>The encoder under test, in float with plain loops: the outside party that the counterexample is verified against.</summary>
    internal sealed class AffineRelu
    {
        private readonly float[] _weights;
        private readonly float[] _bias;

        public AffineRelu(Matrix64 weights, double[] bias)
        {
            _weights = [.. weights.Values.Select(v => (float)v)];
            _bias = [.. bias.Select(v => (float)v)];
            Weights = Matrix64.From(_weights, weights.Rows, weights.Columns);
            Bias = [.. _bias.Select(v => (double)v)];
        }

        public Matrix64 Weights { get; }

        public double[] Bias { get; }

        public float[] Encode(float[] x)
        {
            var z = new float[_bias.Length];
            for (int i = 0; i < z.Length; i++)
            {
                float sum = _bias[i];
                for (int k = 0; k < x.Length; k++)
                {
                    sum += _weights[(i * x.Length) + k] * x[k];
                }

                z[i] = Math.Max(0, sum);
            }

            return z;
        }
    }
}
