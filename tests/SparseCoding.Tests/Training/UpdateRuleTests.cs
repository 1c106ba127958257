using SparseCoding.Backends;

namespace SparseCoding.Tests.Training;

/// <summary>Clipping, averaging and pieces of a batch, each by a law that says what it may and may not change.</summary>
public sealed class UpdateRuleTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 6, Active = 2, Samples = 256, Seed = 1 });

    private static TrainingOptions Plain => new() { Steps = 8, BatchSize = 32, Seed = 3, LearningRate = 0.01f };

    private static MlpTrainer Trainer(TrainingOptions training) =>
        new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [9] }, training).CreateTrainer(World.Signals);

    private static float[] Weights(MlpEncoder encoder) =>
        [.. encoder.Dictionary.AtomValues, .. encoder.Dictionary.OffsetValues, .. encoder.State.Layers.SelectMany(l => l.Weights)];

    private static float[] Trained(TrainingOptions training)
    {
        using MlpTrainer trainer = Trainer(training);
        trainer.Run(World.Signals);
        return Weights(trainer.Snapshot());
    }

    [Test]
    public void ClipFactor_OfGradients_IsTheRatioOfLimitAndNorm()
    {
        using Backend backend = ComputeDevice.Cpu.CreateBackend(1);
        DeviceMatrix a = backend.Allocate(3, 5), b = backend.Allocate(1, 4), factor = backend.Allocate(1, 1);
        var random = new Random(4);
        foreach (double size in (double[])[1e-12, 1e-3, 1, 1e6])
        {
            float[] x = [.. Enumerable.Range(0, 15).Select(_ => (float)(size * (random.NextDouble() - 0.5)))], y = [.. Enumerable.Range(0, 4).Select(_ => (float)(size * random.NextDouble()))];
            backend.Write(a, 0, x);
            backend.Write(b, 0, y);
            double norm = Math.Sqrt(x.Concat(y).Sum(v => (double)v * v));
            foreach (double limit in (double[])[norm * 0.01, norm * 0.5, norm * 1.001, norm * 1e4])
            {
                backend.ClipFactor([a, b], (float)limit, factor);
                Assert.That(backend.ReadLagged(factor), Is.EqualTo(Math.Min(1, limit / norm)).Within(1e-6).Percent.Or.EqualTo(Math.Min(1, limit / norm)).Within(2e-6), $"size {size}, limit {limit}");
            }
        }

        backend.Fill(a, 0);
        backend.Fill(b, 0);
        backend.ClipFactor([a, b], 1, factor);
        Assert.That(backend.ReadLagged(factor), Is.EqualTo(1), "no gradient");
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
        {
            backend.Fill(b, bad);
            backend.ClipFactor([a, b], 1, factor);
            Assert.That(backend.ReadLagged(factor), Is.NaN, $"{bad}");
        }
    }

    [Test]
    public void Run_ClippedAboveEveryNorm_GivesTheBitsOfNoClipping() =>
        Assert.That(Trained(Plain with { ClipNorm = 1e6f }), Is.EqualTo(Trained(Plain)));

    [Test]
    public void Run_ClippedTightly_ChangesSizesButNotSigns()
    {
        // Signum without momentum looks at signs alone, and scaling changes none; the same without clipping moves Adam.
        TrainingOptions signs = Plain with { Optimizer = new SignumOptions { Momentum = 0 } };
        Assert.That(Trained(signs with { ClipNorm = 1e-3f }), Is.EqualTo(Trained(signs)));
        TrainingOptions adam = Plain with { Optimizer = new AdamOptions { Epsilon = 0.1f } };
        Assert.That(Trained(adam with { ClipNorm = 1e-3f }), Is.Not.EqualTo(Trained(adam)));
    }

    [Test]
    public void Run_Signum_MovesEveryEntryByTheRate()
    {
        using MlpTrainer trainer = Trainer(Plain with { Optimizer = new SignumOptions(), LearningRate = 0.25f });
        float[] before = [.. trainer.Snapshot().State.Layers[0].Weights];
        trainer.Step(World.Signals);
        float[] after = trainer.Snapshot().State.Layers[0].Weights;
        float[] moved = [.. before.Zip(after, (a, b) => Math.Abs(a - b))];
        Assert.That(moved.Where(m => m > 0.01), Is.All.EqualTo(0.25f).Within(1e-6));
        Assert.That(moved.Count(m => m > 0.01), Is.GreaterThan(before.Length / 2));
    }

    [Test]
    public void Fit_Signum_Learns()
    {
        var options = new MlpOptions { AtomCount = 12, Hidden = [9] };
        TrainingOptions training = new() { Steps = 600, BatchSize = 64, Seed = 3, Optimizer = new SignumOptions(), LearningRate = new Schedule { Value = 3e-3f, DecayShare = 0.5 } };
        MlpEncoder trained = new MlpEncoder(options, training).Fit(World.Signals);
        IReadOnlyList<TrainingPoint> curve = trained.Training!.Curve;
        Assert.That(curve[^1].Loss, Is.LessThan(0.5 * curve[0].Loss));
    }

    /// <summary>Against the formulas in double precision, tall and wide, two steps so that the momentum counts; and what comes out is near an orthogonal factor.</summary>
    [TestCase(9, 4)]
    [TestCase(4, 9)]
    [TestCase(6, 6)]
    public void OptimizeOrthogonal_TwoSteps_AreThoseOfTheFormulas(int rows, int columns)
    {
        double[][] gradients = [TestMatrices.Normal<double>(rows, columns, 1), TestMatrices.Normal<double>(rows, columns, 2)];
        double[] weights = TestMatrices.Normal<double>(rows, columns, 3), moment = new double[weights.Length];
        using Backend reference = new ReferenceBackend(), cpu = ComputeDevice.Cpu.CreateBackend(2);
        (Backend Backend, DeviceMatrix Weights, DeviceMatrix Gradient, DeviceMatrix First)[] sides = [.. ((Backend[])[reference, cpu]).Select(backend =>
            (backend, backend.Allocate(rows, columns), backend.Allocate(rows, columns), backend.Allocate(rows, columns)))];
        foreach (var side in sides)
        {
            side.Backend.Write(side.Weights, 0, Array.ConvertAll(weights, w => (float)w));
        }

        weights = Array.ConvertAll(weights, w => (double)(float)w);
        foreach (double[] gradient in gradients)
        {
            double[] g = Array.ConvertAll(gradient, v => (double)(float)v);
            foreach (var side in sides)
            {
                side.Backend.Write(side.Gradient, 0, Array.ConvertAll(g, v => (float)v));
                side.Backend.OptimizeOrthogonal(side.Weights, side.Gradient, side.First, new OptimizerStep { LearningRate = 0.5f, Beta1 = 0.75f, Beta2 = 0, Epsilon = 0, Number = 1 }, 5);
            }

            moment = [.. moment.Zip(g, (m, v) => (0.75 * m) + v)];
            double[] factor = Orthogonal([.. g.Zip(moment, (v, m) => v + (0.75 * m))], rows, columns);
            weights = [.. weights.Zip(factor, (w, o) => w - (0.5 * Math.Sqrt(Math.Max(1, (double)rows / columns)) * o))];
            double[] trace = Times(factor, true, factor, false, rows, columns);
            Assert.That(Enumerable.Range(0, columns).Sum(i => trace[(i * columns) + i]), Is.InRange(0.5 * Math.Min(rows, columns), 1.6 * Math.Min(rows, columns)), "squares of singular values near 1");
            foreach (var side in sides)
            {
                var actual = new float[weights.Length];
                side.Backend.Read(side.Weights, 0, actual);
                // The powers of the first coefficient are float32 numbers on every backend; 3.4⁵ of their rounding is left.
                Assert.That(actual, Is.EqualTo(weights).Within(side.Backend == reference ? 1e-5 : 1e-4), side.Backend.Name);
            }
        }
    }

    [Test]
    public void OptimizeOrthogonal_WithoutGradient_MovesNothing_AndNaNShows()
    {
        using Backend backend = ComputeDevice.Cpu.CreateBackend(1);
        DeviceMatrix weights = backend.Allocate(5, 3), gradient = backend.Allocate(5, 3), first = backend.Allocate(5, 3);
        backend.Fill(weights, 2);
        var step = new OptimizerStep { LearningRate = 0.5f, Beta1 = 0.9f, Beta2 = 0, Epsilon = 0, Number = 1 };
        backend.OptimizeOrthogonal(weights, gradient, first, step, 5);
        var after = new float[15];
        backend.Read(weights, 0, after);
        Assert.That(after, Is.All.EqualTo(2));
        Assert.That(backend.HasNonFinite(), Is.False);
        backend.Fill(gradient, float.NaN);
        backend.OptimizeOrthogonal(weights, gradient, first, step, 5);
        Assert.That(backend.HasNonFinite(), Is.True);
    }

    [Test]
    public void Fit_Muon_Learns_AndCountsItsRounds()
    {
        var options = new MlpOptions { AtomCount = 12, Hidden = [9] };
        TrainingOptions training = new() { Steps = 300, BatchSize = 64, Seed = 3, Optimizer = new MuonOptions(), LearningRate = new Schedule { Value = 3e-3f, DecayShare = 0.5 } };
        MlpEncoder trained = new MlpEncoder(options, training).Fit(World.Signals), adam = new MlpEncoder(options, training with { Optimizer = new AdamOptions() }).Fit(World.Signals);
        IReadOnlyList<TrainingPoint> curve = trained.Training!.Curve;
        Assert.That(curve[^1].Loss, Is.LessThan(0.5 * curve[0].Loss));
        Assert.That(trained.Training.Flops.Value, Is.GreaterThan(adam.Training!.Flops.Value));
        Assert.That(() => new MuonOptions { Iterations = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MuonOptions { VectorRate = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>X ← aX + (bA + cA²)X with A = XXᵀ, whatever the shape.</summary>
    private static double[] Orthogonal(double[] u, int rows, int columns)
    {
        double norm = Math.Sqrt(u.Sum(v => v * v));
        double[] x = [.. u.Select(v => v / norm)];
        for (int round = 0; round < 5; round++)
        {
            double[] ax = Times(Times(x, false, x, true, columns, rows), false, x, false, rows, rows, columns), aax = Times(Times(x, false, x, true, columns, rows), false, ax, false, rows, rows, columns);
            x = [.. Enumerable.Range(0, x.Length).Select(i => (3.4445 * x[i]) - (4.775 * ax[i]) + (2.0315 * aax[i]))];
        }

        return x;
    }

    /// <summary>The square product of a matrix with itself over its inner side.</summary>
    private static double[] Times(double[] a, bool transposeA, double[] b, bool transposeB, int inner, int side) => Product(a, transposeA ? (1, side) : (inner, 1), b, transposeB ? (1, inner) : (side, 1), side, inner, side);

    private static double[] Times(double[] a, bool transposeA, double[] b, bool transposeB, int side, int inner, int columns) => Product(a, transposeA ? (1, side) : (inner, 1), b, transposeB ? (1, inner) : (columns, 1), side, inner, columns);

    private static double[] Product(double[] a, (int Row, int Column) strideA, double[] b, (int Row, int Column) strideB, int rows, int inner, int columns) =>
        [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select Enumerable.Range(0, inner).Sum(k => a[(i * strideA.Row) + (k * strideA.Column)] * b[(k * strideB.Row) + (j * strideB.Column)])];

    [Test]
    public void Snapshot_Averaged_IsTheCorrectedAverageOfTheWeights()
    {
        const float Decay = 0.7f;
        using MlpTrainer plain = Trainer(Plain), averaged = Trainer(Plain with { AveragingDecay = Decay });
        Assert.That(Weights(averaged.Snapshot()), Is.EqualTo(Weights(plain.Snapshot())), "before the first step there is nothing to average");
        double[]? sum = null;
        double norm = 0;
        var batch = new SignalBatch(32, 6);
        for (int step = 0; step < 8; step++)
        {
            plain.Step(Rows(step));
            averaged.Step(Rows(step));
            float[] now = [.. plain.Snapshot().State.Layers.SelectMany(l => l.Weights)];
            sum ??= new double[now.Length];
            norm = (norm * Decay) + 1 - Decay;
            for (int i = 0; i < now.Length; i++)
            {
                sum[i] = (sum[i] * Decay) + ((1 - Decay) * now[i]);
            }

            float[] got = [.. averaged.Snapshot().State.Layers.SelectMany(l => l.Weights)];
            for (int i = 0; i < now.Length; i++)
            {
                Assert.That(got[i], Is.EqualTo(sum[i] / norm).Within(1e-5), $"step {step}, weight {i}");
            }

            foreach (float length in averaged.Snapshot().Dictionary.NormValues)
            {
                Assert.That(length, Is.EqualTo(1).Within(1e-5), "averaged atoms are scaled back to unit norm");
            }
        }

        SignalView Rows(int step)
        {
            ActivationSource source = World.Signals!;
            source.Position = step * 32;
            source.Read(batch);
            return SignalView.FromRows(batch.Signals, 6);
        }
    }

    [Test]
    public void Run_Averaged_TrainsAsWithout()
    {
        using var folder = new TemporaryFolder();
        float[] Plainly(TrainingOptions training)
        {
            // A checkpoint has the plain weights, whatever the snapshot shows.
            using MlpTrainer trainer = Trainer(training);
            trainer.Run(World.Signals);
            trainer.SaveCheckpoint(folder.File("c"));
            using SparseCoding.Formats.SafetensorsFile file = SparseCoding.Formats.SafetensorsFile.Open(folder.File("c"));
            return file.Get("decoder.atoms").ReadAllSingle();
        }

        Assert.That(Plainly(Plain with { AveragingDecay = 0.9f }), Is.EqualTo(Plainly(Plain)));
        Assert.That(Trained(Plain with { AveragingDecay = 0.9f }), Is.Not.EqualTo(Trained(Plain)));
    }

    [Test]
    public void Step_TwoEqualHalves_GivesTheBitsOfOneHalf()
    {
        using MlpTrainer one = Trainer(Plain), two = Trainer(Plain with { MicroBatches = 2 });
        for (int step = 0; step < 5; step++)
        {
            float[] half = [.. Enumerable.Range(0, 16 * 6).Select(i => MathF.Sin((i * 1.7f) + step))];
            one.Step(SignalView.FromRows(half, 6));
            two.Step(SignalView.FromRows((float[])[.. half, .. half], 6));
        }

        Assert.That(Weights(two.Snapshot()), Is.EqualTo(Weights(one.Snapshot())));
        Assert.That((two.StepCount, two.RowCount, one.RowCount), Is.EqualTo((5, 160, 80)));
    }

    [TestCase(3)]
    [TestCase(5)]
    [TestCase(32)]
    [TestCase(1000)]
    public void Run_InPieces_EqualsWholeBatchesUpToRounding(int pieces)
    {
        // An ε well above rounding, or Adam divides noise by noise.
        TrainingOptions training = Plain with { Optimizer = new AdamOptions { Epsilon = 1e-3f } };
        float[] whole = Trained(training), cut = Trained(training with { MicroBatches = pieces });
        for (int i = 0; i < whole.Length; i++)
        {
            Assert.That(cut[i], Is.EqualTo(whole[i]).Within(1e-5), $"weight {i}");
        }
    }

    [Test]
    public void Run_InPiecesWhereAllSignalsAreNeeded_IsRefusedByName()
    {
        var recipe = new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 12 }, Plain with { BatchSize = 0, MicroBatches = 2 });
        Assert.That(() => recipe.Fit(World.Signals), Throws.TypeOf<NotSupportedException>().With.Message.Contains("MicroBatches"));
    }

    [Test]
    public void AtomRateFactor_OneStepBySigns_MovesAtomsByTheProductAndTheRestByTheRate()
    {
        const float Rate = 1f / 64, Factor = 4;
        var options = new SaeOptions { AtomCount = 12, Selection = Selection.TopK(3), Decoder = new LinearDecoderOptions { UnitNorm = false } };
        (float[] Atoms, float[] Encoder) Weights(long steps, float factor)
        {
            var training = new TrainingOptions { Steps = steps, BatchSize = 0, LearningRate = Rate, Optimizer = new SignumOptions { Momentum = 0 }, AtomRateFactor = factor, Seed = 3 };
            SaeEncoder sae = new SaeEncoder(options, training).Fit(World.Signals);
            return ([.. sae.Dictionary.AtomValues], [.. sae.State.AsNetwork().Layers.SelectMany(layer => layer.Weights)]);
        }

        (float[] atoms, float[] encoder) = Weights(0, Factor);
        (float[] moved, float[] stepped) = Weights(1, Factor);
        (float[] plain, float[] steppedPlainly) = Weights(1, 1);
        Assert.That(stepped, Is.EqualTo(steppedPlainly));
        Assert.That(stepped, Is.Not.EqualTo(encoder));
        for (int i = 0; i < atoms.Length; i++)
        {
            Assert.That(moved[i] - atoms[i], Is.EqualTo(Factor * (plain[i] - atoms[i])).Within(1e-6), $"{i}");
        }

        Assert.That(plain, Is.Not.EqualTo(atoms));
    }

    [Test]
    public void AtomRateFactor_WhereAtomsAreNoParameters_IsRefusedByName()
    {
        var training = new TrainingOptions { AtomRateFactor = 2 };
        foreach (SaeDecoderOptions decoder in (SaeDecoderOptions[])[new ArchetypalDecoderOptions(), new PolynomialDecoderOptions()])
        {
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 4, Decoder = decoder }, training), Throws.TypeOf<NotSupportedException>().With.Message.Contains("AtomRateFactor = 2"));
        }

        Assert.That(() => new TrainingOptions { AtomRateFactor = 0 }, Throws.InstanceOf<ArgumentException>());
    }
}
