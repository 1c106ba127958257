using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class SaeModuleTests
{
    private const int Dimension = 12;
    private const int Atoms = 30;

    private static readonly Selection[] s_selections =
    [
        Selection.Relu, Selection.TopK(4), Selection.AbsTopK(4), Selection.BatchTopK(3.5), Selection.GroupMax(7), Selection.FeatureChoice(3), Selection.JumpRelu,
        Selection.SignedSoft(0.2f), Selection.SignedHard(0.05f), Selection.ProLu, Selection.Gated, Selection.TopAfa, Selection.MatchingPursuit(4),
        new VariationalTopKSelection(4), new GradientTopKSelection(4) { Beta = 0 },
    ];

    private static IEnumerable<TestCaseData> Forms()
    {
        foreach (Selection selection in s_selections)
        {
            yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = selection }).SetArgDisplayNames(selection.GetType().Name);
        }

        foreach (InputNormalization normalization in new[] { InputNormalization.MeanNorm, InputNormalization.RowNorm, InputNormalization.LayerNorm, InputNormalization.Standardize })
        {
            yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Normalization = normalization }).SetArgDisplayNames(normalization.ToString());
        }

        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Bias = false }).SetArgDisplayNames("no bias");
        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Normalization = InputNormalization.Constant, NormalizationFactor = 0.3f }).SetArgDisplayNames("constant factor");
        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Decoder = new LinearDecoderOptions { UnitNorm = false } }).SetArgDisplayNames("free norm");
        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Decoder = new MatryoshkaDecoderOptions { Prefixes = [5, 12] } }).SetArgDisplayNames("matryoshka");
        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Decoder = new CrosscoderDecoderOptions { ViewDimensions = [5, 7] }, Normalization = InputNormalization.MeanNorm }).SetArgDisplayNames("crosscoder");
        yield return new TestCaseData(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Decoder = new ArchetypalDecoderOptions { Points = 60 } }).SetArgDisplayNames("archetypal");
    }

    [TestCaseSource(nameof(Forms))]
    public void Module_OfATrainedEncoder_GivesItsCodesAndReconstructions(SaeOptions options)
    {
        SaeEncoder encoder = Fit(options);
        using torch.Tensor signals = Signals(60);
        SparseCodes expected = encoder.EncodeToHost(signals);
        using torch.Tensor expectedCodes = expected.ToTorch(CodeLayout.Dense), expectedSignals = encoder.Decoder.Decode(expectedCodes, signals);
        using var module = new SaeModule(encoder);
        using torch.Tensor codes = module.EncodeTensor(signals), reconstruction = module.call(signals), decoded = module.DecodeTensor(codes, signals);
        Assert.That(expected.NonZeroCount, Is.GreaterThan(30), "the oracle must say something");
        AssertClose(codes, expectedCodes);
        AssertClose(reconstruction, expectedSignals);
        AssertClose(decoded, expectedSignals);
        (torch.Tensor first, torch.Tensor second) = module.EncodeAndDecode(signals);
        using (first)
        using (second)
        {
            Assert.That(first.eq(codes).all().item<bool>() && second.eq(reconstruction).all().item<bool>(), Is.True);
        }

        // And back: the same encoder to the bit.
        SaeEncoder again = module.ToEncoder();
        SparseCodes codesAgain = again.EncodeToHost(signals);
        Assert.That(codesAgain.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
        Assert.That(codesAgain.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
        Assert.That(again.Options, Is.EqualTo(encoder.Options));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Module_OfATranscoder_GivesItsPredictions(bool skip)
    {
        var options = new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(4), Decoder = new TranscoderDecoderOptions { OutputDimension = 5, Skip = skip } };
        using torch.Tensor signals = Signals(200), targets = TorchData.Tensor(200, 5, 9);
        using TorchActivationSource source = signals.AsSource(), targetSource = targets.AsSource();
        SaeEncoder encoder = new SaeEncoder(options, Training()).Fit(source.WithTargets(targetSource));
        using var module = new SaeModule(encoder);
        using torch.Tensor predicted = module.call(signals), expected = encoder.Decoder.Decode(encoder.Encode(signals), signals);
        AssertClose(predicted, expected);
        Assert.That(module.OutputDimension, Is.EqualTo(5));
        using torch.Tensor codes = module.EncodeTensor(signals);
        if (skip)
        {
            Assert.That(() => module.DecodeTensor(codes), Throws.ArgumentException.With.Message.Contains("needs the signals"));
        }

        using torch.Tensor again = new SaeModule(module.ToEncoder()).call(signals);
        Assert.That(again.eq(predicted).all().item<bool>(), Is.True);
        Assert.That(() => ActivationSplice.Reconstruct(module, "", module), Throws.ArgumentException.With.Message.Contains("transcoder"));
    }

    [Test]
    public void Module_OfWhatItCannotExpress_IsRefusedByName()
    {
        SaeEncoder pursuit = Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.OrthogonalPursuit(3) });
        SaeEncoder polynomial = Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(3), Decoder = new PolynomialDecoderOptions() });
        Assert.That(() => new SaeModule(pursuit), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("OrthogonalPursuit"));
        Assert.That(() => new SaeModule(polynomial), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("PolynomialDecoder"));
        Assert.That(() => new SaeModule(new SaeEncoder(new SaeOptions { AtomCount = 3 })), Throws.InvalidOperationException);
    }

    [Test]
    public void Module_WithTies_TakesTheLowerIndex()
    {
        // Identity weights: pre-activations are the signal itself.
        SaeEncoder encoder = Fit(new SaeOptions { AtomCount = 6, Selection = Selection.TopK(2), Bias = false }, dimension: 6);
        using var module = new SaeModule(encoder);
        using (torch.no_grad())
        {
            module.get_parameter("encoder_weight")!.copy_(torch.eye(6));
            using torch.Tensor signals = torch.tensor([1f, 2, 2, 2, 0, 1, /**/ 3, 3, 3, 3, 3, 3, /**/ -1, 0, 0, -1, 0, 0.5f, /**/ 1, 5, 4, 4, 4, 4], [4, 6]);
            using torch.Tensor codes = module.EncodeTensor(signals);
            Assert.That(TorchData.Values(codes), Is.EqualTo(new[]
            {
                0f, 2, 2, 0, 0, 0,
                3, 3, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 0.5f,
                0, 5, 4, 0, 0, 0,
            }));
            SparseCodes core = module.ToEncoder().EncodeToHost(signals);
            using torch.Tensor expected = core.ToTorch(CodeLayout.Dense);
            Assert.That(codes.eq(expected).all().item<bool>(), Is.True);
        }
    }

    [Test]
    public void Module_SignalsOfHigherRank_TakesTheLastAxis()
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.MatchingPursuit(3) }));
        using torch.Tensor signals = Signals(24), cube = signals.reshape(2, 3, 4, Dimension), flat = module.call(signals), shaped = module.call(cube), codes = module.EncodeTensor(cube);
        Assert.That(shaped.shape, Is.EqualTo(new long[] { 2, 3, 4, Dimension }));
        Assert.That(codes.shape, Is.EqualTo(new long[] { 2, 3, 4, Atoms }));
        Assert.That(shaped.reshape(24, Dimension).eq(flat).all().item<bool>(), Is.True);
    }

    [Test]
    public void Module_OnWrongInput_IsRefusedBeforeTorchIsAsked()
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(3), Normalization = InputNormalization.RowNorm }));
        using torch.Tensor wide = torch.ones(2, Dimension + 1), doubles = torch.ones([2, Dimension], torch.ScalarType.Float64), good = torch.ones(2, Dimension), codes = torch.ones(3, Atoms);
        Assert.That(() => module.call(wide), Throws.ArgumentException.With.Message.Contains("[2, 13]").And.Message.Contains("[..., 12]"));
        Assert.That(() => module.call(doubles), Throws.ArgumentException.With.Message.Contains("Float64").And.Message.Contains("Float32"));
        Assert.That(() => module.DecodeTensor(good), Throws.ArgumentException.With.Message.Contains("[..., 30]"));
        Assert.That(() => module.DecodeTensor(codes), Throws.ArgumentException.With.Message.Contains("needs the signals"));
        Assert.That(() => module.DecodeTensor(codes, good), Throws.ArgumentException.With.Message.Contains("[3, 30]"));
        Assert.That(() => module.EncodeTensor(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Module_ToAnotherType_MovesEverything()
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.BatchTopK(3), Normalization = InputNormalization.MeanNorm }));
        using torch.Tensor signals = Signals(20), before = module.call(signals), doubles = signals.to(torch.ScalarType.Float64);
        module.to(torch.ScalarType.Float64);
        Assert.That(module.parameters().Concat(module.buffers()).Select(tensor => tensor.dtype), Is.All.EqualTo(torch.ScalarType.Float64));
        using torch.Tensor after = module.call(doubles);
        Assert.That(after.dtype, Is.EqualTo(torch.ScalarType.Float64));
        using torch.Tensor narrowed = after.to(torch.ScalarType.Float32);
        AssertClose(narrowed, before);
        Assert.That(module.state_dict().Keys, Is.SupersetOf(new[] { "encoder_weight", "encoder_bias", "decoder_weight", "decoder_bias", "threshold" }));
    }

    [Test]
    public void Module_SavedAndLoaded_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        SaeEncoder encoder = Fit(new SaeOptions { AtomCount = Atoms, Selection = Selection.Gated });
        using var module = new SaeModule(encoder);
        using var other = new SaeModule(Fit(encoder.Options, seed: 5));
        using torch.Tensor signals = Signals(20), expected = module.call(signals);
        module.save(folder.File("sae.dat"));
        other.load(folder.File("sae.dat"));
        using torch.Tensor loaded = other.call(signals);
        Assert.That(loaded.eq(expected).all().item<bool>(), Is.True);
    }

    [TestCaseSource(nameof(s_selections))]
    public void Module_RowWithNaN_GivesNaNThereOnly(Selection selection)
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms, Selection = selection }));
        using torch.Tensor signals = Signals(3);
        signals[1, 4] = float.NaN;
        using torch.Tensor reconstruction = module.call(signals), bad = reconstruction.isnan().any(-1);
        Assert.That(new[] { 0L, 1, 2 }.Select(row => bad[row].item<bool>()), Is.EqualTo(new[] { false, true, false }));
    }

    [Test]
    public void ToEncoder_WithNaN_IsRefusedByName()
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms }));
        using (torch.no_grad())
        {
            module.Atoms[0, 0] = float.NaN;
        }

        Assert.That(module.ToEncoder, Throws.InvalidOperationException.With.Message.Contains("decoder_weight"));
    }

    [Test]
    public void NormalizeAtoms_AfterAChange_BringsBackNormOne()
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms }));
        using (torch.no_grad())
        {
            module.Atoms.mul_(3);
            module.Atoms[2].zero_();
        }

        module.NormalizeAtoms();
        using torch.Tensor norms = module.Atoms.detach().norm(1, keepdim: false, p: 2);
        float[] values = TorchData.Values(norms);
        Assert.That(values[2], Is.Zero);
        Assert.That(values.Where((_, i) => i != 2), Is.All.EqualTo(1).Within(1e-6));
    }

    [TestCaseSource(nameof(s_selections))]
    public void Passes_ThousandTimes_LeaveNoHandle(Selection selection)
    {
        using var module = new SaeModule(Fit(new SaeOptions { AtomCount = Atoms, Selection = selection }));
        using torch.Tensor signals = Signals(4), given = signals.detach().requires_grad_();
        long left = Handles.LeftBy(1000 / s_selections.Length, () =>
        {
            module.zero_grad();
            using torch.Tensor reconstruction = module.call(given), loss = reconstruction.sum();
            loss.backward();
            module.EncodeTensor(signals).Dispose();
            (torch.Tensor codes, torch.Tensor again) = module.EncodeAndDecode(signals);
            codes.Dispose();
            again.Dispose();
        });
        Assert.That(left, Is.Zero);
    }

    internal static torch.Tensor Signals(int rows, int seed = 21) => TorchData.Tensor(rows, Dimension, seed) + 0.3;

    internal static TrainingOptions Training(int seed = 1) => new() { Steps = 60, BatchSize = 50, LearningRate = 0.01f, Seed = seed };

    internal static SaeEncoder Fit(SaeOptions options, int seed = 1, int dimension = Dimension)
    {
        using torch.Tensor signals = TorchData.Tensor(200, dimension, 20) + 0.3;
        return new SaeEncoder(options, Training(seed)).Fit(signals);
    }

    internal static void AssertClose(torch.Tensor actual, torch.Tensor expected)
    {
        float[] a = TorchData.Values(actual), b = TorchData.Values(expected);
        Assert.That(actual.shape, Is.EqualTo(expected.shape));
        double scale = Math.Max(1, b.Max(Math.Abs));
        for (int i = 0; i < a.Length; i++)
        {
            if (Math.Abs(a[i] - b[i]) > 1e-5 * scale)
            {
                Assert.Fail($"place {i}: {a[i]}, expected {b[i]}");
            }
        }
    }
}
