using System.Numerics.Tensors;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// How much the atoms of a dictionary resemble each other: |cosine| off the diagonal, and the weight analysis D Dᵀ of O'Neill and Klindt
/// (2024, figures 9 to 11). Streams in row blocks: memory [256, atoms].
/// </summary>
public sealed record CoherenceMetrics
{
    private const int BlockRows = 256;

    /// <summary>Mutual coherence: the greatest |cosine| of two different atoms; 0 for a single atom.</summary>
    public required double Maximum { get; init; }

    /// <summary>Mean |cosine| over all pairs of different atoms; 0 for a single atom.</summary>
    public required double Mean { get; init; }

    /// <summary>The two atoms that attain <see cref="Maximum"/>, the lowest on a tie; (0, 0) for a single atom.</summary>
    public required (int First, int Second) Pair { get; init; }

    /// <summary>Mean over rows of the off-diagonal mass of the row-wise softmax of D Dᵀ (atoms as they are, not normalised), 0 to 1: near 0 when each atom is like itself only.</summary>
    public required double SoftmaxOffDiagonal { get; init; }

    /// <summary>Measures the atoms of a dictionary. Atoms of norm 0 have cosine 0 with all.</summary>
    /// <param name="dictionary">Dictionary, [atoms, dimension].</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    public static CoherenceMetrics Measure(IDictionary dictionary, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        int dimension = dictionary.OutputDimension, count = dictionary.AtomCount;
        float[] atoms = Similarity.Atoms(dictionary), unit = Similarity.Unit(atoms, dimension);
        double maximum = 0, sum = 0, offDiagonal = 0;
        (int, int) pair = (0, 0);
        Stream(unit, dimension, (i, row) =>
        {
            row[i] = 0;
            for (int j = 0; j < row.Length; j++)
            {
                double cosine = Math.Min(1, Math.Abs((double)row[j]));
                sum += cosine;
                if (cosine > maximum)
                {
                    (maximum, pair) = (cosine, (Math.Min(i, j), Math.Max(i, j)));
                }
            }
        }, cancellationToken);
        Stream(atoms, dimension, (i, row) =>
        {
            TensorPrimitives.SoftMax<float>(row, row);
            offDiagonal += 1 - row[i];
        }, cancellationToken);
        return new CoherenceMetrics
        {
            Maximum = maximum,
            Mean = count > 1 ? sum / ((double)count * (count - 1)) : 0,
            Pair = pair,
            SoftmaxOffDiagonal = offDiagonal / count,
        };
    }

    /// <summary>D Dᵀ of the atoms as they are, or its row-wise softmax as the paper's heat maps show it.</summary>
    /// <param name="dictionary">Dictionary, [atoms, dimension].</param>
    /// <param name="softmax">Whether each row goes through exp(g_ij) / Σ_k exp(g_ik).</param>
    /// <param name="cancellationToken">Stops between blocks of atoms.</param>
    /// <returns>[atoms, atoms].</returns>
    public static Tensor<float> WeightMap(IDictionary dictionary, bool softmax = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        int count = dictionary.AtomCount;
        var map = new float[checked((long)count * count)];
        Stream(Similarity.Atoms(dictionary), dictionary.OutputDimension, (i, row) =>
        {
            Span<float> target = map.AsSpan(i * count, count);
            row.CopyTo(target);
            if (softmax)
            {
                TensorPrimitives.SoftMax<float>(target, target);
            }
        }, cancellationToken);
        return Tensor.Create(map, [count, count]);
    }

    /// <summary>Number of atoms whose |cosine| with an earlier atom reaches the threshold.</summary>
    internal static int CountRepeats(float[] atoms, int dimension, double threshold, CancellationToken cancellation)
    {
        int repeats = 0;
        Stream(Similarity.Unit(atoms, dimension), dimension, (i, row) =>
        {
            // Float rounding of a unit product is below 1e-6.
            bool repeat = i > 0 && Math.Abs(TensorPrimitives.MaxMagnitude<float>(row[..i])) >= threshold - 1e-6;
            repeats += repeat ? 1 : 0;
        }, cancellation);
        return repeats;
    }

    private delegate void RowAction(int index, Span<float> row);

    private static void Stream(float[] atoms, int dimension, RowAction action, CancellationToken cancellation)
    {
        int count = atoms.Length / dimension;
        var block = new float[Math.Min(BlockRows, count) * count];
        for (int start = 0; start < count; start += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = Math.Min(BlockRows, count - start);
            Similarity.Products(atoms.AsSpan(start * dimension, rows * dimension), atoms, dimension, block.AsSpan(0, rows * count));
            for (int r = 0; r < rows; r++)
            {
                action(start + r, block.AsSpan(r * count, count));
            }
        }
    }
}
