using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Decoders through the public door: files, resuming, identities, refusals, evaluation.</summary>
[TestFixture]
internal sealed class DecoderTests
{
    private static readonly TrainingOptions s_training = new() { Steps = 40, BatchSize = 32 };

    public static IEnumerable<TestCaseData> Forms => DecoderForm.All().Where(form => form.Bias || form.Normalization == InputNormalization.None)
        .Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(Forms))]
    public void Train_Interrupted_EndsWithTheSameBitsAndSurvivesItsFile(DecoderForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        using var folder = new TemporaryFolder();
        var recipe = new SaeEncoder(form.Options, s_training);
        SaeEncoder whole = recipe.Fit(form.Source(200));
        string path = Path.Combine(folder.Path, "checkpoint");
        using var stop = new CancellationTokenSource();
        var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => { if (p.Step >= 21) { stop.Cancel(); } }), ProgressInterval = TimeSpan.Zero };
        using (SaeTrainer stopped = recipe.CreateTrainer(form.Source(200), context))
        {
            Assert.That(() => stopped.Run(form.Source(200), stop.Token), Throws.InstanceOf<OperationCanceledException>());
            stopped.SaveCheckpoint(path);
        }

        using SaeTrainer resumed = SaeTrainer.Resume(path);
        resumed.Run(form.Source(200));
        Same(resumed.Snapshot(), whole);
        string file = Path.Combine(folder.Path, "sae");
        whole.Save(file);
        SaeEncoder again = SaeEncoder.Load(file);
        Assert.That(again.Options, Is.EqualTo(form.Options));
        Same(again, whole);
        Assert.That(again.Decoder.OutputDimension, Is.EqualTo(form.OutputDimension));
    }

    // Squares and cubes of large codes drown the rest: a polynomial decoder asks for normalised signals, as its documentation says.
    public static IEnumerable<TestCaseData> LearnableForms => DecoderForm.All().Where(form => form is { Bias: true, Penalty: null } && !(form.Decoder is PolynomialDecoderOptions && form.Normalization == InputNormalization.None))
        .Select(form => new TestCaseData(form).SetArgDisplayNames(form.ToString()));

    [TestCaseSource(nameof(LearnableForms))]
    public void Fit_OneDecoder_ExplainsMoreThanTheMean(DecoderForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        ActivationSource source = form.IsPaired
            ? ((ActivationSource)DecoderForm.Signals(400, 4, 5)).WithTargets(Predicted(400))
            : DecoderForm.Signals(400, 4, 5);
        double fvu = double.NaN;
        var context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(p => fvu = p.Fvu) };
        SaeEncoder sae = new SaeEncoder(form.Options, new TrainingOptions { Steps = 300, BatchSize = 0, LearningRate = 0.01f }).Fit(source, context);
        EncoderReport report = Evaluation.Evaluate(sae, source);
        Assert.That(report.Fvu, Is.LessThan(0.75));

        // What progress says is in the network's units: the same where these are one factor. The last step is not yet in it.
        if (form.Normalization is InputNormalization.None or InputNormalization.Constant || (form is { Normalization: InputNormalization.MeanNorm, Decoder: not CrosscoderDecoderOptions }))
        {
            Assert.That(fvu, Is.EqualTo(report.Fvu).Within(0.02));
        }

        Assert.That(fvu, Is.InRange(0, 0.9));
    }

    [Test]
    public void Polynomial_WeightsZero_IsItsLinearPart()
    {
        var options = new SaeOptions { AtomCount = 9, Selection = Selection.TopK(3), Decoder = new PolynomialDecoderOptions { QuadraticWeight = 0, CubicWeight = 0 } };
        using var backend = new ReferenceBackend();
        using var network = new SaeNetwork(backend, SaeSpec.Learning(DecoderForm.Signals(50, 4, 1), options, new TrainingOptions { Seed = 1 }, RunContext.Default), options, new TrainingOptions());
        var polynomial = (PolynomialDecoder)network.Snapshot().Decoder;
        var sae = new SaeEncoder(options, null, network.Snapshot(), null);
        SparseCodes codes = sae.Encode(DecoderForm.Signals(50, 4, 1));
        Assert.That(codes.NonZeroCount, Is.GreaterThan(50));
        Assert.That(Values(polynomial.Decode(codes)), Is.EqualTo(Values(polynomial.LinearPart().Decode(codes))).Within(1e-5));
        Assert.That(polynomial.PairStrength(0, 1), Is.Zero);
    }

    [Test]
    public void Polynomial_PairStrength_IsTheMixedDerivative()
    {
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 9, Selection = Selection.TopK(3), Decoder = new PolynomialDecoderOptions() }, s_training).Fit(DecoderForm.Signals(200, 4, 1));
        var decoder = (PolynomialDecoder)sae.Decoder;
        const float H = 0.05f;
        float[] At(float first, float second) => Values(decoder.Decode(SparseCodes.FromDense(new float[,] { { 0, 0, first, 0, 0, second, 0, 0, 0 } })));
        float[][] corners = [At(H, H), At(H, -H), At(-H, H), At(-H, -H)];
        double squared = Enumerable.Range(0, 4).Sum(j => Math.Pow((corners[0][j] - corners[1][j] - (double)corners[2][j] + corners[3][j]) / (4 * H * H), 2));
        Assert.That(decoder.PairStrength(2, 5), Is.EqualTo(Math.Sqrt(squared)).Within(2e-3).And.GreaterThan(1e-2));
        Assert.That(decoder.PairStrength(5, 2), Is.EqualTo(decoder.PairStrength(2, 5)));
        Assert.That(() => decoder.PairStrength(0, 9), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Polynomial_AfterEveryStep_BasisIsOrthonormal()
    {
        var options = new SaeOptions { AtomCount = 12, Decoder = new PolynomialDecoderOptions { Rank = 5 } };
        using var backend = new CpuBackend(1);
        using var network = new SaeNetwork(backend, SaeSpec.Learning(DecoderForm.Signals(64, 4, 1), options, new TrainingOptions { Seed = 1 }, RunContext.Default), options, new TrainingOptions { LearningRate = 0.1f });
        var batch = new SignalBatch(64, 4);
        ((ActivationSource)DecoderForm.Signals(64, 4, 1)).Read(batch);
        network.Load(batch);
        for (int step = 1; step <= 10; step++)
        {
            network.Backward(step);
            network.Optimize(step);
            float[] basis = Read(backend, network, "decoder.atoms");
            for (int i = 0; i < 25; i++)
            {
                double dot = Enumerable.Range(0, 12).Sum(row => (double)basis[(row * 5) + (i / 5)] * basis[(row * 5) + (i % 5)]);
                Assert.That(dot, Is.EqualTo(i / 5 == i % 5 ? 1 : 0).Within(1e-5), $"step {step}");
            }
        }
    }

    [Test]
    public void Crosscoder_OneView_IsTheFreeLinearDecoder()
    {
        SaeEncoder Fit(SaeDecoderOptions decoder) => new SaeEncoder(new SaeOptions { AtomCount = 9, Decoder = decoder, Penalty = new TanhPenalty { Weight = 0.1f } }, s_training).Fit(DecoderForm.Signals(200, 4, 1));
        float[] one = Values(Fit(new CrosscoderDecoderOptions { ViewDimensions = [4] }).Dictionary.ToTensor()), linear = Values(Fit(new LinearDecoderOptions { UnitNorm = false }).Dictionary.ToTensor());
        Assert.That(one, Is.EqualTo(linear).Within(1e-3));
    }

    [Test]
    public void Archetypal_AfterSteps_WeightsAreConvexAndSlackIsSmall([Values(0f, 0.125f)] float relaxation)
    {
        var options = new SaeOptions { AtomCount = 9, Decoder = new ArchetypalDecoderOptions { Points = 6, Relaxation = relaxation } };
        using var backend = new CpuBackend(1);
        using var network = new SaeNetwork(backend, SaeSpec.Learning(DecoderForm.Signals(64, 4, 1), options, new TrainingOptions { Seed = 1 }, RunContext.Default), options, new TrainingOptions { LearningRate = 0.05f });
        var batch = new SignalBatch(64, 4);
        ((ActivationSource)DecoderForm.Signals(64, 4, 1)).Read(batch);
        network.Load(batch);
        for (int step = 1; step <= 10; step++)
        {
            network.Backward(step);
            network.Optimize(step);
        }

        foreach (float[] row in Read(backend, network, "decoder.weights").Chunk(6))
        {
            Assert.That(row, Has.All.GreaterThanOrEqualTo(0));
            Assert.That(row.Sum(v => (double)v), Is.EqualTo(1).Within(1e-6));
        }

        double[] norms = [.. Read(backend, network, "decoder.slack").Chunk(4).Select(row => Math.Sqrt(row.Sum(v => (double)v * v)))];
        Assert.That(norms, Has.All.LessThanOrEqualTo(relaxation * 1.00001));
        Assert.That(norms.Max(), relaxation == 0 ? Is.Zero : Is.EqualTo(relaxation).Within(1e-5));
    }

    [Test]
    public void FoldNorm_JumpRelu_HasUnitAtomsAndTheSameReconstruction()
    {
        foreach (Selection selection in (Selection[])[Selection.Relu, new JumpReluSelection(), Selection.BatchTopK(2)])
        {
            SaeEncoder Fit(bool fold) => new SaeEncoder(
                new SaeOptions { AtomCount = 9, Selection = selection, Decoder = new LinearDecoderOptions { UnitNorm = false, FoldNorm = fold }, Normalization = InputNormalization.MeanNorm },
                s_training).Fit(DecoderForm.Signals(200, 4, 1));
            SaeEncoder free = Fit(false), folded = Fit(true);
            float[,] signals = DecoderForm.Signals(60, 4, 8);
            var norms = new float[9];
            folded.Dictionary.CopyNorms(norms);
            Assert.That(norms, Has.All.EqualTo(1).Within(1e-5));
            free.Dictionary.CopyNorms(norms);
            Assert.That(norms, Has.Some.Not.EqualTo(1).Within(1e-2));
            Assert.That(Values(folded.Dictionary.Decode(folded.Encode(signals))), Is.EqualTo(Values(free.Dictionary.Decode(free.Encode(signals)))).Within(1e-4));
            Assert.That(folded.Encode(signals).Atoms.ToArray(), Is.EqualTo(free.Encode(signals).Atoms.ToArray()));
        }
    }

    [Test]
    public void Evaluate_Transcoder_MeasuresAgainstItsTargets()
    {
        ActivationSource signals = DecoderForm.Signals(300, 4, 5), pairs = signals.WithTargets(Predicted(300));
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 9, Decoder = new TranscoderDecoderOptions { OutputDimension = 3, Skip = true } }, new TrainingOptions { Steps = 400, BatchSize = 64, LearningRate = 0.01f }).Fit(pairs);
        float[] predicted = Values(sae.Decoder.Decode(sae.Encode(DecoderForm.Signals(300, 4, 5)), DecoderForm.Signals(300, 4, 5)));
        float[,] targets = Predicted(300);
        double errors = 0;
        for (int i = 0; i < predicted.Length; i++)
        {
            errors += Math.Pow((double)predicted[i] - targets[i / 3, i % 3], 2);
        }

        EncoderReport report = Evaluation.Evaluate(sae, pairs);
        Assert.That(report.Mse, Is.EqualTo(errors / 900).Within(1e-6 * errors));
        Assert.That(report.Fvu, Is.LessThan(0.3));
        Assert.That(() => Evaluation.Evaluate(sae, signals), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("WithTargets"));
        Assert.That(() => sae.EncodeDetailed(DecoderForm.Signals(3, 4, 5)), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("targets"));
        Assert.That(() => sae.Decoder.Decode(sae.Encode(DecoderForm.Signals(3, 4, 5))), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("signals"));
        Assert.That(() => sae.Dictionary, Throws.InstanceOf<NotSupportedException>().With.Message.Contains("transcoder"));
        Assert.That(() => AmortisationGap.Check(new AtomDictionary(DecoderForm.Signals(9, 4, 3)), 2, sae), Throws.ArgumentException.With.Message.Contains("transcoder"));
        Assert.That(((TranscoderDecoder)sae.Decoder).Atoms.Dimension, Is.EqualTo(3));
    }

    [Test]
    public void Evaluate_Crosscoder_SaysHowEachViewIsExplained()
    {
        float[,] signals = DecoderForm.Signals(300, 4, 5);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 9, Decoder = new CrosscoderDecoderOptions { ViewDimensions = [1, 3] } }, s_training).Fit(signals);
        EncoderReport report = Evaluation.Evaluate(sae, signals);
        Assert.That(report.Views, Has.Count.EqualTo(2));
        Assert.That(((1 * report.Views[0].Mse) + (3 * report.Views[1].Mse)) / 4, Is.EqualTo(report.Mse).Within(1e-9));
        Assert.That(report.Views[0].Fvu, Is.Not.EqualTo(report.Views[1].Fvu));
    }

    [Test]
    public void EncodeDetailed_RowNormalised_HasTheResidualOfTheSignals()
    {
        float[,] signals = DecoderForm.Signals(1100, 4, 5);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 9, Normalization = InputNormalization.LayerNorm }, s_training).Fit(signals);
        EncodeResult result = sae.EncodeDetailed(signals);
        float[] decoded = Values(sae.Decoder.Decode(result.Codes, signals));
        double expected = Enumerable.Range(0, 4).Sum(j => Math.Pow((double)decoded[(1090 * 4) + j] - signals[1090, j], 2));
        Assert.That(result.Accuracies[1090], Is.EqualTo(expected).Within(1e-9));
        Assert.That(() => sae.Decoder.Decode(result.Codes), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("LayerNorm"));
        Assert.That(() => sae.Dictionary, Throws.InstanceOf<NotSupportedException>().With.Message.Contains("LayerNorm"));
        Assert.That(AmortisationGap.Check(new AtomDictionary(DecoderForm.Signals(9, 4, 3)), 2, sae).Applies, Is.False);
    }

    [Test]
    public void RowNormalisation_OfARowOfZeros_IsZero()
    {
        foreach (InputNormalization mode in (InputNormalization[])[InputNormalization.RowNorm, InputNormalization.LayerNorm])
        {
            float[,] signals = DecoderForm.Signals(100, 4, 5);
            SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 9, Normalization = mode }, s_training).Fit(signals);
            var zero = new float[1, 4];
            SparseCodes codes = sae.Encode(zero);
            Assert.That(codes.Values.ToArray(), Has.All.Matches<float>(float.IsFinite));
            Assert.That(Values(sae.Decoder.Decode(codes, zero)), Is.EqualTo(new float[4]).Within(mode == InputNormalization.RowNorm ? 0 : 1e-3));
        }
    }

    [Test]
    public void Options_ThatDoNotFit_AreRefusedByName()
    {
        float[,] signals = DecoderForm.Signals(40, 4, 5);
        ActivationSource pairs = ((ActivationSource)signals).WithTargets(Predicted(40));
        void Refused<T>(string word, SaeOptions options, ActivationSource? source = null)
            where T : Exception =>
            Assert.That(Assert.Throws<T>(() => new SaeEncoder(options, s_training).Fit(source ?? signals))!.Message, Does.Contain(word));
        var plain = new SaeOptions { AtomCount = 9 };
        Refused<ArgumentException>("NormalizationFactor", plain with { Normalization = InputNormalization.Constant });
        Refused<ArgumentException>("NormalizationFactor", plain with { NormalizationFactor = 2 });
        Refused<NotSupportedException>("RowNorm", plain with { Normalization = InputNormalization.RowNorm, Decoder = new TranscoderDecoderOptions { OutputDimension = 3 } }, pairs);
        Refused<ArgumentException>("WithTargets", plain with { Decoder = new TranscoderDecoderOptions { OutputDimension = 3 } });
        Refused<ArgumentException>("targets", plain, pairs);
        Refused<ArgumentException>("ViewDimensions", plain with { Decoder = new CrosscoderDecoderOptions { ViewDimensions = [2, 3] } });
        Refused<ArgumentException>("points", plain with { Decoder = new ArchetypalDecoderOptions { Points = 41 } });
        Refused<ArgumentException>("Rank", plain with { Decoder = new PolynomialDecoderOptions { Rank = 10 } });
        Refused<NotSupportedException>("Remedies", plain with { Decoder = new PolynomialDecoderOptions(), Remedies = [new AuxKRemedy()] });
        Refused<NotSupportedException>("norms", plain with { Decoder = new PolynomialDecoderOptions(), Penalty = new L1Penalty { Weight = 0.1f, TimesDecoderNorm = true } });
        Refused<NotSupportedException>("TanhPenalty", plain with { Decoder = new PolynomialDecoderOptions(), Penalty = new TanhPenalty { Weight = 0.1f } });
        Refused<NotSupportedException>("FoldNorm", plain with { Selection = Selection.TopK(2), Decoder = new LinearDecoderOptions { UnitNorm = false, FoldNorm = true } });
        Refused<ArgumentException>("FoldNorm", plain with { Decoder = new LinearDecoderOptions { FoldNorm = true } });
        var known = new AtomDictionary(DecoderForm.Signals(9, 4, 3));
        Assert.That(() => new SaeEncoder(plain with { Decoder = new PolynomialDecoderOptions() }, s_training).Fit(signals, known), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("Decoder"));
        Assert.That(() => new MlpEncoder(new MlpOptions { AtomCount = 9, Normalization = InputNormalization.LayerNorm }, s_training).Fit(signals), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("LayerNorm"));
        Assert.That(() => new MlpEncoder(new MlpOptions { AtomCount = 9 }, s_training).Fit(pairs), Throws.ArgumentException.With.Message.Contains("targets"));
        Assert.That(() => ((ActivationSource)signals).WithTargets(Predicted(39)), Throws.ArgumentException.With.Message.Contains("39"));
        SaeEncoder trained = new SaeEncoder(plain with { Normalization = InputNormalization.Standardize }, s_training).Fit(signals);
        Assert.That(() => trained.CreateTrainer(signals), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("Standardize"));
    }

    [Test]
    public void Step_BatchWithTargets_TrainsATranscoderAndIsRefusedElsewhere()
    {
        ActivationSource pairs = ((ActivationSource)DecoderForm.Signals(40, 4, 5)).WithTargets(Predicted(40));
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 9, Decoder = new TranscoderDecoderOptions { OutputDimension = 3 } }, s_training).CreateTrainer(pairs);
        var batch = new SignalBatch(8, 4) { Count = 8 };
        Assert.That(() => trainer.Step(batch), Throws.ArgumentException.With.Message.Contains("targets"));
        pairs.Gather([1, 3, 5, 7, 9, 11, 13, 15], batch);
        trainer.Step(batch);
        double before = trainer.MeasureLoss();
        for (int i = 0; i < 200; i++)
        {
            trainer.Step(batch);
        }

        Assert.That(trainer.MeasureLoss(), Is.LessThan(before));
        batch.Targets[4] = float.NaN;
        Assert.That(() => trainer.Step(batch), Throws.ArgumentException.With.Message.Contains("row 1"));
        using SaeTrainer plain = new SaeEncoder(new SaeOptions { AtomCount = 9 }, s_training).CreateTrainer(DecoderForm.Signals(40, 4, 5));
        Assert.That(() => plain.Step(batch), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("targets"));
    }

    [Test]
    public void PairedSource_StreamedSelectedAndSplit_KeepsRowsTogether()
    {
        ActivationSource pairs = ((ActivationSource)DecoderForm.Signals(40, 4, 5)).WithTargets(Predicted(40));
        (ActivationSource first, ActivationSource second) = pairs.Split(0.5);
        var batch = new SignalBatch(7, 4);
        second.Position = 15;
        second.Read(batch);
        Assert.That((batch.Count, batch.TargetDimension, second.TargetDimension), Is.EqualTo((5, 3, 3)));
        float[,] targets = Predicted(40);
        for (int i = 0; i < 15; i++)
        {
            Assert.That(batch.Targets[i], Is.EqualTo(targets[35 + (i / 3), i % 3]));
        }

        first.SelectRows([4, 2]).Read(batch);
        Assert.That(batch.Targets.ToArray(), Is.EqualTo(new[] { targets[4, 0], targets[4, 1], targets[4, 2], targets[2, 0], targets[2, 1], targets[2, 2] }));
    }

    /// <summary>Targets that are a function of the signals of seed 5: their first three coordinates through a kink.</summary>
    private static float[,] Predicted(int rows)
    {
        float[,] signals = DecoderForm.Signals(rows, 4, 5), targets = new float[rows, 3];
        for (int i = 0; i < targets.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, 3);
            targets[row, column] = Math.Max(signals[row, column], 0.5f) - (0.5f * signals[row, 3]);
        }

        return targets;
    }

    private static float[] Read(Backend backend, SaeNetwork network, string name)
    {
        DeviceMatrix matrix = network.StateMatrices().First(entry => entry.Name == name).Matrix;
        var values = new float[matrix.Length];
        backend.Read(matrix, 0, values);
        return values;
    }

    private static float[] Values(System.Numerics.Tensors.Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private static void Same(SaeEncoder actual, SaeEncoder expected)
    {
        float[,] signals = DecoderForm.Signals(64, DecoderForm.Dimension, 9);
        SparseCodes a = actual.Encode(signals), b = expected.Encode(signals);
        Assert.That(a.Values.ToArray(), Is.EqualTo(b.Values.ToArray()));
        Assert.That(a.Atoms.ToArray(), Is.EqualTo(b.Atoms.ToArray()));
        Assert.That(Values(actual.Decoder.Decode(a, signals)), Is.EqualTo(Values(expected.Decoder.Decode(b, signals))));
    }
}
