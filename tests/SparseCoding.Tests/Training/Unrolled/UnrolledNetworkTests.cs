using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Gradients of unrolled encoders against central differences of the documented loss in float64, the phases of training, and the operations of a step.</summary>
[TestFixture]
internal sealed class UnrolledNetworkTests
{
    private static readonly float[] s_signals = TestMatrices.Normal<float>(UnrolledCase.Rows, UnrolledCase.Dimension, 11);
    private static readonly float[] s_truth = TestMatrices.Codes<float>(UnrolledCase.Rows, UnrolledCase.AtomCount, 3, 12, nonNegative: true);

    public static IEnumerable<TestCaseData> Forms => UnrolledCase.All().Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Gradients_EveryParameter_AreThoseOfTheDocumentedLoss(UnrolledCase form)
    {
        using var backend = new ReferenceBackend();
        using UnrolledNetwork network = form.Create(backend);
        Dictionary<string, double[]> values = Randomize(network);
        network.Load(s_signals);
        Backward(network, form, UnrolledCase.Steps);
        var plain = new PlainUnrolled(form, values, s_signals, s_truth);
        Assert.That(network.Measure(form.Loss is not null).Loss, Is.EqualTo(plain.Loss()).Within(1e-7 * (1 + Math.Abs(plain.Loss()))), "loss");
        int compared = 0;
        foreach (Parameter parameter in network.Parameters)
        {
            if (parameter.IsFrozen || (parameter.Name.StartsWith("decoder.", StringComparison.Ordinal) && form.Loss is not null))
            {
                Assert.That(form.Known || form.Loss is not null, parameter.Name);
                continue;
            }

            compared += AssertGradient(parameter, values[parameter.Name], plain) ? 1 : 0;
        }

        Assert.That(compared, Is.GreaterThanOrEqualTo(UnrolledCase.Layers), "parameters with a gradient that could be wrong");
    }

    [TestCase(10, 3, true)]
    [TestCase(8, 2, false)]
    [TestCase(6, 2, true)]
    [TestCase(2, 1, true)]
    public void Step_OfAPhase_MovesItsLayersOnly(int step, int depth, bool newestOnly)
    {
        foreach (UnrolledCase form in UnrolledCase.All().Where(f => f is { Rich: true, NonNegative: false, Known: true } && f.Loss != CodeLoss.Cosine).Select(f => f with { LayerwiseShare = 1 }))
        {
            using var backend = new ReferenceBackend();
            using UnrolledNetwork network = form.Create(backend);
            Dictionary<string, double[]> values = Randomize(network);
            network.Load(s_signals);
            Backward(network, form, step);
            var plain = new PlainUnrolled(form, values, s_signals, s_truth, depth);
            Assert.That(network.Measure(form.Loss is not null).Loss, Is.EqualTo(plain.Loss()).Within(1e-7 * (1 + Math.Abs(plain.Loss()))), $"{form}: loss behind layer {depth}");
            foreach (Parameter parameter in network.Parameters.Where(p => !p.IsFrozen && IsOf(p, form, depth, newestOnly)))
            {
                if (!(form.Tied && newestOnly && !parameter.Name.EndsWith("threshold", StringComparison.Ordinal)))
                {
                    AssertGradient(parameter, values[parameter.Name], plain);
                }
            }

            network.Optimize(step);
            foreach (Parameter parameter in network.Parameters)
            {
                bool moved = !ReferenceMatrix.Of(parameter.Value).Span.SequenceEqual(values[parameter.Name]);
                Assert.That(moved, Is.EqualTo(!parameter.IsFrozen && IsOf(parameter, form, depth, newestOnly)).Or.EqualTo(false), $"{form}: {parameter.Name} in step {step}");
            }
        }
    }

    [Test]
    public void FirstStep_OfANewLayer_BeginsAsTheLayerBeforeWithNoMoments()
    {
        UnrolledCase form = UnrolledCase.All().First(f => f is { Weights: ListaWeights.Coupled, Tied: false, Rich: false, Known: true, Loss: null }) with { LayerwiseShare = 1 };
        using var backend = new ReferenceBackend();
        using UnrolledNetwork network = form.Create(backend);
        Randomize(network);
        network.Load(s_signals);
        Parameter before = network.Parameters.First(p => p.Name == "encoder.0.weight"), after = network.Parameters.First(p => p.Name == "encoder.1.weight");
        backend.Fill(after.First!, 5);
        network.Backward(5);
        Assert.That(ReferenceMatrix.Of(after.Value).Span.ToArray(), Is.EqualTo(ReferenceMatrix.Of(before.Value).Span.ToArray()));
        double[] gradient = ReferenceMatrix.Of(after.Gradient!).Span.ToArray();
        network.Optimize(5);
        Assert.That(ReferenceMatrix.Of(after.First!).Span.ToArray(), Is.EqualTo(gradient.Select(g => 0.1 * g)).Within(1e-6));
    }

    [Test]
    public void Phases_AnyNumberOfSteps_CoverTheRunInOrder([Values(0, 1, 7, 100, 12345)] long steps, [Values(1, 3, 16)] int layers, [Values(0, 0.3, 1)] double share)
    {
        long layerwise = (long)(share * steps), next = 1;
        int depth = 1;
        while (next <= steps)
        {
            UnrolledPhase phase = UnrolledPhase.At(next, steps, layers, share);
            Assert.That(phase.FirstStep, Is.EqualTo(next));
            Assert.That(UnrolledPhase.At(Math.Min(phase.EndStep - 1, steps), steps, layers, share), Is.EqualTo(phase));
            Assert.That(phase.Depth, Is.InRange(depth, layers));
            Assert.That(phase.EndStep == long.MaxValue, Is.EqualTo(next > layerwise));
            (depth, next) = (phase.Depth, phase.EndStep == long.MaxValue ? steps + 1 : phase.EndStep);
        }

        Assert.That(UnrolledPhase.At(steps + 5, steps, layers, share), Is.EqualTo(new UnrolledPhase(layers, false, layerwise > 0 ? 0.2f : 1, layerwise + 1, long.MaxValue)));
    }

