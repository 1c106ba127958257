using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>The hand-derived gradients against central differences of the documented loss, in float64, for every parameter of every form.</summary>
[TestFixture]
internal sealed class NetworkGradientTests
{
    private static readonly float[] s_signals = TestMatrices.Normal<float>(NetworkCase.Rows, NetworkCase.Dimension, 11);
    private static readonly float[] s_truth = TestMatrices.Codes<float>(NetworkCase.Rows, NetworkCase.AtomCount, 3, 12, nonNegative: true);

    public static IEnumerable<TestCaseData> Forms => NetworkCase.All().Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Gradients_EveryParameter_AreThoseOfTheDocumentedLoss(NetworkCase form)
    {
        using var backend = new ReferenceBackend();
        using TrainableNetwork network = form.Create(backend);
        Dictionary<string, double[]> values = Randomize(network);
        network.Load(s_signals);
        Backward(network, form);
        var plain = new PlainNetwork(form, values, s_signals, s_truth);
        Assert.That(network.Measure(form.Loss is not null).Loss, Is.EqualTo(plain.Loss()).Within(1e-7), "loss");

        const double Step = 1e-5;
        foreach (Parameter parameter in network.Parameters)
        {
            bool isDecoder = parameter.Name.StartsWith("decoder.", StringComparison.Ordinal);
            if (isDecoder && (form.Known || form.Loss is not null))
            {
                Assert.That(parameter.IsFrozen, Is.EqualTo(form.Known));
                continue;
            }

            double[] at = values[parameter.Name], gradient = ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray();
            for (int i = 0; i < at.Length; i++)
            {
                double keep = at[i];
                at[i] = keep + Step;
                double above = plain.Loss();
                at[i] = keep - Step;
                double below = plain.Loss();
                at[i] = keep;
                double difference = (above - below) / (2 * Step);
                Assert.That(gradient[i], Is.EqualTo(difference).Within(1e-8 + (1e-6 * Math.Abs(difference))), $"{parameter.Name}[{i}]");
            }

            Assert.That(gradient.Max(Math.Abs), Is.GreaterThan(1e-4), parameter.Name + " has a gradient that could be wrong");
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Optimize_OnKnownCodes_LeavesTheDecoderEvenAfterAReconstructionStep(bool topK)
    {
        using var backend = new ReferenceBackend();
        NetworkCase form = NetworkCase.All().First(f => f.TopK == topK && f is { EncoderBias: true, DecoderBias: true, Known: false, Loss: CodeLoss.Cosine });
        using TrainableNetwork network = form.Create(backend);
        Randomize(network);
        network.Load(s_signals);
        network.Backward();
        network.Optimize(1);
        double[] atoms = Values(network, "decoder.atoms"), offset = Values(network, "decoder.bias");
        double[] weights = ReferenceMatrix.Of(network.Parameters[0].Value).Span.ToArray();
        network.BackwardCodes(s_truth);
        network.Optimize(2);
        Assert.That(Values(network, "decoder.atoms"), Is.EqualTo(atoms));
        Assert.That(Values(network, "decoder.bias"), Is.EqualTo(offset));
        Assert.That(ReferenceMatrix.Of(network.Parameters[0].Value).Span.ToArray(), Is.Not.EqualTo(weights));
    }

    /// <summary>A training step of the CPU in float32 beside the reference: the fused kernels and their composed meaning, three steps long.</summary>
    [TestCaseSource(nameof(Forms))]
    public void Steps_OnTheCpu_AreThoseOfTheReference(NetworkCase form)
    {
        using var reference = new ReferenceBackend();
        using var cpu = new CpuBackend(2);
        using TrainableNetwork expected = form.Create(reference), actual = form.Create(cpu);
        Randomize(expected);
        foreach ((Parameter from, Parameter to) in expected.Parameters.Zip(actual.Parameters))
        {
            cpu.Write(to.Value, 0, Array.ConvertAll(ReferenceMatrix.Of(from.Value).Span.ToArray(), value => (float)value));
        }

        expected.Load(s_signals);
        actual.Load(s_signals);
        for (int step = 1; step <= 3; step++)
        {
            Backward(expected, form);
            Backward(actual, form);
            expected.Optimize(step);
            actual.Optimize(step);
        }

        foreach ((Parameter from, Parameter to) in expected.Parameters.Zip(actual.Parameters))
        {
            var values = new float[to.Value.Length];
            cpu.Read(to.Value, 0, values);
            double[] wanted = ReferenceMatrix.Of(from.Value).Span.ToArray();
            for (int i = 0; i < values.Length; i++)
            {
                Assert.That(values[i], Is.EqualTo(wanted[i]).Within(5e-5), $"{to.Name}[{i}]");
            }
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Step_OnOneThread_AllocatesNothing(bool topK)
    {
        // The paper's world: 20 000 such steps must not keep the collector busy.
        using var backend = new CpuBackend(1);
        Selection selection = topK ? Selection.TopK(3) : Selection.Relu;
        using var network = new SaeNetwork(
            backend,
            new NetworkSpec { Dimension = 8, AtomCount = 16, Hidden = [], Selection = selection, EncoderBias = true, DecoderBias = true },
            new SaeOptions { AtomCount = 16, Selection = selection },
            new TrainingOptions());
        float[] signals = TestMatrices.Normal<float>(1024, 8, 1);
        void Step(int number)
        {
            network.Load(signals);
            network.Backward();
            network.Optimize(number);
        }

        for (int i = 1; i <= 20; i++)
        {
            Step(i);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 21; i <= 120; i++)
        {
            Step(i);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>Other values in place of the initial ones, so that biases and offsets take part and rows have no special norm.</summary>
    private static Dictionary<string, double[]> Randomize(TrainableNetwork network)
    {
        int seed = 100;
        var values = new Dictionary<string, double[]>();
        foreach (Parameter parameter in network.Parameters)
        {
            Span<double> span = ReferenceMatrix.Of(parameter.Value).Span;
            if (!parameter.IsFrozen)
            {
                TestMatrices.Normal<double>(1, span.Length, seed++).CopyTo(span);
            }

            // float32 values, so that a float backend can start from the same ones
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = (float)(parameter.IsFrozen ? span[i] : 0.5 * span[i]);
            }

            values[parameter.Name] = span.ToArray();
        }

        return values;
    }

    private static double[] Values(TrainableNetwork network, string name) =>
        ReferenceMatrix.Of(network.Parameters.First(parameter => parameter.Name == name).Value).Span.ToArray();

    private static void Backward(TrainableNetwork network, NetworkCase form)
    {
        if (form.Loss is null)
        {
            network.Backward();
        }
        else
        {
            network.BackwardCodes(s_truth);
        }
    }
}
