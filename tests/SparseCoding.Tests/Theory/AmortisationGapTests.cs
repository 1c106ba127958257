using System.Text.Json;
using SparseCoding.Contracts;
using SparseCoding.Numerics;
using SparseCoding.Tests.Numerics;
using SparseCoding.Theory;

namespace SparseCoding.Tests.Theory;

/// <summary>The public report: when the theorem applies, what it then claims, and that it claims nothing elsewhere.</summary>
public sealed class AmortisationGapTests
{
    private static readonly TheoremOptions Quick = new() { Samples = 64, Budget = 20_000_000 };

    [Test]
    public void Check_OfThePapersWorldWithAnEncoder_AppliesAndVerifies()
    {
        AtomDictionary dictionary = Dictionary(16, 8, 1);
        TheoremReport report = AmortisationGap.Check(dictionary, 3, new FakeEncoder(dictionary, Transposed(dictionary)));
        Assert.That(report.Applies);
        Assert.That(report.Counterexample!.IsVerified);
        Assert.That(report.AlignedCounterexample!.IsVerified);
        Assert.That(report.Counterexample.Source.Count(v => v > 0), Is.EqualTo(3), "filled up to K");
        Assert.That(Item(report, "spark").Value, Is.EqualTo(9));
        Assert.That(Item(report, "2K < spark").Status, Is.EqualTo(TheoremStatus.Proved));
        Assert.That(Item(report, "isometry constant of 6 atoms").Status, Is.EqualTo(TheoremStatus.Proved));
        Assert.That(Item(report, "numerical rank of the encoder's D Wᵀ").Value, Is.EqualTo(8));
        Assert.That(Item(report, "lower bound on ‖D Wᵀ − I‖²").Value, Is.EqualTo(8));
        Assert.That(Item(report, "2 K ln(N/K)").Explanation, Does.Contain("below"), "the paper's default world");
        AmortisationGapEstimate gap = report.Gap!;
        Assert.That(gap.Optimum, Is.EqualTo(GapOptimum.Exhaustive));
        Assert.That(gap.OptimalError, Is.LessThan(1e-12), "the sources are exactly sparse");
        Assert.That(gap.Low, Is.GreaterThan(0).And.LessThan(gap.Mean));
        Assert.That(gap.LassoGap, Is.GreaterThan(0));
        Assert.That(gap.LassoSlack, Is.LessThan(1e-6));
        Assert.That(report.Items.Where(i => i.Kind == TheoremItemKind.Guide).Select(i => i.Status), Is.All.EqualTo(TheoremStatus.Estimated));
    }

    [TestCase(1, 16, 8)]
    [TestCase(3, 8, 8)]
    [TestCase(2, 6, 9)]
    public void Check_WithOneActiveAtomOrEnoughMeasurements_ClaimsNoCounterexample(int active, int atoms, int dimension)
    {
        AtomDictionary dictionary = Dictionary(atoms, dimension, 2);
        TheoremReport report = AmortisationGap.Check(dictionary, active, new FakeEncoder(dictionary, Transposed(dictionary)), Quick);
        Assert.That(report.Applies, Is.False);
        Assert.That(report.Counterexample, Is.Null);
        Assert.That(report.AlignedCounterexample, Is.Null);
        Assert.That(report.Gap, Is.Not.Null);
        Assert.That(report.Verdict, Does.Contain("does not apply"));
    }

    [Test]
    public void Check_OfAnEncoderThatIsNotAffineRelu_MeasuresOnly()
    {
        AtomDictionary dictionary = Dictionary(12, 6, 3);
        TheoremReport report = AmortisationGap.Check(dictionary, 2, new FakeEncoder(dictionary, Transposed(dictionary), affine: false), Quick);
        Assert.That(report.Applies, Is.False);
        Assert.That(report.Counterexample, Is.Null);
        Assert.That(report.Verdict, Does.Contain("not affine + ReLU"));
        Assert.That(report.Gap!.Mean, Is.GreaterThan(0));
    }

    [Test]
    public void Check_OfTheOptimalEncoder_MeasuresNoGap()
    {
        AtomDictionary dictionary = Dictionary(12, 6, 4);
        TheoremReport report = AmortisationGap.Check(dictionary, 2, new ExhaustiveEncoder(dictionary, 2), Quick with { Noise = 0.05f });
        Assert.That(report.Gap!.Mean, Is.Zero.Within(1e-9));
        Assert.That(report.Gap.CodeError, Is.LessThan(1e-9));
        Assert.That(report.Gap.OptimalError, Is.GreaterThan(1e-5), "noise leaves an error that no code removes");
    }