    [TestCaseSource(nameof(Forms))]
    public void Run_OfAnyForm_TakesTheOperationsOfTheClosedForm(UnrolledCase form)
    {
        foreach (double share in (double[])[0, 1, 0.5])
        {
            using var backend = new ReferenceBackend();
            using UnrolledNetwork network = (form with { LayerwiseShare = share }).Create(backend);
            backend.ResetFlops();
            for (int step = 1; step <= UnrolledCase.Steps; step++)
            {
                network.Load(s_signals);
                Backward(network, form, step);
                network.Optimize(step);
                Assert.That(backend.Flops, Is.EqualTo(network.RunFlops(step, UnrolledCase.Rows, form.Loss is not null).Value), $"after step {step}, share {share}");
            }
        }
    }

    [Test]
    public void AnalyticWeights_OfADictionary_AreTheMinimiserWithUnitInnerProducts()
    {
        const int Atoms = 9, Dimension = 5;
        float[] atoms = TestMatrices.Normal<float>(Atoms, Dimension, 4);
        (float[] weights, float step) = AnalyticWeights.Compute(atoms, Atoms, Dimension);
        var random = new Random(3);
        for (int i = 0; i < Atoms; i++)
        {
            double[] w = [.. weights.Skip(i * Dimension).Take(Dimension).Select(x => (double)x)], d = [.. atoms.Skip(i * Dimension).Take(Dimension).Select(x => (double)x)];
            Assert.That(Dot(w, d), Is.EqualTo(1).Within(1e-5));
            Assert.That(step, Is.LessThanOrEqualTo((1 / Cross(w)) + 1e-6), "γ ≤ dᵢᵀA⁻¹dᵢ = 1 / wᵢᵀAwᵢ");
            for (int trial = 0; trial < 20; trial++)
            {
                // Along the constraint: no other w with w·d = 1 has less.
                double[] move = [.. d.Select(_ => random.NextDouble() - 0.5)];
                double along = Dot(move, d) / Dot(d, d);
                double[] other = [.. w.Zip(move.Zip(d, (a, b) => a - (along * b)), (a, b) => a + b)];
                Assert.That(Cross(other), Is.GreaterThanOrEqualTo(Cross(w) - 1e-6));
            }
        }

        (float[] degenerate, _) = AnalyticWeights.Compute([1, 0, 0, 0, 0, 0], 2, 3);
        Assert.That(degenerate, Is.EqualTo((float[])[1, 0, 0, 0, 0, 0]).Within(1e-6), "a zero atom, and atoms that do not span the space");

        double Cross(double[] w) => Enumerable.Range(0, Atoms).Sum(k => Math.Pow(Dot(w, [.. atoms.Skip(k * Dimension).Take(Dimension).Select(x => (double)x)]), 2));
        static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
    }

    private static bool IsOf(Parameter parameter, UnrolledCase form, int depth, bool newestOnly)
    {
        string[] parts = parameter.Name.Split('.');
        int layer = int.TryParse(parts[1], out int number) ? number : -1;
        bool shared = form.Tied && parts[^1] is "weight" or "recurrent" && form.Tied;
        return layer >= 0 && (shared || !newestOnly ? layer < depth : layer == depth - 1);
    }

    private static bool AssertGradient(Parameter parameter, double[] at, PlainUnrolled plain)
    {
        const double Step = 1e-6;
        double[] gradient = ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray();
        for (int i = 0; i < at.Length; i++)
        {
            double keep = at[i];
            at[i] = keep + Step;
            double above = plain.Loss();
            at[i] = keep - Step;
            double below = plain.Loss();
            at[i] = keep;
            double difference = (above - below) / (2 * Step);
            Assert.That(gradient[i], Is.EqualTo(difference).Within(1e-7 + (1e-5 * Math.Abs(difference))), $"{parameter.Name}[{i}]");
        }

        return gradient.Max(Math.Abs) > 1e-4;
    }

    /// <summary>Other values in place of the initial ones: every parameter takes part and is a float32 number; thresholds are small and not negative.</summary>
    private static Dictionary<string, double[]> Randomize(UnrolledNetwork network)
    {
        int seed = 100;
        var values = new Dictionary<string, double[]>();
        foreach (Parameter parameter in network.Parameters)
        {
            Span<double> span = ReferenceMatrix.Of(parameter.Value).Span;
            if (!parameter.IsFrozen)
            {
                TestMatrices.Normal<double>(1, span.Length, seed++).CopyTo(span);
                bool threshold = parameter.Name.EndsWith("threshold", StringComparison.Ordinal);
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = (float)(threshold ? 0.05 + (0.1 * Math.Abs(span[i])) : 0.4 * span[i]);
                }
            }

            values[parameter.Name] = span.ToArray();
        }

        return values;
    }

    private static void Backward(UnrolledNetwork network, UnrolledCase form, int number)
    {
        if (form.Loss is null)
        {
            network.Backward(number);
        }
        else
        {
            network.BackwardCodes(s_truth, number);
        }
    }
}
