using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Closed forms against a backend that counts what is really called.</summary>
[TestFixture]
internal sealed class NetworkCostTests
{
    public static IEnumerable<TestCaseData> Forms => NetworkGradientTests.Forms;

    [TestCaseSource(nameof(Forms))]
    public void TrainingStep_FullRows_IsWhatIsCounted(NetworkCase form)
    {
        ArgumentNullException.ThrowIfNull(form);
        Assert.That(Counted(form, positive: true), Is.EqualTo(NetworkCost.TrainingStep(form.Widths, NetworkCase.Rows, form.Settings).Value));
    }

    [TestCaseSource(nameof(Forms))]
    public void TrainingStep_AnyRows_IsExactOrSaysThatItIsABound(NetworkCase form)
    {
        ArgumentNullException.ThrowIfNull(form);
        FlopCount closed = NetworkCost.TrainingStep(form.Widths, NetworkCase.Rows, form.Settings);
        Assert.That(Counted(form, positive: false), closed.IsBound ? Is.LessThanOrEqualTo(closed.Value) : Is.EqualTo(closed.Value));
    }

    [Test]
    public void TrainingStep_PaperSize_HasThePublishedCountBesideTheExactOne()
    {
        FlopCount sae = NetworkCost.TrainingStep([8, 16], 1024, new NetworkCostSettings { EncoderBias = true, Penalized = true });
        FlopCount mlp = NetworkCost.TrainingStep([8, 32, 16], 1024, new NetworkCostSettings { EncoderBias = true, KnownDictionary = true });
        FlopCount deep = NetworkCost.TrainingStep([8, 32, 32, 16], 1024, new NetworkCostSettings { EncoderBias = true });
        Assert.That((sae.AsPublished, mlp.AsPublished, deep.AsPublished), Is.EqualTo(((UInt128?)1_785_856, (UInt128?)5_488_640, (UInt128?)null)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void SaeTrainerAndEncoder_OnACountingDevice_ReportWhatIsCounted(bool topK)
    {
        var device = new ReferenceDevice();
        var options = new SaeOptions { AtomCount = NetworkCase.AtomCount, Selection = topK ? Selection.TopK(2) : Selection.Relu };
        float[,] signals = Signals();
        using SaeTrainer trainer = new SaeEncoder(options).CreateTrainer(signals, new RunContext { Device = device });
        UInt128 before = device.Flops;
        trainer.Step(signals);
        FlopCount reported = trainer.Record.Flops;
        Assert.That(device.Flops - before, reported.IsBound ? Is.LessThanOrEqualTo(reported.Value) : Is.EqualTo(reported.Value));

        SaeEncoder encoder = trainer.Snapshot();
        before = device.Flops;
        encoder.Encode(signals, new EncodeRequest { Context = new RunContext { Device = device } });
        Assert.That(device.Flops - before, Is.EqualTo(encoder.EncodingFlops(NetworkCase.Rows).Value));
    }

    [TestCase(CodeParametrization.Exp, false)]
    [TestCase(CodeParametrization.Exp, true)]
    [TestCase(CodeParametrization.Relu, true)]
    public void SparseCodingTrainer_OnACountingDevice_ReportsWhatIsCounted(CodeParametrization parametrization, bool projected)
    {
        var device = new ReferenceDevice();
        var options = new SparseCodingOptions { AtomCount = NetworkCase.AtomCount, Parametrization = parametrization };
        float[,] signals = Signals();
        using SparseCodingTrainer trainer = new SparseCodingEncoder(options, new TrainingOptions { ProjectAtomGradients = projected, BatchSize = 0 })
            .CreateTrainer(signals, new RunContext { Device = device });
        UInt128 before = device.Flops;
        trainer.Step(signals);
        Assert.That(device.Flops - before, Is.EqualTo(trainer.Record.Flops.Value));
    }

    [TestCase(0, 0f)]
    [TestCase(7, 0f)]
    [TestCase(120, 0f)]
    [TestCase(120, 1e-30f)]
    [TestCase(100, 1e-30f)]
    [TestCase(120, 1e-2f)]
    public void Ito_OnACountingDevice_ReportsWhatIsCountedOrABound(int iterations, float tolerance)
    {
        var device = new ReferenceDevice();
        var dictionary = new AtomDictionary(TestMatrices.Dictionary<float>(NetworkCase.AtomCount, NetworkCase.Dimension, 3), NetworkCase.Dimension);
        var ito = new ItoEncoder(dictionary, new ItoOptions { Iterations = iterations, GapTolerance = tolerance });
        ito.Encode(Signals(), new EncodeRequest { Context = new RunContext { Device = device } });
        FlopCount reported = ito.EncodingFlops(NetworkCase.Rows);
        Assert.That(reported.IsBound, Is.EqualTo(tolerance > 0));
        Assert.That(device.Flops, tolerance > 1e-3f ? Is.LessThanOrEqualTo(reported.Value) : Is.EqualTo(reported.Value));
    }

    [Test]
    public void GradientCodes_PaperSize_HasThePublishedCounts() => Assert.Multiple(() =>
    {
        Assert.That(GradientCodesCost.Inference(8, 16, 10_000, 0, 1024).AsPublished, Is.EqualTo((UInt128?)7_209_107_456));
        Assert.That(GradientCodesCost.TrainingStep(8, 16, 1024, false, false).AsPublished, Is.EqualTo((UInt128?)52_477_952));
    });

    private static UInt128 Counted(NetworkCase form, bool positive)
    {
        using var backend = new ReferenceBackend();
        using TrainableNetwork network = form.Create(backend);
        float[] signals = TestMatrices.Normal<float>(NetworkCase.Rows, NetworkCase.Dimension, 6);
        if (positive)
        {
            // Positive signals and weights, a small offset: every pre-activation is positive and every TopK row is full.
            signals = Array.ConvertAll(signals, value => 1 + Math.Abs(value));
            foreach (Parameter parameter in network.Parameters)
            {
                Span<double> values = ReferenceMatrix.Of(parameter.Value).Span;
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = parameter.Name == "decoder.bias" ? 0.1 : 0.1 + Math.Abs(values[i]);
                }
            }
        }

        backend.ResetFlops();
        network.Load(signals);
        if (form.Loss is null)
        {
            network.Backward();
        }
        else
        {
            network.BackwardCodes(TestMatrices.Codes<float>(NetworkCase.Rows, NetworkCase.AtomCount, 3, 7, nonNegative: true));
        }

        network.Optimize(1);
        return backend.Flops;
    }

    private static float[,] Signals()
    {
        var signals = new float[NetworkCase.Rows, NetworkCase.Dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(NetworkCase.Rows, NetworkCase.Dimension, 5).Index())
        {
            signals[i / NetworkCase.Dimension, i % NetworkCase.Dimension] = value;
        }

        return signals;
    }
}
