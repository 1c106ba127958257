namespace SparseCoding.Tests;

/// <summary>The gradient through a frozen SAE against finite differences, and what stops it.</summary>
[TestFixture]
internal sealed class ReconstructionHookTests
{
    private const int D = 6;

    private static IEnumerable<Selection> Selections() =>
    [
        Selection.Relu, Selection.TopK(3), Selection.AbsTopK(3), Selection.BatchTopK(3), Selection.TopAfa, Selection.SignedSoft(0.1f), Selection.SignedHard(0.1f),
        new JumpReluSelection(), new FeatureChoiceSelection(3), new GroupMaxSelection(3), new ProLuSelection(),
    ];

    /// <summary>L = Σ g ∘ x̂(x): its derivative by central differences, at rows whose support does not change within the step.</summary>
    [TestCaseSource(nameof(Selections))]
    public void Backward_Full_IsTheFiniteDifference(Selection selection)
    {
        float[,] signals = Signals(200, 1), probe = Signals(24, 2), slopes = Signals(24, 3);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 12, Selection = selection, Normalization = InputNormalization.MeanNorm }, new TrainingOptions { Steps = 60, BatchSize = 50, LearningRate = 3e-3f }).Fit(signals);
        var hook = new ReconstructionHook(sae);
        float[] reconstruction = new float[24 * D], gradient = new float[24 * D];
        SparseCodes codes = hook.Forward(probe, reconstruction);
        hook.Backward(codes, slopes, gradient);
        Assert.That(reconstruction, Is.EqualTo(Flat(sae.Dictionary.Decode(codes))));
        int compared = 0;
        for (int j = 0; j < D; j++)
        {
            const float H = 1e-2f;
            (double[] Loss, SparseCodes Codes) At(float h)
            {
                var moved = (float[,])probe.Clone();
                for (int row = 0; row < 24; row++)
                {
                    moved[row, j] += h;
                }

                var made = new float[24 * D];
                SparseCodes z = hook.Forward(moved, made);
                return ([.. Enumerable.Range(0, 24).Select(row => Enumerable.Range(0, D).Sum(c => (double)made[(row * D) + c] * slopes[row, c]))], z);
            }

            (double[] above, SparseCodes up) = At(H);
            (double[] below, SparseCodes down) = At(-H);
            for (int row = 0; row < 24; row++)
            {
                int[] support = codes[row].Atoms.ToArray();
                if (support.SequenceEqual(up[row].Atoms.ToArray()) && support.SequenceEqual(down[row].Atoms.ToArray()))
                {
                    Assert.That(gradient[(row * D) + j], Is.EqualTo((above[row] - below[row]) / (2 * H)).Within(2e-3), $"row {row}, column {j}");
                    compared++;
                }
            }
        }

        Assert.That(compared, Is.GreaterThan(60));
    }

    [Test]
    public void Backward_StopAndStraightThrough_AreZerosAndTheGradient()
    {
        float[,] signals = Signals(100, 4), slopes = Signals(100, 5);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 12 }, new TrainingOptions { Steps = 10, BatchSize = 50 }).Fit(signals);
        SparseCodes codes = sae.Encode(signals);
        var target = new float[100 * D];
        target.AsSpan().Fill(7);
        new ReconstructionHook(sae, HookGradient.Stop).Backward(codes, slopes, target);
        Assert.That(target, Is.All.Zero);
        new ReconstructionHook(sae, HookGradient.StraightThrough).Backward(codes, slopes, target);
        Assert.That(target, Is.EqualTo(slopes.Cast<float>()));
    }

    [Test]
    public void Constructor_WhatItCannotBe_IsNamed()
    {
        float[,] signals = Signals(100, 6);
        SaeEncoder Fit(SaeOptions options) => new SaeEncoder(options, new TrainingOptions { Steps = 5, BatchSize = 50 }).Fit(signals);
        SaeEncoder sae = Fit(new SaeOptions { AtomCount = 12 });
        Assert.Multiple(() =>
        {
            Assert.That(() => new ReconstructionHook(new SaeEncoder(new SaeOptions { AtomCount = 12 })), Throws.InvalidOperationException.With.Message.Contains("not fitted"));
            Assert.That(() => new ReconstructionHook(Fit(new SaeOptions { AtomCount = 12, Selection = new GatedSelection() })), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("hook"));
            Assert.That(() => new ReconstructionHook(Fit(new SaeOptions { AtomCount = 12, Decoder = new PolynomialDecoderOptions() })), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("polynomial"));
            Assert.That(() => new ReconstructionHook(sae, (HookGradient)9), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ReconstructionHook(sae).Forward(signals, new float[5]), Throws.ArgumentException.With.Message.Contains("[100, 6]"));
            Assert.That(() => new ReconstructionHook(sae).Backward(sae.Encode(signals), Signals(99, 7), new float[99 * D]), Throws.ArgumentException.With.Message.Contains("[100, 12]"));
        });
    }

    private static float[] Flat(System.Numerics.Tensors.Tensor<float> tensor) => SyntheticDataTests.Flat(tensor);

    private static float[,] Signals(int rows, int seed)
    {
        var signals = new float[rows, D];
        Buffer.BlockCopy(TestMatrices.Normal<float>(rows, D, seed), 0, signals, 0, sizeof(float) * rows * D);
        return signals;
    }
}
