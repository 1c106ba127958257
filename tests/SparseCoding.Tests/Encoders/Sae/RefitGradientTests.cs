using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Atoms that learn from refitted values: their gradient against the formulas in float64, everything else untouched, and what it is good for.</summary>
[TestFixture]
internal sealed class RefitGradientTests
{
    private const int Rows = 32, Dimension = 6, Atoms = 10;

    private static IEnumerable<TestCaseData> Forms()
    {
        (Selection Selection, SparsityPenalty? Penalty)[] forms =
        [
            (Selection.Relu, new L1Penalty { Weight = 0.1f }),
            (Selection.TopK(3), null),
            (Selection.AbsTopK(3), null),
            (new JumpReluSelection { Bandwidth = 0.5f, InitialThreshold = 0.25f }, new L0Penalty { Weight = 0.1f }),
            (Selection.Gated, new L1Penalty { Weight = 0.1f }),
        ];
        return from form in forms
               from steps in (int[])[1, 3, 2000]
               select new TestCaseData(form.Selection, form.Penalty, steps).SetArgDisplayNames($"{form.Selection.GetType().Name}, {steps}");
    }

    [TestCaseSource(nameof(Forms))]
    public void Backward_WithRefit_ChangesTheAtomsGradientAlone(Selection selection, SparsityPenalty? penalty, int steps)
    {
        float[] signals = [.. TestMatrices.Normal<double>(Rows, Dimension, 5).Select(value => (float)value)];
        Dictionary<string, double[]> plain = Gradients(selection, penalty, new LinearDecoderOptions(), signals, out SaeEncoder sae);
        Dictionary<string, double[]> refitted = Gradients(selection, penalty, new LinearDecoderOptions { RefitSteps = steps }, signals, out _);
        Dictionary<string, double[]> half = Gradients(selection, penalty, new LinearDecoderOptions { RefitSteps = steps, RefitShare = 0.5f }, signals, out _);
        foreach (string name in plain.Keys.Where(name => name != "decoder.atoms"))
        {
            Assert.That(refitted[name], Is.EqualTo(plain[name]).AsCollection, name);
        }

        double[] expected = Expected(sae, signals, steps), own = Expected(sae, signals, 0);
        Assert.Multiple(() =>
        {
            Assert.That(plain["decoder.atoms"], Is.EqualTo(own).Within(1e-5), "the formulas are those of the plain gradient");
            Assert.That(refitted["decoder.atoms"], Is.EqualTo(expected).Within(1e-5));
            Assert.That(half["decoder.atoms"], Is.EqualTo(own.Zip(expected, (a, b) => 0.5 * (a + b)).ToArray()).Within(1e-5));
            Assert.That(own.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), Is.GreaterThan(1e-3), "the two differ, so that the comparison says something");
        });
    }

    /// <summary>Other inference on the same atoms, which is what refitted values stand for, has less error; the encoder's own is not what is asked here.</summary>
    [Test]
    public void Fit_WithRefit_IsABetterDictionaryForPursuits()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 48, Measurements = 16, Active = 4, Samples = 4096, ZipfExponent = 1, Noise = 0.01f, Seed = 11 });
        double Error(int steps)
        {
            var options = new SaeOptions { AtomCount = 48, Selection = Selection.TopK(4), Normalization = InputNormalization.MeanNorm, Decoder = new LinearDecoderOptions { RefitSteps = steps } };
            var training = new TrainingOptions { Steps = 1500, BatchSize = 128, LearningRate = new Schedule { Value = 3e-3f, WarmupSteps = 50, DecayShare = 0.9 }, AtomRateFactor = 3, Optimizer = new AdamOptions { Beta2 = 0.99f } };
            SaeEncoder sae = new SaeEncoder(options, training).Fit(world.Signals);
            SparseCodes codes = new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 4, Selection = PursuitSelection.ErrorReduction }).Encode(world.Signals);
            return ReconstructionMetrics.Measure(world.Signals, sae.Dictionary.Decode(codes)).Fvu;
        }

        double plain = Error(0), refitted = Error(3);
        TestContext.Out.WriteLine(FormattableString.Invariant($"OLS {plain:0.0000}, with refit {refitted:0.0000}"));
        Assert.That(refitted, Is.LessThan(0.9 * plain));
    }

    [Test]
    public void Fit_WithRefit_HasTheSameBitsForAnyThreads()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 24, Measurements = 12, Active = 3, Samples = 512, Seed = 3 });
        float[] Atoms(int threads)
        {
            var options = new SaeOptions { AtomCount = 24, Selection = Selection.TopK(3), Decoder = new LinearDecoderOptions { RefitSteps = 2, RefitShare = new Schedule { Value = 1, DecayShare = 1 } } };
            var dictionary = (AtomDictionary)new SaeEncoder(options, new TrainingOptions { Steps = 40, BatchSize = 128 }).Fit(world.Signals, new RunContext { Threads = threads }).Decoder;
            return dictionary.AtomValues.ToArray();
        }

        Assert.That(Atoms(3), Is.EqualTo(Atoms(1)).AsCollection);
    }

    [Test]
    public void Validate_WhatCannotBe_IsRefused() => Assert.Multiple(() =>
    {
        Assert.That(() => new LinearDecoderOptions { RefitSteps = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new LinearDecoderOptions { RefitShare = 1.5f }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = Selection.MatchingPursuit(2), Decoder = new LinearDecoderOptions { RefitSteps = 1 } }), Throws.ArgumentException.With.Message.Contains("pursuit"));
    });

    private static Dictionary<string, double[]> Gradients(Selection selection, SparsityPenalty? penalty, LinearDecoderOptions decoder, float[] signals, out SaeEncoder sae)
    {
        var options = new SaeOptions { AtomCount = Atoms, Selection = selection, Penalty = penalty, Decoder = decoder };
        var training = new TrainingOptions { Seed = 2, ProjectAtomGradients = false };
        ActivationSource source = ActivationSource.FromView(SignalView.FromRows(signals, Dimension));
        using var backend = new ReferenceBackend();
        using var network = new SaeNetwork(backend, SaeSpec.Learning(source, options, training, RunContext.Default), options, training);
        network.Load(signals);
        network.Backward();
        sae = new SaeEncoder(options, null, network.Snapshot(), null);
        return network.Parameters.ToDictionary(parameter => parameter.Name, parameter => ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray());
    }

    /// <summary>−Σ z'ᵀ(x − z'D − b)/rows with z' that many steps of steepest descent from the encoder's own codes, on their support.</summary>
    private static double[] Expected(SaeEncoder sae, float[] signals, int steps)
    {
        var dictionary = (AtomDictionary)sae.Decoder;
        float[] atoms = dictionary.AtomValues.ToArray(), offset = dictionary.OffsetValues.ToArray();
        SparseCodes codes = sae.Encode(SignalView.FromRows(signals, Dimension));
        var result = new double[Atoms * Dimension];
        for (int row = 0; row < Rows; row++)
        {
            int[] support = codes[row].Atoms.ToArray();
            double[] values = [.. codes[row].Values.ToArray().Select(value => (double)value)];
            double[] residual = [.. Enumerable.Range(0, Dimension).Select(j => offset[j] - (double)signals[(row * Dimension) + j] + Enumerable.Range(0, support.Length).Sum(i => values[i] * atoms[(support[i] * Dimension) + j]))];
            for (int step = 0; step < steps; step++)
            {
                double[] g = [.. support.Select(atom => Enumerable.Range(0, Dimension).Sum(j => residual[j] * atoms[(atom * Dimension) + j]))];
                double[] change = [.. Enumerable.Range(0, Dimension).Select(j => Enumerable.Range(0, support.Length).Sum(i => g[i] * atoms[(support[i] * Dimension) + j]))];
                double square = change.Sum(v => v * v), length = square == 0 ? 0 : g.Sum(v => v * v) / square;
                values = [.. values.Zip(g, (v, s) => v - (length * s))];
                residual = [.. residual.Zip(change, (r, c) => r - (length * c))];
            }

            for (int i = 0; i < support.Length; i++)
            {
                for (int j = 0; j < Dimension; j++)
                {
                    result[(support[i] * Dimension) + j] += values[i] * residual[j] / Rows;
                }
            }
        }

        return result;
    }
}
