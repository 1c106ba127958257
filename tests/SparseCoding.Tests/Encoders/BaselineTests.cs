using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Tests.Kernels;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>The one-pass baselines and the elastic net at the public edge: scikit-learn's numbers, brute force, and what is refused by name.</summary>
public sealed class BaselineTests
{
    private static AtomDictionary Sine { get; } = new(Array.ConvertAll(LassoProblem.Sine(0).Atoms.SelectMany(a => a).ToArray(), v => (float)v), 16);

    private static Tensor<float> SineSignals { get; } =
        Tensor.Create(Array.ConvertAll(Enumerable.Range(0, 4).SelectMany(b => LassoProblem.Sine(b).Signal).ToArray(), v => (float)v), [4, 16]);

    [Test]
    public void Threshold_SineDictionary_IsScikitLearnsTransform()
    {
        SparseCodes signed = new ThresholdEncoder(Sine, new ThresholdOptions { Lambda = .9f }).Encode(SineSignals);
        SparseCodes positive = new ThresholdEncoder(Sine, new ThresholdOptions { Lambda = .9f, NonNegative = true }).Encode(SineSignals);
        Assert.That(signed[0].Atoms.ToArray(), Is.EqualTo(new[] { 1, 2, 15, 20, 21, 26 }));
        Assert.That(signed[0].Values.ToArray(), Is.EqualTo(new[] { -0.458336923494f, 0.543769758627f, -1.040201049693f, -0.254830335559f, 0.5214748243f, 0.149613778041f }).Within(1e-6f));
        Assert.That(positive[3].Atoms.ToArray(), Is.EqualTo(new[] { 3, 15, 19, 27 }));
        Assert.That(positive[3].Values.ToArray(), Is.EqualTo(new[] { 0.034568254205f, 0.262625096871f, 0.049447663592f, 0.159357126762f }).Within(1e-6f));
        SparseCodes two = new ThresholdEncoder(Sine, new ThresholdOptions { MaxActive = 2, Hard = true }).Encode(SineSignals);
        Assert.That(two[0].Atoms.ToArray(), Is.EqualTo(new[] { 2, 15 }), "the two largest of scikit-learn's");
        Assert.That(two[0][15], Is.EqualTo(-1.940201049693f).Within(1e-6f), "whole");
    }

    [Test]
    public void NearestAtom_AffineDictionary_IsTheBestOfAllAtoms()
    {
        Tensor<float> signals = Make(Affine, Rows, 3, 17);
        float[] x = Values(signals);
        SparseCodes hot = new NearestAtomEncoder(Affine, new NearestAtomOptions()).Encode(signals);
        EncodeResult line = new NearestAtomEncoder(Affine, new NearestAtomOptions { Coding = NearestAtomCoding.Projection }).EncodeDetailed(signals);
        SparseCodes ray = new NearestAtomEncoder(Affine, new NearestAtomOptions { Coding = NearestAtomCoding.Projection, NonNegative = true }).Encode(signals);
        for (int row = 0; row < Rows; row++)
        {
            double[] u = [.. Enumerable.Range(0, Dimension).Select(i => ((double)x[(row * Dimension) + i] - Affine.OffsetValues[i]) / Affine.Scale)];
            double Error(int atom, double value) => Enumerable.Range(0, Dimension).Sum(i => Math.Pow(u[i] - (value * Affine.AtomValues[(atom * Dimension) + i]), 2));
            double Best(int atom) => Enumerable.Range(0, Dimension).Sum(i => u[i] * Affine.AtomValues[(atom * Dimension) + i]) / Math.Pow(Affine.NormValues[atom], 2);
            double Of(SparseCodes codes) => codes[row].Count == 0 ? Error(0, 0) : Error(codes[row].Atoms[0], codes[row].Values[0]);
            Assert.That(Of(hot), Is.EqualTo(Enumerable.Range(0, Atoms).Min(j => Error(j, 1))).Within(1e-5));
            Assert.That(Of(line.Codes), Is.EqualTo(Enumerable.Range(0, Atoms).Min(j => Error(j, Best(j)))).Within(1e-5));
            Assert.That(Of(ray), Is.EqualTo(Enumerable.Range(0, Atoms).Min(j => Error(j, Math.Max(0, Best(j))))).Within(1e-5));
            Assert.That(hot[row].Values.ToArray(), Is.EqualTo(new[] { 1f }));
            Assert.That(line.StopReasons[row], Is.EqualTo(StopReason.OnePass));
        }
    }

