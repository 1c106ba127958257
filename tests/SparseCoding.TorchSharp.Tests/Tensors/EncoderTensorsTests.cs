using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class EncoderTensorsTests
{
    private const int Dimension = 8;

    private static AtomDictionary Dictionary() => new(SignalView.FromRows(TorchData.Normal(12, Dimension, 11), Dimension), TorchData.Normal(1, Dimension, 12), 0.5f);

    [TestCase(torch.ScalarType.Float32)]
    [TestCase(torch.ScalarType.Float64)]
    public void Encode_Tensor_IsWhatTheCoreGives(torch.ScalarType type)
    {
        var omp = new OmpEncoder(Dictionary(), new OmpOptions { MaxActive = 3 });
        using torch.Tensor plain = TorchData.Tensor(20, Dimension, seed: 4), signals = plain.to(type);
        SparseCodes expected = omp.Encode(plain.AsSignals());
        using torch.Tensor codes = omp.Encode(signals);
        CodeTensorsTests.AssertSame(codes.ToSparseCodes(), expected);
        CodeTensorsTests.AssertSame(omp.EncodeToHost(signals), expected);
        using torch.Tensor decoded = omp.Dictionary.Decode(codes);
        Assert.That(TorchData.Values(decoded), Is.EqualTo(omp.Dictionary.Decode(expected).ToArray()));
        using torch.Tensor again = omp.Decoder.Decode(codes, signals);
        Assert.That(again.eq(decoded).all().item<bool>(), Is.True);
    }

    [Test]
    public void Fit_Tensor_GivesTheBitsOfTheCore()
    {
        using torch.Tensor signals = TorchData.Tensor(128, Dimension, seed: 6);
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 16, Selection = Selection.TopK(3) }, new TrainingOptions { Steps = 20, BatchSize = 32, Seed = 1 });
        SaeEncoder fromTensor = recipe.Fit(signals), fromCore = recipe.Fit(ActivationSource.FromView(signals.AsSignals()));
        Assert.That(fromTensor.Dictionary.ToTensor().ToArray(), Is.EqualTo(fromCore.Dictionary.ToTensor().ToArray()));
        LassoEncoder lasso = new LassoEncoder(new LassoOptions { AtomCount = 12, Lambda = 0.1f }).Fit(signals);
        Assert.That((lasso.AtomCount, lasso.Dimension), Is.EqualTo((12, Dimension)));
        MlpEncoder mlp = new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [8] }, new TrainingOptions { Steps = 5, BatchSize = 32 }).Fit(signals, Dictionary());
        Assert.That(mlp.AtomCount, Is.EqualTo(12));
    }

    [Test]
    public void FitAndEncode_OnATorchDevice_AgreeWithTheCore()
    {
        using torch.Tensor signals = TorchData.Tensor(128, Dimension, seed: 6);
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 16, Selection = Selection.TopK(3) }, new TrainingOptions { Steps = 20, BatchSize = 32, Seed = 1 });
        var context = new RunContext { Device = new TorchDevice("cpu") };
        SaeEncoder onTorch = recipe.Fit(signals, context), onCore = recipe.Fit(signals);
        Assert.That(onTorch.Dictionary.ToTensor().ToArray(), Is.EqualTo(onCore.Dictionary.ToTensor().ToArray()).Within(1e-4));
        SparseCodes codes = onCore.EncodeToHost(signals, new EncodeRequest { Context = context }), expected = onCore.EncodeToHost(signals);
        Assert.That(codes.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
        Assert.That(codes.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()).Within(1e-5));
    }

    [Test]
    public void Encode_Mismatched_IsRefusedBeforeTorchIsAsked()
    {
        // torch.matmul on such shapes can end the process; these are errors by name.
        var omp = new OmpEncoder(Dictionary(), new OmpOptions { MaxActive = 3 });
        using torch.Tensor wrong = torch.ones(3, Dimension + 1), codes = torch.ones(3, 5), signals = torch.ones(2, Dimension), right = torch.ones(3, 12);
        Assert.That(() => omp.Encode(wrong), Throws.ArgumentException.With.Message.Contains("[3, 9]").And.Message.Contains("8 columns"));
        Assert.That(() => omp.Dictionary.Decode(codes), Throws.ArgumentException.With.Message.Contains("[3, 5]").And.Message.Contains("12 atoms"));
        Assert.That(() => omp.Decoder.Decode(right, signals), Throws.ArgumentException.With.Message.Contains("3 rows"));
        Assert.That(() => omp.Encode(signals, (CodeLayout)9), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 4 }).Encode(signals), Throws.InvalidOperationException);
    }

    [Test]
    public void Dictionary_ToTorchAndBack_IsTheSame()
    {
        AtomDictionary dictionary = Dictionary();
        using torch.Tensor atoms = dictionary.ToTorch(), offset = dictionary.OffsetToTorch();
        AtomDictionary again = atoms.ToDictionary(offset, dictionary.Scale);
        Assert.That(again.ToTensor().ToArray(), Is.EqualTo(dictionary.ToTensor().ToArray()));
        float[] first = new float[Dimension], second = new float[Dimension];
        dictionary.CopyOffset(first);
        again.CopyOffset(second);
        Assert.That((second, again.Scale), Is.EqualTo((first, dictionary.Scale)));

        // A dictionary never changes: writing to the tensor does not reach it.
        atoms.zero_();
        Assert.That(dictionary.ToTensor()[0, 0], Is.Not.Zero);
        using torch.Tensor turned = TorchData.Tensor(Dimension, 12, 3).t(), longOffset = torch.ones(9);
        Assert.That(turned.ToDictionary().ToTensor().ToArray(), Is.EqualTo(TorchData.Values(turned)));
        Assert.That(() => turned.ToDictionary(longOffset), Throws.ArgumentException.With.Message.Contains("[9]"));
        Assert.That(() => turned.ToDictionary(scale: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void EncodeAndDecode_ThousandTimes_LeaveNoHandle()
    {
        var omp = new OmpEncoder(Dictionary(), new OmpOptions { MaxActive = 2 });
        using torch.Tensor signals = TorchData.Tensor(4, Dimension, seed: 4), halves = signals.half();
        long left = Handles.LeftBy(1000, () =>
        {
            using torch.Tensor codes = omp.Encode(signals);
            using torch.Tensor decoded = omp.Dictionary.Decode(codes);
            omp.Encode(halves, CodeLayout.CompressedRows).Dispose();
        });
        Assert.That(left, Is.Zero);
    }

    [Test]
    public void Encode_InADisposeScope_BelongsToIt()
    {
        var omp = new OmpEncoder(Dictionary(), new OmpOptions { MaxActive = 2 });
        using torch.Tensor signals = TorchData.Tensor(4, Dimension, seed: 4);
        torch.Tensor codes;
        using (torch.NewDisposeScope())
        {
            codes = omp.Encode(signals);
            Assert.That(codes.IsInvalid, Is.False);
        }

        Assert.That(codes.IsInvalid, Is.True);
    }
}
