using System.Numerics.Tensors;
using SparseCoding.Backends;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>Assignment of signals to centres and the centres' update, in a fixed order whatever the number of threads.</summary>
internal sealed class KMeansClusters : IDisposable
{
    private const int RowsPerTask = 64;

    /// <summary>Four units of rounding of a float: the error of a product and of the subtraction after it, for sums of random signs.</summary>
    private const double Rounding = 2.4e-7;
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
    /// Assigns each signal to the nearest centre, lower index on a tie. Scores come from a float product of what is left when the centres' mean is subtracted from both, so that data far
    /// from 0 lose nothing; centres that rounding cannot tell apart are compared in float64, and a signal leaves its cluster only for one that is nearer in float64: the inertia cannot rise by rounding.
    /// </summary>
    /// <param name="signals">Signals, [rows, dimension].</param>
    /// <param name="labels">Cluster of each row, −1 for none yet; replaced.</param>
    /// <param name="distances">Receives ‖x − c‖², [rows].</param>
    /// <param name="cancellationToken">Looked at for each block.</param>
    /// <returns>How many signals changed their cluster.</returns>
    public int Assign(ReadOnlyMemory<float> signals, int[] labels, double[] distances, CancellationToken cancellationToken)
    {
        int rows = signals.Length / Dimension, blockRows = (int)Math.Clamp((1L << 21) / Count, RowsPerTask, 2048), changed = 0;
        float[] pivot = Pivot(), shifted = Shift(Centres, pivot);
        _backend.Write(_centres, 0, shifted);
        double longest = 0;
        for (int k = 0; k < Count; k++)
        {
            double square = Signals.SquaredNorm(shifted.AsSpan(k * Dimension, Dimension));
            _halfSquares[k] = (float)(0.5 * square);
            longest = Math.Max(longest, square);
        }

        longest = Math.Sqrt(longest);

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
                _backend.Write(x, 0, Shift(signals.Span.Slice(first * Dimension, count * Dimension), pivot));
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
                    int label = labels[start + row];
                    (int best, double distance) = Nearest(signal, _scores.AsSpan(row * Count, Count), pivot, longest);
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

    /// <summary>argmax of x·c − ½‖c‖²; centres whose scores are within the rounding of the product are compared by their distances.</summary>
    private (int Best, double Distance) Nearest(ReadOnlySpan<float> signal, ReadOnlySpan<float> scores, float[] pivot, double longest)
    {
        float most = float.NegativeInfinity;
        for (int k = 0; k < scores.Length; k++)
        {
            most = Math.Max(most, scores[k] - _halfSquares[k]);
        }

        double bound = Rounding * Math.Sqrt(Dimension) * longest * (Math.Sqrt(SquaredDistance(signal, pivot)) + longest);
        int best = -1;
        double distance = double.PositiveInfinity;
        for (int k = 0; k < scores.Length; k++)
        {
            if (scores[k] - _halfSquares[k] >= most - bound && Distance(signal, k) is var own && own < distance)
            {
                (best, distance) = (k, own);
            }
        }

        return (best, distance);
    }

    /// <summary>Mean of the centres, [dimension].</summary>
    private float[] Pivot()
    {
        var sum = new double[Dimension];
        for (int i = 0; i < Centres.Length; i++)
        {
            sum[i % Dimension] += Centres[i];
        }

        return Array.ConvertAll(sum, value => (float)(value / Count));
    }

    private float[] Shift(ReadOnlySpan<float> rows, float[] pivot)
    {
        var shifted = new float[rows.Length];
        for (int start = 0; start < rows.Length; start += Dimension)
        {
            TensorPrimitives.Subtract(rows.Slice(start, Dimension), pivot, shifted.AsSpan(start, Dimension));
        }

        return shifted;
    }
}
