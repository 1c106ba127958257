using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>Sizes of the comparison, and the trainers and signals of this side.</summary>
internal sealed record SaeSpeedCase(int Dimension, int Atoms, int Active, int Batch)
{
    /// <summary>Batches that the steps go through in turn.</summary>
    private const int Batches = 4;

    /// <summary>Floating-point operations of the one dense product of a TopK step.</summary>
    public double ProductFlops => 2.0 * Batch * Dimension * Atoms;

    /// <summary>Bytes of one read and one write of both weight matrices and their two moments.</summary>
    public long StateBytes => 2L * 2 * 3 * sizeof(float) * Dimension * Atoms;

    /// <summary>Signals [4 batches, dimension]: sums of eight of 512 directions with noise, so that codes differ in use as real ones do.</summary>
    public float[] Signals()
    {
        var random = new RandomStream(1, "benchmark.sae.speed");
        var directions = new float[512 * Dimension];
        random.FillNormal(directions);
        var signals = new float[Batches * Batch * Dimension];
        random.FillNormal(signals, 0.5);
        for (int row = 0; row < Batches * Batch; row++)
        {
            Span<float> signal = signals.AsSpan(row * Dimension, Dimension);
            for (int i = 0; i < 8; i++)
            {
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(
                    directions.AsSpan(random.NextInt(512) * Dimension, Dimension), 0.2f + (float)random.NextDouble(), signal, signal);
            }
        }

        return signals;
    }

    /// <summary>The batches as the trainer takes them.</summary>
    public SignalBatch[] Cut(float[] signals)
    {
        var batches = new SignalBatch[Batches];
        for (int i = 0; i < Batches; i++)
        {
            batches[i] = new SignalBatch(Batch, Dimension) { Count = Batch };
            signals.AsSpan(i * Batch * Dimension, Batch * Dimension).CopyTo(batches[i].Signals);
        }

        return batches;
    }

    /// <summary>The recipe that the script has too: Adam at 1e-3, unit norm after each step, no projection, tied start.</summary>
    public SaeEncoder Recipe(Selection selection) =>
        new(
            new SaeOptions { AtomCount = Atoms, Selection = selection },
            new TrainingOptions { LearningRate = 1e-3f, Optimizer = new AdamOptions { Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f }, ProjectAtomGradients = false, Lambda = selection is ReluSelection ? 0.05f : null });
}
