using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class ActivationSpliceTests
{
    private const string Place = "_blocks.0";

    [Test]
    public void Edit_ThatChangesNothing_IsTheModelToTheBit()
    {
        using var model = Model();
        (SaeEncoder encoder, SaeModule module) = Sae(model);
        using torch.Tensor tokens = Tokens(), expected = model.call(tokens);
        using (ActivationSplice.Edit(model, Place, module))
        {
            AssertBits(model.call(tokens), expected);
        }

        using (ActivationSplice splice = ActivationSplice.Edit(model, Place, module, LatentEdit.Steer(3, 0)))
        {
            AssertBits(model.call(tokens), expected);
            Assert.That(splice.Calls, Is.EqualTo(1));
        }

        using (ActivationSplice.Edit(model, Place, new OmpEncoder(encoder.Dictionary, new OmpOptions { MaxActive = 2 }), new LatentEdits()))
        {
            AssertBits(model.call(tokens), expected);
        }
    }

    [Test]
    public void Edit_OfOneLatent_LeavesRowsWithoutItToTheBit()
    {
        using var model = Model();
        (SaeEncoder encoder, SaeModule module) = Sae(model);
        using var noGradient = torch.no_grad();
        using torch.Tensor tokens = Tokens(), x = model.FirstBlock(tokens), codes = module.EncodeTensor(x);
        float[] z = TorchData.Values(codes);
        int atoms = encoder.AtomCount, rows = z.Length / atoms;
        int latent = Enumerable.Range(0, atoms).First(j => Enumerable.Range(0, rows).Count(r => z[(r * atoms) + j] != 0) is > 1 and < 20);
        using torch.Tensor edited = Seen(model, tokens, () => ActivationSplice.Edit(model, Place, module, LatentEdit.Ablate(latent)));
        using torch.Tensor host = Seen(model, tokens, () => ActivationSplice.Edit(model, Place, encoder, new LatentEdits(LatentEdit.Ablate(latent))));
        float[] before = TorchData.Values(x), after = TorchData.Values(edited), other = TorchData.Values(host);
        var atom = new float[TinyModel.Width];
        encoder.Dictionary.CopyAtoms(latent, atom);
        for (int r = 0; r < rows; r++)
        {
            for (int d = 0; d < TinyModel.Width; d++)
            {
                int place = (r * TinyModel.Width) + d;
                float value = z[(r * atoms) + latent];
                if (value == 0)
                {
                    Assert.That(BitConverter.SingleToInt32Bits(after[place]), Is.EqualTo(BitConverter.SingleToInt32Bits(before[place])));
                    Assert.That(BitConverter.SingleToInt32Bits(other[place]), Is.EqualTo(BitConverter.SingleToInt32Bits(before[place])));
                }

                // x − scale · z_j d_j: what the encoder does not explain stays.
                double expected = before[place] - (encoder.Dictionary.Scale * value * atom[d]);
                Assert.That(after[place], Is.EqualTo(expected).Within(2e-6));
                Assert.That(other[place], Is.EqualTo(expected).Within(2e-6));
            }
        }
    }

    [Test]
    public void Edit_ByRowNormalization_MovesByTheRowsOwnScale()
    {
        using var model = Model();
        using torch.Tensor tokens = Tokens();
        SaeEncoder encoder = FitOn(model, new SaeOptions { AtomCount = 12, Selection = Selection.TopK(2), Normalization = InputNormalization.LayerNorm });
        using var module = new SaeModule(encoder);
        using var noGradient = torch.no_grad();
        using torch.Tensor onDevice = Seen(model, tokens, () => ActivationSplice.Edit(model, Place, module, LatentEdit.Steer(2, 0.5f)));
        using torch.Tensor onHost = Seen(model, tokens, () => ActivationSplice.Edit(model, Place, encoder, new LatentEdits(LatentEdit.Steer(2, 0.5f))));
        SaeModuleTests.AssertClose(onDevice, onHost);
        using torch.Tensor x = model.FirstBlock(tokens);
        Assert.That(onDevice.sub(x).abs().max().item<float>(), Is.GreaterThan(0.01f));
    }

    [Test]
    public void Reconstruct_ModuleAndEncoder_PutTheReconstructionInPlace()
    {
        using var model = Model();
        (SaeEncoder encoder, SaeModule module) = Sae(model);
        using var noGradient = torch.no_grad();
        using torch.Tensor tokens = Tokens(), x = model.FirstBlock(tokens), expected = module.call(x), rest = model.Rest(expected);
        using torch.Tensor first = Seen(model, tokens, () => ActivationSplice.Reconstruct(model, Place, module)), second = Seen(model, tokens, () => ActivationSplice.Reconstruct(model, Place, encoder));
        SaeModuleTests.AssertClose(first, expected);
        SaeModuleTests.AssertClose(second, expected);
        using (ActivationSplice.Reconstruct(model, Place, module))
        using (torch.Tensor logits = model.call(tokens))
        {
            SaeModuleTests.AssertClose(logits, rest);
        }
    }

    [Test]
    public void ZeroMeanAndIntervene_PutTheirsInPlace()
    {
        using var model = Model();
        using torch.Tensor tokens = Tokens();
        using torch.Tensor zero = Seen(model, tokens, () => ActivationSplice.Zero(model, Place)), mean = Seen(model, tokens, () => ActivationSplice.Mean(model, Place, [1, 2, 3, 4, 5, 6]));
        Assert.That(TorchData.Values(zero), Is.All.Zero);
        Assert.That(TorchData.Values(mean)[..12], Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6 }));
        using torch.Tensor halved = Seen(model, tokens, () => ActivationSplice.Intervene(model, Place, new Halving())), x = model.FirstBlock(tokens);
        Assert.That(TorchData.Values(halved), Is.EqualTo(TorchData.Values(x).Select(value => value / 2)));
        using ActivationSplice wrong = ActivationSplice.Mean(model, Place, [1, 2]);
        Assert.That(() => model.call(tokens), Throws.ArgumentException.With.Message.Contains("2 entries"));
    }

    [Test]
    public void Dispose_TakesTheHookOut()
    {
        using var model = Model();
        using torch.Tensor tokens = Tokens(), expected = model.call(tokens);
        ActivationSplice splice = ActivationSplice.Zero(model, Place);
        using (torch.Tensor changed = model.call(tokens))
        {
            Assert.That(changed.eq(expected).all().item<bool>(), Is.False);
        }

        splice.Dispose();
        splice.Dispose();
        AssertBits(model.call(tokens), expected);
        Assert.That(splice.Calls, Is.EqualTo(1));
    }

    [Test]
    public void Reconstruct_WithGradients_ReachesTheSaeThroughTheModel()
    {
        using var model = Model();
        (_, SaeModule module) = Sae(model);
        using torch.Tensor tokens = Tokens();
        using ActivationSplice splice = ActivationSplice.Reconstruct(model, Place, module);
        using torch.Tensor loss = model.call(tokens).square().mean();
        loss.backward();
        Assert.That(module.Atoms.grad!.abs().sum().item<float>(), Is.GreaterThan(0));
        Assert.That(model.named_parameters().First(entry => entry.name == "_embedding.weight").parameter.grad!.abs().sum().item<float>(), Is.GreaterThan(0));
    }

    [Test]
    public void Edits_Misused_AreRefusedByName()
    {
        using var model = Model();
        (SaeEncoder encoder, SaeModule module) = Sae(model);
        Assert.That(() => ActivationSplice.Edit(model, Place, module, LatentEdit.Ablate(12)), Throws.ArgumentException.With.Message.Contains("latent 12"));
        Assert.That(() => ActivationSplice.Edit(model, Place, encoder, new LatentEdits(LatentEdit.Ablate(12))), Throws.ArgumentException.With.Message.Contains("latent 12"));
        Assert.That(() => new LatentEdits(LatentEdit.Ablate(1), LatentEdit.Steer(1, 2)), Throws.ArgumentException.With.Message.Contains("latent 1 twice"));
        Assert.That(() => LatentEdit.Steer(0, float.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LatentEdit.Steer(-1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        using ActivationSplice splice = ActivationSplice.Reconstruct(model, "", module);
        Assert.That(() => model.call(Tokens()), Throws.ArgumentException.With.Message.Contains("[..., 6]"), "the output of the model is not what the SAE was trained on");
    }

    [Test]
    public void LatentEdits_OnCodes_AgreeWithDenseTensors()
    {
        SparseCodes codes = SparseCodes.FromRows(5, [0, 2, 2, 4], [0, 3, 1, 3], [1, -2, 0.5f, 4]);
        var edits = new LatentEdits(LatentEdit.Multiply(3, 2), LatentEdit.Clamp(4, 7), LatentEdit.Ablate(1), LatentEdit.Steer(0, -1), new LatentEdit(2, 1, 5, OnlyActive: true));
        using torch.Tensor dense = codes.ToTorch(CodeLayout.Dense), edited = edits.Apply(dense);
        Assert.That(TorchData.Values(edited), Is.EqualTo(new float[] { 0, 0, 0, -4, 7, -1, 0, 0, 0, 7, -1, 0, 0, 8, 7 }));
        CodeTensorsTests.AssertSame(edits.Apply(codes), edited.ToSparseCodes());
    }

    [Test]
    public void Splices_ThousandRuns_LeaveNoHandle()
    {
        using var model = Model();
        (SaeEncoder encoder, SaeModule module) = Sae(model);
        using torch.Tensor tokens = torch.tensor([1L, 2, 3], [1, 3]);
        using var noGradient = torch.no_grad();
        foreach (Func<ActivationSplice> make in new Func<ActivationSplice>[]
        {
            () => ActivationSplice.Reconstruct(model, Place, module),
            () => ActivationSplice.Reconstruct(model, Place, encoder),
            () => ActivationSplice.Edit(model, Place, module, LatentEdit.Steer(1, 1), new LatentEdit(2, 2, 0, OnlyActive: true)),
            () => ActivationSplice.Edit(model, Place, encoder, new LatentEdits(LatentEdit.Steer(1, 1))),
            () => ActivationSplice.Mean(model, Place, [1, 2, 3, 4, 5, 6]),
        })
        {
            long left = Handles.LeftBy(200, () =>
            {
                // The model's own intermediates are its scope's; what the splice puts in place goes there too.
                using ActivationSplice splice = make();
                model.call(tokens).Dispose();
            });
            Assert.That(left, Is.Zero);
        }
    }

    internal static TinyModel Model()
    {
        var model = new TinyModel();
        model.eval();
        return model;
    }

    internal static (SaeEncoder Encoder, SaeModule Module) Sae(TinyModel model)
    {
        SaeEncoder encoder = FitOn(model, new SaeOptions { AtomCount = 12, Selection = Selection.TopK(2), Normalization = InputNormalization.MeanNorm });
        return (encoder, new SaeModule(encoder));
    }

    internal static torch.Tensor Tokens() => torch.randint(0, TinyModel.Vocabulary, [6, 5], generator: new torch.Generator(4));

    private static SaeEncoder FitOn(TinyModel model, SaeOptions options)
    {
        torch.Tensor[] tokens = [.. Enumerable.Range(0, 6).Select(_ => Tokens())];
        using var source = new RecordedActivations(model, Place, tokens);
        return new SaeEncoder(options, new TrainingOptions { Steps = 60, BatchSize = 32, LearningRate = 0.01f, Seed = 2 }).Fit(source);
    }

    /// <summary>What the rest of the model sees while a splice is in place.</summary>
    private static torch.Tensor Seen(TinyModel model, torch.Tensor tokens, Func<ActivationSplice> make)
    {
        using ActivationSplice splice = make();
        using var noGradient = torch.no_grad();
        return model.FirstBlock(tokens);
    }

    private static void AssertBits(torch.Tensor actual, torch.Tensor expected)
    {
        using (actual)
        {
            Assert.That(TorchData.Values(actual).Select(BitConverter.SingleToInt32Bits), Is.EqualTo(TorchData.Values(expected).Select(BitConverter.SingleToInt32Bits)));
        }
    }

    private sealed class Halving : IActivationIntervention
    {
        public void Apply(SignalView signals, Span<float> edited)
        {
            signals.CopyRows(0, signals.RowCount, edited);
            foreach (ref float value in edited)
            {
                value /= 2;
            }
        }
    }
}
