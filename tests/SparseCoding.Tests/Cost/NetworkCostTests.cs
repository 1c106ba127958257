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
        var signals = new float[NetworkCase.Rows, NetworkCase.Dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(NetworkCase.Rows, NetworkCase.Dimension, 5).Index())
        {
            signals[i / NetworkCase.Dimension, i % NetworkCase.Dimension] = value;
        }

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

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public void GradientCodes_OneStep_IsWhatIsCounted(bool exponential, bool penalized)
    {
        using var backend = new ReferenceBackend();
        const int Rows = 5, Atoms = 7, Dimension = 4;
        DeviceMatrix x = backend.Allocate(Rows, Dimension), d = backend.Allocate(Atoms, Dimension), bias = backend.Allocate(1, Atoms);
        DeviceMatrix[] logs = [.. Enumerable.Range(0, 4).Select(_ => backend.Allocate(Rows, Atoms))], atoms = [d, .. Enumerable.Range(0, 3).Select(_ => backend.Allocate(Atoms, Dimension))];
        DeviceMatrix z = backend.Allocate(Rows, Atoms), residual = backend.Allocate(Rows, Dimension);
        var step = new OptimizerStep { LearningRate = 0.1f, Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f, Number = 1 };
        backend.Map(exponential ? MapOperation.Exp : MapOperation.Relu, z, logs[0]);
        backend.Map(MapOperation.Scale, residual, x);
        backend.Product(z, false, d, false, residual, new ProductEpilogue { Beta = -1 });
        backend.Product(residual, false, d, true, logs[1], new ProductEpilogue { Bias = penalized ? bias : null, Mask = exponential ? null : z });
        if (exponential)
        {
            backend.Map(MapOperation.Multiply, logs[1], logs[1], z);
        }

        backend.Product(z, true, residual, false, atoms[1], ProductEpilogue.None);
        backend.Optimize(logs[0], logs[1], logs[2], logs[3], step);
        backend.Optimize(atoms[0], atoms[1], atoms[2], atoms[3], step with { ProjectGradient = true, NormalizeRows = true });
        Assert.That(backend.Flops, Is.EqualTo(GradientCodesCost.TrainingStep(Rows, Atoms, Dimension, penalized, exponential, true, true).Value));
    }

    [Test]
    public void GradientCodes_PaperSize_HasThePublishedCounts() => Assert.Multiple(() =>
    {
        Assert.That(GradientCodesCost.Inference(1024, 16, 8, 10_000, true, true, false).AsPublished, Is.EqualTo((UInt128?)7_209_107_456));
        Assert.That(GradientCodesCost.TrainingStep(1024, 16, 8, true, true, true, false).AsPublished, Is.EqualTo((UInt128?)52_477_952));
    });

    private static UInt128 Counted(NetworkCase form, bool positive)
    {
        using var backend = new ReferenceBackend();
        using Network network = form.Create(backend);
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
                    values[i] = parameter == network.Offset ? 0.1 : 0.1 + Math.Abs(values[i]);
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
}
