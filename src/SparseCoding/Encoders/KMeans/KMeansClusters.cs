using System.Numerics.Tensors;
using SparseCoding.Backends;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>Assignment of signals to centres and the centres' update, in a fixed order whatever the number of threads.</summary>
internal sealed class KMeansClusters : IDisposable
{
    private const int RowsPerTask = 64;
    private readonly Backend _backend;
    private readonly int _threads;
    private readonly DeviceMatrix _centres;
    private readonly float[] _halfSquares;
    private float[] _scores = [];

    /// <summary>Takes memory for centres [count, dimension].</summary>
    public KMeansClusters(Backend backend, int threads, int count, int dimension)
    {
        (_backend, _threads, Count, Dimension) = (backend, threads, count, dimension);
        _centres = backend.Allocate(count, dimension);
        _halfSquares = new float[count];
        Centres = new float[count * dimension];
    }

    /// <summary>Number K of centres.</summary>
    public int Count { get; }

    /// <summary>Dimension M.</summary>
    public int Dimension { get; }

    /// <summary>The centres, [count, dimension]; the caller may write them.</summary>
    public float[] Centres { get; }

    /// <summary>
    /// Assigns each signal to the nearest centre, lower index on a tie. Scores come from a float product; a signal leaves the cluster that it has only for a centre
    /// that is nearer in float64, so that the inertia cannot rise by rounding.
    /// </summary>
    /// <param name="signals">Signals, [rows, dimension].</param>
    /// <param name="labels">Cluster of each row, −1 for none yet; replaced.</param>
    /// <param name="distances">Receives ‖x − c‖², [rows].</param>
    /// <param name="cancellationToken">Looked at for each block.</param>
    /// <returns>How many signals changed their cluster.</returns>
    public int Assign(ReadOnlyMemory<float> signals, int[] labels, double[] distances, CancellationToken cancellationToken)
    {
        int rows = signals.Length / Dimension, blockRows = (int)Math.Clamp((1L << 21) / Count, RowsPerTask, 2048), changed = 0;
        _backend.Write(_centres, 0, Centres);
        for (int k = 0; k < Count; k++)
        {
            _halfSquares[k] = (float)(0.5 * Signals.SquaredNorm(Centres.AsSpan(k * Dimension, Dimension)));
        }

        for (int first = 0; first < rows; first += blockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(blockRows, rows - first), start = first;
            if (_scores.Length < count * Count)
            {
                _scores = new float[count * Count];
            }

            using (DeviceMatrix x = _backend.Allocate(count, Dimension))
            using (DeviceMatrix scores = _backend.Allocate(count, Count))
            {
                _backend.Write(x, 0, signals.Span.Slice(first * Dimension, count * Dimension));
                _backend.Product(x, false, _centres, true, scores, ProductEpilogue.None);
                _backend.Read(scores, 0, _scores.AsSpan(0, count * Count));
            }

            int blocks = ParallelBlocks.Count(count, RowsPerTask);
            var moved = new int[blocks];
            ParallelBlocks.Run(blocks, (long)count * Count < 1 << 18 ? 1 : _threads, block =>
            {
                for (int row = block * RowsPerTask; row < Math.Min(count, (block + 1) * RowsPerTask); row++)
                {
                    ReadOnlySpan<float> signal = signals.Span.Slice((start + row) * Dimension, Dimension);
                    int label = labels[start + row], best = Nearest(_scores.AsSpan(row * Count, Count));
                    double distance = Distance(signal, best);
                    if (label >= 0 && label != best && Distance(signal, label) is var own && own <= distance)
                    {
                        (best, distance) = (label, own);
                    }

                    moved[block] += best == label ? 0 : 1;
                    (labels[start + row], distances[start + row]) = (best, distance);
                }
            });
            changed += moved.Sum();
        }

        return changed;
    }

    /// <summary>
    /// A cluster without signals takes the signal farthest from its own centre, the earlier on a tie, of those that differ from their centre and do not leave their
    /// cluster empty; empty clusters in ascending order. Where there is none its centre stays.
    /// </summary>
    public void FillEmpty(int[] labels, double[] distances)
    {
        var counts = new int[Count];
        foreach (int label in labels)
        {
            counts[label]++;
        }

        for (int k = 0; k < Count; k++)
        {
            if (counts[k] > 0)
            {
                continue;
            }

            int farthest = -1;
            for (int row = 0; row < labels.Length; row++)
            {
                if (distances[row] > (farthest < 0 ? 0 : distances[farthest]) && counts[labels[row]] > 1)
                {
                    farthest = row;
                }
            }

            if (farthest < 0)
            {
                return;
            }

            counts[labels[farthest]]--;
            (labels[farthest], distances[farthest], counts[k]) = (k, 0, 1);
        }
    }

    /// <summary>Centres become the means of their signals, summed in float64 in ascending rows (spherical: scaled to norm 1); an empty one stays. The squared movement of all.</summary>
    public double Update(ReadOnlyMemory<float> signals, int[] labels, bool spherical)
    {
        var starts = new int[Count + 1];
        foreach (int label in labels)
        {
            starts[label + 1]++;
        }

        for (int k = 0; k < Count; k++)
        {
            starts[k + 1] += starts[k];
        }

        int[] next = starts[..Count], order = new int[labels.Length];
        for (int row = 0; row < labels.Length; row++)
        {
            order[next[labels[row]]++] = row;
        }

        var moved = new double[Count];
        ParallelBlocks.Run(Count, (long)labels.Length * Dimension < 1 << 18 ? 1 : _threads, k =>
        {
            if (starts[k] == starts[k + 1])
            {
                return;
            }

            var sum = new double[Dimension];
            for (int i = starts[k]; i < starts[k + 1]; i++)
            {
                ReadOnlySpan<float> signal = signals.Span.Slice(order[i] * Dimension, Dimension);
                for (int j = 0; j < sum.Length; j++)
                {
                    sum[j] += signal[j];
                }
            }

            moved[k] = Replace(k, sum, spherical ? TensorPrimitives.Norm<double>(sum) : starts[k + 1] - starts[k]);
        });
        return moved.Sum();
    }

    /// <summary>Centre k becomes values / divisor; it stays where the divisor is 0. Its squared movement.</summary>
    public double Replace(int k, ReadOnlySpan<double> values, double divisor)
    {
        double moved = 0;
        Span<float> centre = Centres.AsSpan(k * Dimension, Dimension);
        for (int j = 0; j < centre.Length && divisor > 0; j++)
        {
            float value = (float)(values[j] / divisor);
            moved += ((double)value - centre[j]) * ((double)value - centre[j]);
            centre[j] = value;
        }

        return moved;
    }

    /// <inheritdoc/>
    public void Dispose() => _centres.Dispose();

    /// <summary>‖a − b‖² in float64.</summary>
    public static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    private double Distance(ReadOnlySpan<float> signal, int k) => SquaredDistance(signal, Centres.AsSpan(k * Dimension, Dimension));

    /// <summary>argmax of x·c − ½‖c‖².</summary>
    private int Nearest(ReadOnlySpan<float> scores)
    {
        int best = 0;
        float most = scores[0] - _halfSquares[0];
        for (int k = 1; k < scores.Length; k++)
        {
            float score = scores[k] - _halfSquares[k];
            if (score > most)
            {
                (best, most) = (k, score);
            }
        }

        return best;
    }
}
