using SparseCoding.Tests.Encoders;
using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests;

/// <summary>What a run leaves behind and what it moves to the host: nothing.</summary>
[TestFixture]
internal sealed class TorchResourceTests
{
    private const int Steps = 1000;

    public static IEnumerable<TestCaseData> Selections =>
    [
        new TestCaseData(Selection.TopK(3), 0).SetArgDisplayNames("TopK"),
        new TestCaseData(Selection.Relu, 0).SetArgDisplayNames("ReLU"),

        // It looks whether what it chose from was enough: one flag a step, its only wait.
        new TestCaseData(new BatchTopKSelection(3), 1).SetArgDisplayNames("BatchTopK"),
    ];

    [TestCaseSource(nameof(Selections))]
    public void Step_AThousandTimes_LeavesNoHandleAndReadsNothing(Selection selection, int readsPerStep)
    {
        float[,] batch = Batch(24, 8);
        long before = Handles();
        var device = new ProbedDevice(asRemote: true);
        using (SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 40, Selection = selection }, new TrainingOptions { Steps = 2 * Steps }).CreateTrainer(batch, new RunContext { Device = device }))
        {
            trainer.Step(batch);
            long held = Handles(), reads = device.Last.HostReads, writes = device.Last.HostWrites;
            for (int step = 0; step < Steps; step++)
            {
                trainer.Step(batch);
            }

            Assert.Multiple(() =>
            {
                Assert.That(Handles(), Is.EqualTo(held), "handles after the steps");
                Assert.That(device.Last.HostReads - reads, Is.EqualTo(readsPerStep * Steps), "reads to the host");
                Assert.That(device.Last.HostWrites - writes, Is.EqualTo(Steps), "writes from the host: the batch and nothing else");
            });
        }

        Assert.That(Handles(), Is.EqualTo(before), "handles after the trainer");
    }

    [Test]
    public void Encode_AThousandTimes_LeavesNoHandle()
    {
        var request = new EncodeRequest { Context = new RunContext { Device = new TorchDevice("cpu") } };
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 12, Selection = Selection.TopK(3) }, new TrainingOptions { Steps = 5 }).Fit(Batch(64, 8), request.Context);
        float[,] signals = Batch(4, 8);
        IEncoder[] encoders = [sae, new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 3 }), new FistaEncoder(sae.Dictionary, new FistaOptions { Lambda = 0.05f, MaxIterations = 20 })];
        foreach (IEncoder encoder in encoders)
        {
            encoder.Encode(signals, request);
            long before = Handles();
            for (int i = 0; i < Steps; i++)
            {
                encoder.Encode(signals, request);
            }

            Assert.That(Handles(), Is.EqualTo(before), encoder.GetType().Name);
        }
    }

    [Test]
    public void Fit_OnDataOnTheHost_GivesTheWeightsOfTheProcessor()
    {
        // The same draws, so that only the rounding of sums differs; a few steps, before selections that tie within rounding part the two.
        float[,] data = Batch(512, 16);
        SaeEncoder recipe = new(new SaeOptions { AtomCount = 48, Selection = Selection.TopK(4) }, new TrainingOptions { Steps = 40, BatchSize = 64 });
        SaeEncoder cpu = recipe.Fit(data), here = recipe.Fit(data, new RunContext { Device = new TorchDevice("cpu") });
        float[] expected = cpu.Dictionary.AtomValues.ToArray(), actual = here.Dictionary.AtomValues.ToArray();
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.That(actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-4));
        ContractWorld.AssertClose(here.Encode(data, new EncodeRequest { Context = new RunContext { Device = new TorchDevice("cpu") } }), cpu.Encode(data), 1e-3f, "codes");
    }

    [Test]
    public void Trainer_MadeInAScopeOfTheUser_OutlivesIt()
    {
        float[,] batch = Batch(24, 8);
        SaeTrainer trainer;
        using (torch.NewDisposeScope())
        {
            trainer = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 10 }).CreateTrainer(batch, new RunContext { Device = new TorchDevice("cpu") });
            trainer.Step(batch);
        }

        using (trainer)
        {
            Assert.That(() => trainer.Step(batch), Throws.Nothing);
        }
    }

    private static float[,] Batch(int rows, int columns)
    {
        float[] values = TestMatrices.Normal<float>(rows, columns, 3);
        var matrix = new float[rows, columns];
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(float));
        return matrix;
    }

    private static long Handles()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return torch.Tensor.TotalCount;
    }
}