    [Test]
    public void NearestAtom_Ties_GoToTheLowerIndexAndZeroAtomsExplainNothing()
    {
        var dictionary = new AtomDictionary(new float[,] { { 0, 0 }, { 1, 0 }, { 1, 0 }, { 0, 1 } });
        float[,] signals = { { 1, 0 }, { .9f, .9f }, { 0, 0 } };
        SparseCodes hot = new NearestAtomEncoder(dictionary, new NearestAtomOptions()).Encode(signals), line = new NearestAtomEncoder(dictionary, new NearestAtomOptions { Coding = NearestAtomCoding.Projection }).Encode(signals);
        Assert.That(hot.Atoms.ToArray(), Is.EqualTo(new[] { 1, 1, 0 }));
        Assert.That((line[0].Atoms[0], line[1].Atoms[0], line[2].Count), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public void ElasticNet_ThreeEncoders_AgreeWithScikitLearn()
    {
        (float lambda, float ridge) = PenaltyScale.FromScikitElasticNet(.05f, .4f, 16);
        Assert.That((lambda, ridge), Is.EqualTo((.32f, .48f)).Within(1e-6f));
        Assert.That(PenaltyScale.FromSpamsElasticNet(.32f, .48f), Is.EqualTo((.32f, .48f)));
        IEncoder[] encoders =
        [
            new LassoEncoder(Sine, new LassoOptions { Lambda = lambda, Ridge = ridge, NonNegative = true }),
            new LarsEncoder(Sine, new LarsOptions { Lambda = lambda, Ridge = ridge, NonNegative = true }),
            new FistaEncoder(Sine, new FistaOptions { Lambda = lambda, Ridge = ridge, NonNegative = true }),
            new AdmmEncoder(Sine, new AdmmOptions { Lambda = lambda, Ridge = ridge, NonNegative = true }),
        ];
        foreach (IEncoder encoder in encoders)
        {
            EncodeResult result = encoder.EncodeDetailed(SineSignals);
            Assert.That(result.Codes[1].Values.ToArray().Where(v => v > 1e-3f), Is.EqualTo(new[] { 0.962197539113f, 0.582071124665f, 0.828105281592f, 0.14342267602f, 0.147071137132f, 0.335250988497f, 0.11846695232f, 0.192846760471f }).Within(2e-3f), encoder.ToString());
            Assert.That(result.Accuracies.ToArray(), Has.All.LessThan(1e-5));
            Assert.That(encoder.ToString(), Does.Contain("ridge 0.48"));
        }

        LassoPath path = new LarsEncoder(Sine, new LarsOptions { Lambda = lambda, Ridge = ridge, NonNegative = true }).EncodePath(SineSignals.AsReadOnlyTensorSpan().Slice([1..2, 0..16]));
        Assert.That(path.Coefficients(path.Count - 1).ToArray().Max(), Is.EqualTo(0.962197539113).Within(1e-6));
    }

    [Test]
    public void Lars_EachStop_EndsThePathWhereItSays()
    {
        EncodeResult Encode(LarsOptions options) => new LarsEncoder(Sine, options).EncodeDetailed(SineSignals);
        EncodeResult error = Encode(new LarsOptions { ResidualTolerance = 1 }), budget = Encode(new LarsOptions { L1Budget = 3 }), active = Encode(new LarsOptions { MaxActive = 4 }), penalty = Encode(new LarsOptions { Lambda = .3f });
        Assert.That((error.Count(StopReason.Residual), budget.Count(StopReason.L1Budget), active.Count(StopReason.MaxActive), penalty.Count(StopReason.Penalty)), Is.EqualTo((4, 4, 4, 4)));

        // SPAMS' L2ERROR mode at 1 for the second signal.
        Assert.That(error.Codes[1].Atoms.ToArray(), Is.EqualTo(new[] { 1, 2, 8, 9, 10, 14, 27 }));
        Assert.That(error.Codes[1].Values.ToArray(), Is.EqualTo(new[] { 1.3887467213f, 1.2473656937f, .9601959795f, .3404728383f, -.4138890814f, -.4510619185f, .0085322940f }).Within(2e-5f));
        for (int row = 0; row < 4; row++)
        {
            Assert.That(budget.Codes[row].Values.ToArray().Sum(Math.Abs), Is.EqualTo(3).Within(1e-5));
            Assert.That(active.Codes[row].Count, Is.EqualTo(4));
        }
    }

    [Test]
    public void Lars_WithoutDrops_LetsCoefficientsCrossZeroAndIsKeptInFiles()
    {
        var plain = new LarsEncoder(Sine, new LarsOptions { Lambda = .05f, WithoutDrops = true });
        using var folder = new TemporaryFolder();
        plain.Save(folder.File("lars.safetensors"));
        EncodeResult lar = LarsEncoder.Load(folder.File("lars.safetensors")).EncodeDetailed(SineSignals), lasso = new LarsEncoder(Sine, new LarsOptions { Lambda = .05f }).EncodeDetailed(SineSignals);
        Assert.That(plain.ToString(), Does.Contain("without drops"));
        for (int b = 0; b < 4; b++)
        {
            var exact = LassoProblem.Sine(b).Lars<double>(new LarsParameters { Method = LarsMethod.Lar, Lambda = .05f });
            Assert.That(Enumerable.Range(0, 32).Select(j => (double)lar.Codes[b][j]), Is.EqualTo(exact.Code).Within(1e-4 * exact.Code.Max(Math.Abs)), "the atoms are rounded to float, the code is ill-conditioned");
            LassoPath path = plain.EncodePath(SineSignals.AsReadOnlyTensorSpan().Slice([b..(b + 1), 0..16]));
            for (int k = 1; k < path.Count; k++)
            {
                Assert.That(path.Atoms(k).ToArray(), Is.SupersetOf(path.Atoms(k - 1).ToArray()), "atoms only join");
            }
        }

        Assert.That(lar.Codes.ToDense().ToArray(), Is.Not.EqualTo(lasso.Codes.ToDense().ToArray()).Within(1e-3f), "the world must tell the two apart");
    }

    [Test]
    public void Construct_OptionsThatContradict_AreRefusedByName()
    {
        Assert.That(MessageOf<NotSupportedException>(() => _ = new LarsEncoder(Sine, new LarsOptions { Ridge = 1, ResidualTolerance = 1 })), Does.Contain("ResidualTolerance").And.Contains("Ridge"));
        Assert.That(MessageOf<NotSupportedException>(() => new LarsEncoder(new LarsOptions { AtomCount = 4, Lambda = .1f, Ridge = 1 }).Fit(SineSignals)), Does.Contain("Ridge"));
        Assert.That(MessageOf<NotSupportedException>(() => _ = new LarsEncoder(Sine, new LarsOptions { WithoutDrops = true, Ridge = 1 })), Does.Contain("WithoutDrops").And.Contains("Ridge"));
        Assert.That(MessageOf<NotSupportedException>(() => _ = new LarsEncoder(Sine, new LarsOptions { WithoutDrops = true, L1Budget = 1 })), Does.Contain("WithoutDrops").And.Contains("L1Budget"));
        Assert.That(MessageOf<NotSupportedException>(() => new LarsEncoder(new LarsOptions { AtomCount = 4, Lambda = .1f, WithoutDrops = true }).Fit(SineSignals)), Does.Contain("WithoutDrops"));
        Assert.That(MessageOf<ArgumentException>(() => _ = new NearestAtomEncoder(Sine, new NearestAtomOptions { NonNegative = true })), Does.Contain("NonNegative"));
        foreach (Action construct in (Action[])
        [
            () => _ = new IhtEncoder(Sine, new IhtOptions { MaxActive = 33 }),
            () => _ = new HtpEncoder(Sine, new HtpOptions { MaxActive = 33 }),
            () => _ = new CosampEncoder(Sine, new CosampOptions { MaxActive = 33 }),
            () => _ = new SubspacePursuitEncoder(Sine, new SubspacePursuitOptions { MaxActive = 33 }),
            () => _ = new ThresholdEncoder(Sine, new ThresholdOptions { MaxActive = 33 }),
        ])
        {
            Assert.That(MessageOf<ArgumentException>(construct), Does.Contain("33").And.Contains("32 atoms"));
        }

        SparseCodes warm = new ThresholdEncoder(Sine, new ThresholdOptions { MaxActive = 3 }).Encode(SineSignals);
        Assert.That(MessageOf<ArgumentException>(() => new HtpEncoder(Sine, new HtpOptions { MaxActive = 2 }).Encode(SineSignals, new EncodeRequest { WarmStart = warm })), Does.Contain("3 active").And.Contains("MaxActive = 2"));
        Assert.That(MessageOf<ArgumentException>(() => new IhtEncoder(Sine, new IhtOptions { MaxActive = 3, NonNegative = true }).Encode(SineSignals, new EncodeRequest { WarmStart = warm })), Does.Contain("negative"));
    }
}