    [Test]
    public void Check_OfPermutedAndScaledLatents_AlignsThemBeforeItClaims()
    {
        // Pseudo-inverse weights in another order and scale: the aligned error must be that of the plain pseudo-inverse.
        AtomDictionary dictionary = Dictionary(12, 10, 5);
        Matrix64 weights = RankBound.Minimiser(LinearModel.From(dictionary).Atoms), shuffled = new(12, 10);
        for (int i = 0; i < 12; i++)
        {
            for (int k = 0; k < 10; k++)
            {
                shuffled[(i * 5) % 12, k] = (1 + i) * weights[i, k];
            }
        }

        TheoremReport plain = AmortisationGap.Check(dictionary, 2, new FakeEncoder(dictionary, weights), Quick);
        TheoremReport mixed = AmortisationGap.Check(dictionary, 2, new FakeEncoder(dictionary, shuffled), Quick);
        Assert.That(mixed.AlignedCounterexample!.RelativeError, Is.EqualTo(plain.AlignedCounterexample!.RelativeError).Within(1e-4));
        Assert.That(mixed.Counterexample!.RelativeError, Is.GreaterThan(plain.Counterexample!.RelativeError));
        Assert.That(mixed.Gap!.CodeError, Is.EqualTo(plain.Gap!.CodeError).Within(1e-4));
        Assert.That(mixed.AlignedCounterexample.Latents, Is.EqualTo(Enumerable.Range(0, 12).Select(i => (i * 5) % 12)));
    }

    [Test]
    public void Check_OfMoreLatentsThanAtomsAndAnOffset_GivesTheAlignedClaimOnly()
    {
        AtomDictionary dictionary = new(Values(10, 6, 6), 6, [1, -1, 0.5f, 0, 2, 0], 3);
        AtomDictionary wide = Dictionary(17, 6, 7);
        TheoremReport report = AmortisationGap.Check(dictionary, 2, new FakeEncoder(wide, Transposed(wide), bias: -0.1f), Quick);
        Assert.That(report.Counterexample, Is.Null);
        Assert.That(report.AlignedCounterexample!.IsVerified);
        Assert.That(report.Gap!.LassoGap, Is.NaN);
    }

