using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class LossRecoveredTests
{
    private const string Place = "_blocks.0";

    [Test]
    public void Measure_TinyModel_IsTheFormulaByHand()
    {
        using var model = ActivationSpliceTests.Model();
        (SaeEncoder encoder, SaeModule module) = ActivationSpliceTests.Sae(model);
        torch.Tensor[] batches = RecordedActivationsTests.Tokens();
        LossRecoveredReport report = LossRecovered.Measure(model, Place, module, batches, batch => Loss(model.call(batch), batch));

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor[] x = [.. batches.Select(model.FirstBlock)];
        torch.Tensor mean = torch.cat([.. x.Select(t => t.reshape(-1, TinyModel.Width))]).to(torch.ScalarType.Float64).mean([0]).to(torch.ScalarType.Float32);
        double Total(Func<torch.Tensor, torch.Tensor> replace) => batches.Zip(x).Sum(pair => pair.First.numel() * Loss(model.Rest(replace(pair.Second)), pair.First).item<float>()) / 24.0;
        Assert.That((report.Rows, report.Batches), Is.EqualTo((24L, 3)));
        Assert.That(report.ModelLoss, Is.EqualTo(Total(t => t)).Within(1e-6));
        Assert.That(report.SplicedLoss, Is.EqualTo(Total(module.call)).Within(1e-5));
        Assert.That(report.ZeroLoss, Is.EqualTo(Total(t => torch.zeros_like(t))).Within(1e-6));
        Assert.That(report.MeanLoss, Is.EqualTo(Total(t => mean.expand_as(t))).Within(1e-5));
        Assert.That(report.Recovered, Is.EqualTo((report.ZeroLoss - report.SplicedLoss) / (report.ZeroLoss - report.ModelLoss)).Within(1e-12));
        Assert.That(report.RecoveredFromMean, Is.EqualTo((report.MeanLoss - report.SplicedLoss) / (report.MeanLoss - report.ModelLoss)).Within(1e-12));

        LossRecoveredReport host = LossRecovered.Measure(model, Place, encoder, batches, batch => Loss(model.call(batch), batch));
        Assert.That(host.SplicedLoss, Is.EqualTo(report.SplicedLoss).Within(1e-5));
    }

    [Test]
    public void Measure_PerfectEncoder_RecoversAll()
    {
        using var model = ActivationSpliceTests.Model();
        var identity = new OmpEncoder(new AtomDictionary(SignalView.FromRows([.. Enumerable.Range(0, 36).Select(i => i % 7 == 0 ? 1f : 0)], 6)), new OmpOptions { MaxActive = 6 });
        torch.Tensor[] batches = RecordedActivationsTests.Tokens();
        LossRecoveredReport report = LossRecovered.Measure(model, Place, identity, batches, batch => Loss(model.call(batch), batch));
        Assert.That(report.Recovered, Is.EqualTo(1).Within(1e-5));
        Assert.That(report.Increase, Is.EqualTo(0).Within(1e-5));
    }

    [Test]
    public void Measure_BatchesOfPairs_AreDisposedAsTheyGo()
    {
        using var model = ActivationSpliceTests.Model();
        (_, SaeModule module) = ActivationSpliceTests.Sae(model);
        IEnumerable<(torch.Tensor Tokens, torch.Tensor Targets)> Pairs()
        {
            for (int i = 0; i < 3; i++)
            {
                torch.Tensor tokens = torch.full([2, 4], i, torch.ScalarType.Int64);
                yield return (tokens, tokens + 1);
            }
        }

        long left = Handles.LeftBy(20, () =>
        {
            LossRecoveredReport report = LossRecovered.Measure(model, Place, module, Pairs(), pair => Loss(model.call(pair.Tokens), pair.Targets));
            Assert.That(report.Rows, Is.EqualTo(24));
        });
        Assert.That(left, Is.Zero);
    }

    [Test]
    public void Measure_Misused_IsRefusedByName()
    {
        using var model = ActivationSpliceTests.Model();
        using var byForward = new TinyModel(byForward: true);
        (_, SaeModule module) = ActivationSpliceTests.Sae(model);
        torch.Tensor[] batches = RecordedActivationsTests.Tokens();
        Assert.That(() => LossRecovered.Measure(model, Place, module, Array.Empty<torch.Tensor>(), batch => batch), Throws.ArgumentException.With.Message.Contains("no rows"));
        Assert.That(() => LossRecovered.Measure(model, Place, module, batches, batch => model.call(batch)), Throws.ArgumentException.With.Message.Contains("one element"));
        Assert.That(() => LossRecovered.Measure(model, Place, module, batches, batch => model.call(batch).sum() * double.NaN), Throws.InstanceOf<InvalidDataException>());
        Assert.That(() => LossRecovered.Measure(byForward, Place, module, batches, batch => Loss(byForward.call(batch), batch)), Throws.InvalidOperationException.With.Message.Contains("call(x)"));
        Assert.That(new LossRecoveredReport(1, 2, 1, 1, 1, 1).Recovered, Is.NaN);
    }

    private static torch.Tensor Loss(torch.Tensor logits, torch.Tensor targets) =>
        torch.nn.functional.cross_entropy(logits.reshape(-1, TinyModel.Vocabulary), targets.reshape(-1));
}
