using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

/// <summary>The code blocks on tensors, modules and recording of docs/how-to/use-torchsharp.md, run as tests.</summary>
public sealed class TorchSnippets
{
    [Test]
    public void Tensors_InAndOut()
    {
        using torch.Tensor activations = TorchData.Tensor(200, 8, seed: 1);
        #region tensors
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 32, Selection = Selection.TopK(4) }).Fit(activations);   // [samples, dimension]
        using torch.Tensor codes = sae.Encode(activations);                              // sparse COO on the tensor's device
        using torch.Tensor dense = sae.Encode(activations, CodeLayout.Dense);
        using torch.Tensor reconstruction = sae.Decoder.Decode(codes);
        SparseCodes forMetrics = codes.ToSparseCodes();                                  // what the core's metrics take

        using torch.Tensor atoms = sae.Dictionary.ToTorch();                             // a copy, [atoms, dimension]
        AtomDictionary dictionary = atoms.ToDictionary();
        SparseCodes omp = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 4 }).EncodeToHost(activations);
        #endregion
        Assert.That((forMetrics.RowCount, omp.AtomCount, dense.shape[1], reconstruction.shape[1]), Is.EqualTo((200, 32, 32L, 8L)));
    }

    [Test]
    public void Module_InALossOfOnesOwn()
    {
        using torch.Tensor activations = TorchData.Tensor(200, 8, seed: 1);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 32, Selection = Selection.TopK(4) }, new TrainingOptions { Steps = 20, BatchSize = 64 }).Fit(activations);
        #region module
        using var module = new SaeModule(sae);                                           // .to("cuda") moves it
        using var optimizer = torch.optim.Adam(module.parameters(), lr: 1e-4);
        for (int step = 0; step < 10; step++)
        {
            using var scope = torch.NewDisposeScope();
            (torch.Tensor codes, torch.Tensor reconstruction) = module.EncodeAndDecode(activations);
            torch.Tensor loss = (reconstruction - activations).square().mean() + 1e-3 * codes.abs().mean();
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            module.NormalizeAtoms();
        }

        SaeEncoder tuned = module.ToEncoder();                                           // back to the core: Save, Evaluate, OMP on its dictionary ...
        #endregion
        Assert.That(tuned.IsFitted, Is.True);
    }

    [Test]
    public void Model_RecordedSplicedAndSteered()
    {
        using TinyModel model = ActivationSpliceTests.Model();
        torch.Tensor[] batches = RecordedActivationsTests.Tokens();
        const string blocks = "_blocks.0";
        Func<torch.Tensor, torch.Tensor> loss = batch => torch.nn.functional.cross_entropy(model.call(batch).reshape(-1, TinyModel.Vocabulary), batch.reshape(-1));
        #region recording
        using var source = new RecordedActivations(model, blocks, batches);              // "blocks.3" of your model; the model runs as rows are asked for
        var options = new SaeOptions { AtomCount = 32, Selection = Selection.TopK(4) };
        SaeEncoder sae = new SaeEncoder(options, new TrainingOptions { Steps = 100, BatchSize = 16 }).Fit(source);

        LossRecoveredReport report = LossRecovered.Measure(model, blocks, sae, batches, loss);
        Console.WriteLine($"loss {report.ModelLoss:0.000}, with the SAE {report.SplicedLoss:0.000}: {report.Recovered:P0} recovered, {report.RecoveredFromMean:P0} against the mean");
        #endregion
        Assert.That(report.Rows, Is.EqualTo(24));
        #region steering
        using var module = new SaeModule(sae);
        using (ActivationSplice.Edit(model, blocks, module, LatentEdit.Steer(5, 4f), LatentEdit.Ablate(9)))
        {
            using torch.Tensor logits = model.call(batches[0]);                          // latent 5 raised, 9 off, what the SAE does not explain kept
        }
        #endregion
        using torch.Tensor after = model.call(batches[0]);
        Assert.That(after.shape[2], Is.EqualTo(TinyModel.Vocabulary));
    }
}
