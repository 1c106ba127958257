using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Gradients of every part against central differences of the documented loss, in float64; and the CPU beside the reference.</summary>
[TestFixture]
internal sealed class SaeGradientTests
{
    private static readonly float[] s_signals = TestMatrices.Normal<float>(SaeForm.Rows, SaeForm.Dimension, 11);
    private static readonly int[] s_dead = [1, 4, 5];

    public static IEnumerable<TestCaseData> Forms => SaeForm.All().Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Gradients_EveryParameter_AreThoseOfTheDocumentedLoss(SaeForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var backend = new ReferenceBackend();
        using SaeNetwork network = form.Create(backend);
        Dictionary<string, double[]> values = Randomize(network);
        DeclareDead(network, backend);
        network.Load(s_signals);
        network.Backward();
        var plain = new PlainSae(form, values, s_signals, s_dead);
        Assert.That(network.Measure(false).Loss, Is.EqualTo(plain.Loss()).Within(1e-7), "loss");

        const double Step = 1e-5;
        foreach (Parameter parameter in network.Parameters.Where(parameter => !parameter.IsFrozen))
        {
            double[] at = values[parameter.Name], gradient = ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray();
            bool straightThrough = parameter.Name == "encoder.log_threshold";
            for (int i = 0; i < at.Length; i++)
            {
                double[] moved = [.. at];
                double Loss(double offset)
                {
                    if (straightThrough)
                    {
                        moved[i] = at[i] + offset;
                        return plain.ThresholdSurrogate(moved);
                    }

                    double keep = at[i];
                    at[i] += offset;
                    double loss = plain.Loss();
                    at[i] = keep;
                    return loss;
                }

                double difference = (Loss(Step) - Loss(-Step)) / (2 * Step);
                Assert.That(gradient[i], Is.EqualTo(difference).Within(2e-8 + (1e-6 * Math.Abs(difference))), $"{parameter.Name}[{i}]");
            }

            Assert.That(gradient.Max(Math.Abs), Is.GreaterThan(1e-4), parameter.Name + " has a gradient that could be wrong");
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Steps_OnTheCpu_AreThoseOfTheReference(SaeForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var reference = new ReferenceBackend();
        using var cpu = new CpuBackend(2);
        using SaeNetwork expected = form.Create(reference), actual = form.Create(cpu);
        Randomize(expected);
        foreach ((Parameter from, Parameter to) in expected.Parameters.Zip(actual.Parameters))
        {
            cpu.Write(to.Value, 0, Array.ConvertAll(ReferenceMatrix.Of(from.Value).Span.ToArray(), value => (float)value));
        }

        DeclareDead(expected, reference);
        DeclareDead(actual, cpu);
        expected.Load(s_signals);
        actual.Load(s_signals);
        for (int step = 1; step <= 3; step++)
        {
            expected.Backward(step);
            actual.Backward(step);
            expected.Optimize(step);
            actual.Optimize(step);
        }

        foreach (((string name, DeviceMatrix from), (_, DeviceMatrix to)) in expected.StateMatrices().Zip(actual.StateMatrices()))
        {
            var values = new float[to.Length];
            cpu.Read(to, 0, values);
            Assert.That(values, Is.EqualTo(ReferenceMatrix.Of(from).Span.ToArray()).Within(5e-5), name);
        }
    }

    /// <summary>What a step of the counting backend does is at most what the parts say that it does.</summary>
    [TestCaseSource(nameof(Forms))]
    public void StepFlops_OnACountingBackend_AreABound(SaeForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var backend = new ReferenceBackend();
        using SaeNetwork network = form.Create(backend);
        Randomize(network);
        DeclareDead(network, backend);
        backend.ResetFlops();
        network.Load(s_signals);
        network.Backward();
        network.Optimize(1);
        FlopCount said = network.StepFlops(SaeForm.Rows, false);
        Assert.That(backend.Flops, said.IsBound ? Is.LessThanOrEqualTo(said.Value) : Is.EqualTo(said.Value));
    }

    private static void DeclareDead(SaeNetwork network, Backend backend)
    {
        foreach ((string name, DeviceMatrix matrix) in network.StateMatrices())
        {
            if (name.EndsWith(".dead", StringComparison.Ordinal))
            {
                backend.Write(matrix, 0, [.. Enumerable.Range(0, SaeForm.AtomCount).Select(i => s_dead.Contains(i) ? 1f : 0f)]);
            }
        }

        network.AfterRestore();
    }

    /// <summary>Other values in place of the initial ones, so that biases and offsets take part and rows have no special norm but where it must be 1.</summary>
    private static Dictionary<string, double[]> Randomize(SaeNetwork network)
    {
        int seed = 100;
        var values = new Dictionary<string, double[]>();
        foreach (Parameter parameter in network.Parameters)
        {
            Span<double> span = ReferenceMatrix.Of(parameter.Value).Span;
            TestMatrices.Normal<double>(1, span.Length, seed++).CopyTo(span);
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = (float)((0.5 * span[i]) - (parameter.Name == "encoder.log_threshold" ? 1 : 0)); // float32, so that a float backend can start from the same
            }

            values[parameter.Name] = span.ToArray();
        }

        return values;
    }
}
