using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>Gradients of a downstream loss, from a source to the selection; and what is said where there are none.</summary>
[TestFixture]
internal sealed class GradientTopKTests
{
    /// <summary>On the identity the score is z(1 + β|g|/mean): a loud entry that nothing reads gives way to a quiet one that the loss feels, and values stay z.</summary>
    [Test]
    public void EncodeWithGradients_OnTheIdentity_TakesTheLargestScores()
    {
        const int Size = 5;
        var identity = new float[Size * Size];
        for (int i = 0; i < Size; i++)
        {
            identity[(i * Size) + i] = 1;
        }

        var selection = new GradientTopKSelection(2) { Beta = 0.5f };
        var state = new SaeState
        {
            Encoder = new LinearLayer(Size, Size, identity, null),
            Selection = selection,
            Decoder = new AtomDictionary(identity, Size),
            Vectors = new Dictionary<string, float[]> { [GradientTopKSelection.MeanName] = [2, 2, 2, 2, 2] },
        };
        var sae = new SaeEncoder(new SaeOptions { AtomCount = Size, Selection = selection, Bias = false }, null, state, null);
        var signals = new float[,] { { 3, 1, 2, -4, 0.5f } };

        // Scores: 3, 1 · (1 + 0.5 · 12 / 2) = 4, 2 · (1 + 0.5 · 8 / 2) = 6, none, 0.5 · (1 + 0.5 · 8 / 2) = 1.5.
        SparseRow row = sae.EncodeWithGradients(signals, new float[,] { { 0, -12, 8, 100, 8 } })[0];
        Assert.That(row.Atoms.ToArray(), Is.EqualTo([1, 2]));
        Assert.That(row.Values.ToArray(), Is.EqualTo([1f, 2f]));
        Assert.That(sae.Encode(signals)[0].Atoms.ToArray(), Is.EqualTo([0, 2]));
    }

    /// <summary>A source with gradients trains to the end, and the score of training is that of encoding: the mean of |d·g| is in the file.</summary>
    [Test]
    public void Fit_OnASourceWithGradients_KeepsTheirMean()
    {
        var random = new Random(2);
        var signals = new float[200, 6];
        var gradients = new float[1200];
        for (int i = 0; i < gradients.Length; i++)
        {
            signals[i / 6, i % 6] = (float)random.NextDouble() - 0.5f;
            gradients[i] = 10 * signals[i / 6, i % 6];
        }

        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "sae");
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 8, Selection = new GradientTopKSelection(2) }, new TrainingOptions { Steps = 40, BatchSize = 50 }).Fit(new SourceWithGradients(signals, gradients));
        sae.Save(path);
        SaeEncoder again = SaeEncoder.Load(path);
        float mean = again.State.Vectors[GradientTopKSelection.MeanName][0];
        var given = new float[200, 6];
        Buffer.BlockCopy(gradients, 0, given, 0, gradients.Length * sizeof(float));
        Assert.That(mean, Is.InRange(1, 10));
        Assert.That(again.EncodeWithGradients(signals, given).Values.ToArray(), Is.EqualTo(sae.EncodeWithGradients(signals, given).Values.ToArray()));
        Assert.That(again.EncodeWithGradients(signals, given).Atoms.ToArray(), Is.Not.EqualTo(again.Encode(signals).Atoms.ToArray()));
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
