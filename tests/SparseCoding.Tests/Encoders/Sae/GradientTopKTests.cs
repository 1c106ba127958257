namespace SparseCoding.Tests;

/// <summary>Gradients of a downstream loss, from a source to the selection; and what is said where there are none.</summary>
[TestFixture]
internal sealed class GradientTopKTests
{
    private const int Dimension = 32, Samples = 1536;

    /// <summary>
    /// Loud features that nothing reads and quiet ones that a head does (seed system 1.2 at a small size): with the gradient of the head's loss, the codes keep more
    /// of what it reads.
    /// </summary>
    [Test]
    public void Fit_WithTheGradientsOfAHead_KeepsWhatTheHeadReads()
    {
        var random = new Random(2);
        var signals = new float[Samples, Dimension];
        var gradients = new float[Samples * Dimension];
        for (int row = 0; row < Samples; row++)
        {
            // Orthogonal features: the first half loud, the second quiet. The head's loss is half the square of what it reads, the quiet half.
            for (int active = 0; active < 4; active++)
            {
                int loud = random.Next(Dimension / 2), quiet = (Dimension / 2) + random.Next(Dimension / 2);
                signals[row, loud] = 2 + (float)random.NextDouble();
                signals[row, quiet] = 0.5f + (float)random.NextDouble();
            }

            for (int j = Dimension / 2; j < Dimension; j++)
            {
                gradients[(row * Dimension) + j] = signals[row, j];
            }
        }

        double Missed(float beta)
        {
            var recipe = new SaeEncoder(
                new SaeOptions { AtomCount = Dimension, Selection = new GradientTopKSelection(4) { Beta = beta } },
                new TrainingOptions { Steps = 1200, BatchSize = 128, LearningRate = 5e-3f });
            SaeEncoder sae = recipe.Fit(new SourceWithGradients(signals, gradients));
            float[] decoded = new float[Samples * Dimension];
            var given = new float[Samples, Dimension];
            Buffer.BlockCopy(gradients, 0, given, 0, gradients.Length * sizeof(float));
            sae.Decoder.Decode(sae.EncodeWithGradients(signals, given)).FlattenTo(decoded);
            double missed = 0, total = 0;
            for (int row = 0; row < Samples; row++)
            {
                for (int j = Dimension / 2; j < Dimension; j++)
                {
                    missed += Math.Pow(signals[row, j] - decoded[(row * Dimension) + j], 2);
                    total += Math.Pow(signals[row, j], 2);
                }
            }

            return missed / total;
        }

        double plain = Missed(0), aware = Missed(4);
        TestContext.Out.WriteLine(FormattableString.Invariant($"missed of what is read: TopK {plain:0.000}, gradient-aware {aware:0.000}"));
        Assert.That(aware, Is.LessThan(0.8 * plain));
    }

    [Test]
    public void Fit_WithoutGradients_IsRefusedByName()
    {
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = new GradientTopKSelection(2) }, new TrainingOptions { Steps = 1 });
        Assert.That(() => recipe.Fit(new float[5, 4]), Throws.InvalidOperationException.With.Message.Contains("SignalBatch.Gradients"));
    }

    [Test]
    public void EncodeDetailed_SaysThatItHadNoGradients()
    {
        var signals = new float[6, 4];
        signals[0, 1] = 1;
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = new GradientTopKSelection(2) }, new TrainingOptions { Steps = 1 })
            .Fit(new SourceWithGradients(signals, new float[24]));
        SaeEncoder plain = new SaeEncoder(new SaeOptions { AtomCount = 8 }, new TrainingOptions { Steps = 1 }).Fit(signals);
        Assert.That(sae.EncodeDetailed(signals).Remark, Does.Contain("no gradients"));
        Assert.That(plain.EncodeDetailed(signals).Remark, Is.Null);
        Assert.That(() => plain.EncodeWithGradients(signals, signals), Throws.InstanceOf<NotSupportedException>());
        Assert.That(() => sae.EncodeWithGradients(signals, new float[2, 4]), Throws.ArgumentException.With.Message.Contains("2 rows"));
    }

    private sealed class SourceWithGradients(float[,] signals, float[] gradients) : ActivationSource
    {
        public override int Dimension => signals.GetLength(1);

        public override long RowCount => signals.GetLength(0);

        public override long Position { get; set; }

        public override bool IsInMemory => true;

        public override void Read(SignalBatch batch)
        {
            int count = (int)Math.Min(batch.Capacity, RowCount - Position);
            Gather([.. Enumerable.Range(0, count).Select(i => Position + i)], batch);
            Position += count;
        }

        public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
        {
            batch.Count = rows.Length;
            batch.Gradients ??= new float[batch.Capacity * Dimension];
            for (int i = 0; i < rows.Length; i++)
            {
                batch.RowIds[i] = rows[i];
                for (int j = 0; j < Dimension; j++)
                {
                    batch.Signals[(i * Dimension) + j] = signals[rows[i], j];
                    batch.Gradients[(i * Dimension) + j] = gradients[(rows[i] * Dimension) + j];
                }
            }
        }
    }
}
