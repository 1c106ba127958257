using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>What an unrolled encoder is before training, what training brings, and what its options refuse.</summary>
public sealed class ListaTests
{
    [Test]
    public void Layer_OfAnUntrainedEncoder_IsAnIterationOfIsta([Values(ListaWeights.Coupled, ListaWeights.Free)] ListaWeights weights, [Values] bool nonNegative, [Values] bool tied)
    {
        const float Lambda = 0.07f;
        foreach (AtomDictionary dictionary in (AtomDictionary[])[Plain, Affine])
        {
            ListaEncoder untrained = new ListaEncoder(new ListaOptions { AtomCount = Atoms, LayerCount = 5, Lambda = Lambda, Weights = weights, NonNegative = nonNegative, Tied = tied }, new TrainingOptions { Steps = 0 })
                .Fit(Signals, dictionary);
            double[][] expected = Ista(dictionary, 1 / dictionary.SpectralBound(), Lambda, 5, nonNegative);
            for (int layer = 1; layer <= 5; layer++)
            {
                float[] actual = Values(untrained.FirstLayers(layer).Encode(Signals).ToDense());
                for (int i = 0; i < actual.Length; i++)
                {
                    Assert.That(actual[i], Is.EqualTo(expected[layer - 1][i]).Within(1e-6 * (1 + Math.Abs(expected[layer - 1][i]))), $"layer {layer}, row {i / Atoms}, atom {i % Atoms}");
                }
            }
        }
    }

