using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>The code of docs/how-to/use-a-torch-device.md, run.</summary>
[TestFixture]
internal sealed class TorchDeviceSnippets
{
    [Test]
    public void Device_Snippet_TrainsAndEncodes()
    {
        var signals = new float[64, 16];
        for (int i = 0; i < 64; i++)
        {
            signals[i, i % 16] = 1 + (i * 0.01f);
        }

        #region device
        var context = new RunContext { Device = new TorchDevice("cpu") };        // "cuda", "cuda:1", "mps"
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 32, Selection = Selection.TopK(2) }, new TrainingOptions { Steps = 50, BatchSize = 32 });
        SaeEncoder sae = recipe.Fit(signals, context);
        SparseCodes codes = sae.Encode(signals, new EncodeRequest { Context = context });
        #endregion
        Assert.That(codes.NonZeroCount, Is.GreaterThan(0));
    }
}