    [Test]
    public void Check_OfATrainedSae_UsesWhatItRevealsAndVerifiesByItsOwnRun()
    {
        AtomDictionary dictionary = Dictionary(16, 8, 12);
        var signals = dictionary.Decode(GapMeasurement.Draw(16, 3, Quick));
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 16 }, new TrainingOptions { Steps = 20 }).Fit(ActivationSource.FromView(signals));
        TheoremReport report = AmortisationGap.Check(dictionary, 3, sae, Quick);
        Assert.That(report.Applies);
        Assert.That(report.Counterexample!.IsVerified);
        Assert.That(report.AlignedCounterexample!.IsVerified);
        Assert.That(report.Gap!.Mean, Is.GreaterThan(0));
    }

    [Test]
    public void Check_OfCodes_TakesTheLargestRowAsK()
    {
        AtomDictionary dictionary = Dictionary(10, 5, 8);
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 1, -2, 0, 0, 0, 0, 0, 0, 0, 3 }, { 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 } });
        TheoremReport report = AmortisationGap.Check(dictionary, codes, new FakeEncoder(dictionary, Transposed(dictionary)), Quick);
        Assert.That(report.Active, Is.EqualTo(3));
        Assert.That(report.Gap!.Samples, Is.EqualTo(2));
        Assert.That(report.Gap.OptimalError, Is.LessThan(1e-12), "signed optimum for signed codes");
    }

    [Test]
    public void Check_Twice_PrintsTheSameTableAndValidJson()
    {
        AtomDictionary dictionary = Dictionary(9, 4, 9);
        var encoder = new FakeEncoder(dictionary, Transposed(dictionary));
        TheoremReport report = AmortisationGap.Check(dictionary, 2, encoder, Quick);
        Assert.That(report.ToString(), Is.EqualTo(AmortisationGap.Check(dictionary, 2, encoder, Quick).ToString()));
        Assert.That(report.ToString(), Does.Contain("Proved").And.Contain("coherence").And.Contain("N = 9, M = 4, K = 2"));
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        Assert.That(json.RootElement.GetProperty("applies").GetBoolean());
        Assert.That(json.RootElement.GetProperty("counterexample").GetProperty("verified").GetBoolean());
        Assert.That(json.RootElement.GetProperty("items").GetArrayLength(), Is.EqualTo(report.Items.Count));
        Assert.That(() => JsonDocument.Parse(AmortisationGap.Check(Dictionary(3, 3, 1), 1).ToJson()), Throws.Nothing, "an infinite spark");
    }

    [Test]
    public void Check_OfALargerDictionary_BoundsWhatItCannotExhaust()
    {
        TheoremReport report = AmortisationGap.Check(Dictionary(300, 40, 10), 8, null, Quick);
        Assert.That(report.Applies);
        Assert.That(report.Gap, Is.Null);
        Assert.That(Item(report, "spark").Status, Is.EqualTo(TheoremStatus.Estimated));
        Assert.That(Item(report, "isometry constant of 16 atoms").Status, Is.EqualTo(TheoremStatus.Estimated));
        Assert.That(Item(report, "coherence").Status, Is.EqualTo(TheoremStatus.Proved));
    }

    [Test]
    public void Check_OfBadInput_NamesTheArgument()
    {
        AtomDictionary dictionary = Dictionary(6, 3, 1), other = Dictionary(6, 4, 1);
        Assert.That(() => AmortisationGap.Check(null!, 2), Throws.ArgumentNullException);
        Assert.That(() => AmortisationGap.Check(dictionary, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => AmortisationGap.Check(dictionary, 7), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => AmortisationGap.Check(dictionary, 2, new FakeEncoder(other, Transposed(other))), Throws.ArgumentException.With.Message.Contains("dimension 4"));
        Assert.That(() => AmortisationGap.Check(dictionary, SparseCodes.FromDense(new float[1, 5])), Throws.ArgumentException.With.Message.Contains("[1, 5]"));
        Assert.That(() => AmortisationGap.Check(dictionary, SparseCodes.FromDense(new float[1, 6])), Throws.ArgumentException.With.Message.Contains("active"));
        Assert.That(() => new TheoremOptions { Confidence = 2 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static TheoremItem Item(TheoremReport report, string name) => report.Items.Single(i => i.Name == name);

    private static float[] Values(int atoms, int dimension, int seed) => [.. DictionaryTheoryTests.Random(atoms, dimension, seed).Values.Select(v => (float)v)];

    private static AtomDictionary Dictionary(int atoms, int dimension, int seed) => new(Values(atoms, dimension, seed), dimension);

    private static Matrix64 Transposed(AtomDictionary dictionary) => LinearModel.From(dictionary).Atoms;

    /// <summary>z = ReLU(xWᵀ + b) with plain loops; says that it is affine + ReLU or keeps silent.</summary>
    private sealed class FakeEncoder(AtomDictionary dictionary, Matrix64 weights, float bias = 0, bool affine = true) : IEncoder, IAffineReluEncoder
    {
        private readonly CounterexampleTests.AffineRelu _map = new(weights, [.. Enumerable.Repeat((double)bias, weights.Rows)]);

        public int AtomCount => weights.Rows;

        public int Dimension => weights.Columns;

        public IDecoder Decoder => dictionary;

        public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
        {
            var builder = new SparseCodesBuilder(AtomCount);
            var row = new float[Dimension];
            for (int i = 0; i < signals.RowCount; i++)
            {
                signals.CopyRows(i, 1, row);
                builder.AddDense(_map.Encode(row));
            }

            return builder.Build();
        }

        public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public FlopCount EncodingFlops(long samples) => throw new NotSupportedException();

        public bool TryGetAffineRelu(out float[] weights, out float[] bias, out float[] biasMagnitude)
        {
            weights = [.. _map.Weights.Values.Select(v => (float)v)];
            bias = [.. _map.Bias.Select(v => (float)v)];
            biasMagnitude = [.. bias.Select(Math.Abs)];
            return affine;
        }
    }

    private sealed class ExhaustiveEncoder(AtomDictionary dictionary, int active) : IEncoder
    {
        private readonly OptimalCode _optimal = new(LinearModel.From(dictionary).Atoms, active, nonNegative: true);

        public int AtomCount => dictionary.AtomCount;

        public int Dimension => dictionary.Dimension;

        public IDecoder Decoder => dictionary;

        public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
        {
            var builder = new SparseCodesBuilder(AtomCount);
            var row = new float[Dimension];
            for (int i = 0; i < signals.RowCount; i++)
            {
                signals.CopyRows(i, 1, row);
                OptimalCodeResult result = _optimal.Solve([.. row.Select(v => (double)v)]);
                builder.AddUnordered(result.Support, [.. result.Values.Select(v => (float)v)]);
            }

            return builder.Build();
        }

        public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public FlopCount EncodingFlops(long samples) => throw new NotSupportedException();
    }
}