    [Test]
    public void Fit_OnSignals_LowersTheLassoObjectiveBelowIstaOfAsManyIterations([Values] ListaWeights weights, [Values] bool nonNegative)
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 24, Measurements = 12, Active = 2, Samples = 600, Seed = 3, Codes = nonNegative ? CodeDistribution.HalfNormal : CodeDistribution.Normal });
        (SyntheticData train, SyntheticData test) = world.Split(0.7);
        var options = new ListaOptions { AtomCount = 24, LayerCount = 4, Lambda = 0.05f, Weights = weights, NonNegative = nonNegative };
        var training = new TrainingOptions { Steps = 300, BatchSize = 64, LearningRate = 3e-3f };
        double before = Objective(new ListaEncoder(options, training with { Steps = 0 }).Fit(train.Signals, world.Dictionary), test.Signals, 0.05);
        double after = Objective(new ListaEncoder(options, training).Fit(train.Signals, world.Dictionary), test.Signals, 0.05);
        Assert.That(after, Is.LessThan(0.8 * before), $"before {before}");
    }

    [TestCase(ListaWeights.Analytic, 160, 10)]
    [TestCase(ListaWeights.Coupled, 250, 5)]
    public void Fit_OnKnownCodes_IsFarBelowFistaOfAsManyIterations(ListaWeights weights, int steps, double decibels)
    {
        // The benchmark of the papers at a fifth of its size; the full one is docs/results/lista.md.
        const int Count = 100, Layers = 16;
        SyntheticData World(int samples, long seed) => SyntheticData.Generate(new SyntheticDataOptions { Sources = Count, Measurements = 50, ActiveProbability = 0.1, Codes = CodeDistribution.Normal, Samples = samples, Seed = seed });
        SyntheticData test = World(200, 1);
        SparseCodes known = World(8192, 2).Codes;
        Tensor<float> signals = test.Dictionary.Decode(known);
        var training = new TrainingOptions { Steps = steps, BatchSize = 64, CodeLoss = CodeLoss.SquaredError, LearningRate = new Schedule { Value = weights == ListaWeights.Analytic ? 0.01f : 4e-3f, DecayShare = 0.3 } };
        var recipe = new ListaEncoder(new ListaOptions { AtomCount = Count, LayerCount = Layers, Weights = weights, SupportShare = 0.02f, Lambda = 0.3f }, training);
        ListaEncoder lista = recipe.Fit(signals, known);
        double best = ((float[])[0.05f, 0.1f, 0.2f]).Min(lambda => Decibel(Fista(test, lambda, Layers), test.Codes));
        double reached = Decibel(Values(lista.Encode(test.Signals).ToDense()), test.Codes);
        Assert.That(reached, Is.LessThan(best - decibels), $"FISTA-16 at its best λ has {best:F1} dB");
    }

    [Test]
    public void Fit_OnKnownCodes_HasTheDictionaryOfLeastSquares()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 400, Seed = 3 });
        ListaEncoder trained = new ListaEncoder(new ListaOptions { AtomCount = 12, LayerCount = 2 }, new TrainingOptions { Steps = 3, BatchSize = 32 }).Fit(world.Signals, world.Codes);
        Assert.That(trained.Dictionary.AtomValues.ToArray(), Is.EqualTo(world.Dictionary.AtomValues.ToArray()).Within(1e-5));
    }

    [Test]
    public void CreateTrainer_OfAFittedEncoder_GoesOnFromItsWeights([Values] bool known)
    {
        ListaEncoder first = new ListaEncoder(new ListaOptions { AtomCount = Atoms, LayerCount = 3, Lambda = 0.05f, Bias = false }, new TrainingOptions { Steps = 20, BatchSize = 16 }).Fit(Signals, Plain);
        using ListaTrainer trainer = known ? first.CreateTrainer(Signals, Plain) : first.CreateTrainer(Signals);
        AssertSameBits(trainer.Snapshot().Encode(Signals), first.Encode(Signals), "before the first step");
        trainer.Step(Signals);
        Assert.That(trainer.Snapshot().Dictionary.AtomValues.SequenceEqual(Plain.AtomValues), Is.EqualTo(known));
        if (known)
        {
            var other = new AtomDictionary(TestMatrices.Dictionary<float>(Atoms, Dimension, 8), Dimension);
            Assert.That(MessageOf<NotSupportedException>(() => first.CreateTrainer(Signals, other)), Does.Contain("another dictionary"));
        }
    }

    [Test]
    public void CreateTrainer_BatchesWithCodes_LearnFromThemOnTheKnownDictionary()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 256, Seed = 3, Codes = CodeDistribution.Normal });
        var batch = new SignalBatch(256, 8) { Count = 256, Codes = world.Codes };
        world.Signals.FlattenTo(batch.Signals);
        using ListaTrainer trainer = new ListaEncoder(new ListaOptions { AtomCount = 12, LayerCount = 3 }, new TrainingOptions { Steps = 60, CodeLoss = CodeLoss.SquaredError, LearningRate = 0.01f })
            .CreateTrainer(world.Signals, world.Dictionary);
        trainer.Step(batch);
        double first = trainer.MeasureLoss();
        for (int i = 1; i < 60; i++)
        {
            trainer.Step(batch);
        }

        Assert.That(trainer.MeasureLoss(), Is.LessThan(0.5 * first));
        AssertSameBits(trainer.Snapshot().Dictionary, world.Dictionary, "known dictionary");
    }

    [Test]
    public void Options_ThatContradict_AreRefusedByName() => Assert.Multiple(() =>
    {
        var options = new ListaOptions { AtomCount = Atoms };
        Assert.That(MessageOf<ArgumentException>(() => _ = new ListaEncoder(options with { Tied = true, Weights = ListaWeights.Analytic })), Does.Contain("Tied").And.Contains("Analytic"));
        Assert.That(MessageOf<ArgumentException>(() => _ = new ListaEncoder(options, new TrainingOptions { Lambda = 0.3f })), Does.Contain("0.3").And.Contains("ListaOptions.Lambda"));
        Assert.That(MessageOf<NotSupportedException>(() => new ListaEncoder(options with { Weights = ListaWeights.Analytic }).Fit(Signals)), Does.Contain("Analytic").And.Contains("known"));
        Assert.That(MessageOf<NotSupportedException>(() => new ListaEncoder(options, new TrainingOptions { Initialization = Initialization.DataPoints }).Fit(Signals)), Does.Contain("DataPoints"));
        Assert.That(MessageOf<NotSupportedException>(() => new ListaEncoder(options with { Normalization = InputNormalization.MeanNorm }).Fit(Signals, Plain)), Does.Contain("Normalization"));
        Assert.Catch<ArgumentNullException>(() => _ = new ListaEncoder(null!));
        ListaEncoder fitted = new ListaEncoder(options with { LayerCount = 2 }, new TrainingOptions { Steps = 0 }).Fit(Signals, Plain);
        Assert.That(Assert.Catch<ArgumentOutOfRangeException>(() => fitted.FirstLayers(3))!.ParamName, Is.EqualTo("count"));
        Assert.That(Assert.Catch<ArgumentOutOfRangeException>(() => fitted.FirstLayers(0))!.ParamName, Is.EqualTo("count"));
    });

    /// <summary>ISTA in double precision from the formulas: the codes [samples · atoms] after each iteration.</summary>
    private static double[][] Ista(AtomDictionary dictionary, double step, double lambda, int iterations, bool nonNegative)
    {
        float[] x = Values(Signals), d = dictionary.AtomValues.ToArray(), offset = dictionary.HasOffset ? dictionary.OffsetValues.ToArray() : new float[Dimension];
        var all = new double[iterations][];
        var z = new double[Rows * Atoms];
        for (int k = 0; k < iterations; k++)
        {
            var next = new double[z.Length];
            for (int row = 0; row < Rows; row++)
            {
                double[] r = [.. Enumerable.Range(0, Dimension).Select(j => (((double)x[(row * Dimension) + j] - offset[j]) / dictionary.Scale) - Enumerable.Range(0, Atoms).Sum(i => z[(row * Atoms) + i] * d[(i * Dimension) + j]))];
                for (int i = 0; i < Atoms; i++)
                {
                    double v = z[(row * Atoms) + i] + (step * Enumerable.Range(0, Dimension).Sum(j => r[j] * d[(i * Dimension) + j]));
                    next[(row * Atoms) + i] = nonNegative ? Math.Max(v - (lambda * step), 0) : Math.Sign(v) * Math.Max(Math.Abs(v) - (lambda * step), 0);
                }
            }

            all[k] = z = next;
        }

        return all;
    }

    /// <summary>FISTA as it is printed, without restart or refit.</summary>
    private static float[] Fista(SyntheticData world, float lambda, int iterations)
    {
        int n = world.Dictionary.AtomCount, m = world.Dictionary.Dimension, rows = world.Codes.RowCount;
        float[] d = world.Dictionary.AtomValues.ToArray(), x = Values(world.Signals), codes = new float[rows * n];
        float step = (float)(1 / world.Dictionary.SpectralBound());
        for (int row = 0; row < rows; row++)
        {
            float[] z = new float[n], ahead = new float[n], residual = new float[m];
            double momentum = 1;
            for (int k = 0; k < iterations; k++)
            {
                x.AsSpan(row * m, m).CopyTo(residual);
                for (int i = 0; i < n; i++)
                {
                    TensorPrimitives.MultiplyAdd(d.AsSpan(i * m, m), -ahead[i], residual, residual);
                }

                double next = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
                for (int i = 0; i < n; i++)
                {
                    float v = ahead[i] + (step * TensorPrimitives.Dot<float>(d.AsSpan(i * m, m), residual)), shrunk = MathF.Sign(v) * MathF.Max(MathF.Abs(v) - (lambda * step), 0);
                    ahead[i] = shrunk + ((float)((momentum - 1) / next) * (shrunk - z[i]));
                    z[i] = shrunk;
                }

                momentum = next;
            }

            z.CopyTo(codes, row * n);
        }

        return codes;
    }

    private static double Decibel(float[] codes, SparseCodes truth)
    {
        float[] wanted = Values(truth.ToDense());
        return 10 * Math.Log10(wanted.Zip(codes, (a, b) => ((double)a - b) * (a - b)).Sum() / wanted.Sum(v => (double)v * v));
    }

    private static double Objective(ListaEncoder encoder, Tensor<float> signals, double lambda)
    {
        EncodeResult result = encoder.EncodeDetailed(signals);
        return ((0.5 * result.Accuracies.ToArray().Sum()) + (lambda * result.Codes.Values.ToArray().Sum(v => Math.Abs((double)v)))) / result.Codes.RowCount;
    }
}
