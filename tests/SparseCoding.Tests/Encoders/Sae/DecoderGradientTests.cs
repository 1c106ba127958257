using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Decoders and input normalisations: gradients against central differences in float64, the CPU beside the reference, and the snapshot's function beside the formulas.</summary>
[TestFixture]
internal sealed class DecoderGradientTests
{
    public static IEnumerable<TestCaseData> Forms => DecoderForm.All().Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Gradients_EveryParameter_AreThoseOfTheDocumentedLoss(DecoderForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var backend = new ReferenceBackend();
        using SaeNetwork network = form.Create(backend);
        Dictionary<string, double[]> values = Randomize(network);
        form.Load(network);
        network.Backward();
        var plain = new PlainDecoder(form, values, Points(network));

        // Means, deviations and factors are float32 numbers of the data; the formulas have them in float64.
        double slack = form.Normalization is InputNormalization.None or InputNormalization.Constant ? 1e-7 : 3e-6;
        double expected = plain.Loss();
        Assert.That(network.Measure(false).Loss, Is.EqualTo(expected).Within(slack * Math.Max(1, Math.Abs(expected))), "loss");
        const double Step = 1e-5;
        foreach (Parameter parameter in network.Parameters)
        {
            double[] at = values[parameter.Name], gradient = ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray();
            double largest = gradient.Max(Math.Abs);
            for (int i = 0; i < at.Length; i++)
            {
                double keep = at[i];
                at[i] = keep + Step;
                double above = plain.Loss();
                at[i] = keep - Step;
                double difference = (above - plain.Loss()) / (2 * Step);
                at[i] = keep;
                Assert.That(gradient[i], Is.EqualTo(difference).Within(2e-8 + (10 * slack * Math.Max(1e-2, largest))), $"{parameter.Name}[{i}]");
            }

            Assert.That(largest, Is.GreaterThan(1e-4), parameter.Name + " has a gradient that could be wrong");
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Snapshot_EncodesAndDecodes_AsTheFormulas(DecoderForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var backend = new ReferenceBackend();
        using SaeNetwork network = form.Create(backend);
        Dictionary<string, double[]> values = Randomize(network);
        var plain = new PlainDecoder(form, values, Points(network));
        var sae = new SaeEncoder(form.Options, null, network.Snapshot(), null);
        float[,] signals = DecoderForm.Signals(DecoderForm.Rows, DecoderForm.Dimension, 11);
        SparseCodes codes = sae.Encode(signals);
        var decoded = new float[DecoderForm.Rows * form.OutputDimension];
        sae.Decoder.Decode(codes, signals).FlattenTo(decoded);
        for (int row = 0; row < DecoderForm.Rows; row++)
        {
            var dense = new float[DecoderForm.AtomCount];
            codes[row].Atoms.ToArray().Zip(codes[row].Values.ToArray()).ToList().ForEach(entry => dense[entry.First] = entry.Second);
            double[] expected = plain.Code(row), reconstruction = plain.Reconstruction(row);
            Assert.That(dense, Is.EqualTo(expected).Within(3e-5), $"code of row {row}");
            Assert.That(decoded.AsSpan(row * form.OutputDimension, form.OutputDimension).ToArray(), Is.EqualTo(reconstruction).Within(1e-4 * (1 + reconstruction.Max(Math.Abs))), $"reconstruction of row {row}");
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void Steps_OnTheCpu_AreThoseOfTheReferenceAndWithinTheirFlops(DecoderForm form)
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

        reference.ResetFlops();
        form.Load(expected);
        form.Load(actual);
        for (int step = 1; step <= 3; step++)
        {
            expected.Backward(step);
            actual.Backward(step);
            expected.Optimize(step);
            actual.Optimize(step);
            if (step == 1)
            {
                FlopCount said = expected.StepFlops(DecoderForm.Rows, false);
                Assert.That(reference.Flops, said.IsBound ? Is.LessThanOrEqualTo(said.Value) : Is.EqualTo(said.Value), "operations");
            }
        }

        foreach (((string name, DeviceMatrix from), (_, DeviceMatrix to)) in expected.StateMatrices().Zip(actual.StateMatrices()))
        {
            var values = new float[to.Length];
            cpu.Read(to, 0, values);
            double[] wanted = ReferenceMatrix.Of(from).Span.ToArray();
            Assert.That(values, Is.EqualTo(wanted).Within(1e-4 * (1 + wanted.Max(Math.Abs))), name);
        }
    }

    private static double[][] Points(SaeNetwork network)
    {
        foreach ((string name, DeviceMatrix matrix) in network.StateMatrices())
        {
            if (name == "decoder.points")
            {
                double[] values = ReferenceMatrix.Of(matrix).Span.ToArray();
                return [.. values.Chunk(matrix.Columns)];
            }
        }

        return [];
    }

    /// <summary>Other values in place of the initial ones, so that nothing is 0 or of special norm.</summary>
    private static Dictionary<string, double[]> Randomize(SaeNetwork network)
    {
        int seed = 100;
        var values = new Dictionary<string, double[]>();
        foreach (Parameter parameter in network.Parameters)
        {
            Span<double> span = ReferenceMatrix.Of(parameter.Value).Span;
            TestMatrices.Normal<double>(1, span.Length, seed++).CopyTo(span);
            foreach (ref double value in span)
            {
                value = (float)(0.5 * value); // float32, so that a float backend can start from the same
            }

            values[parameter.Name] = span.ToArray();
        }

        return values;
    }
}
