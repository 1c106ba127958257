using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// How well each latent tells classes apart (the measure of PolySAE, arXiv 2602.01322): the 1-D Wasserstein distance ∫|F_a − F_b| of the latent's values in two classes, averaged over the pairs of classes. Zeros count
/// as values. In units of the codes: compare encoders only after scaling, for which <see cref="Normalized"/> divides by the latent's standard deviation.
/// </summary>
public sealed record ClassWasserstein
{
    private readonly double[] _distances;
    private readonly double[] _normalized;

    private ClassWasserstein(double[] distances, double[] normalized) => (_distances, _normalized) = (distances, normalized);

    /// <summary>Distance of each latent, [atoms]; 0 for one that never fires.</summary>
    public ReadOnlySpan<double> Distances => _distances;

    /// <summary>The same divided by the latent's standard deviation over all samples, [atoms]; 0 for one of no variance.</summary>
    public ReadOnlySpan<double> Normalized => _normalized;

    /// <summary>Mean over latents.</summary>
    public double Mean => _distances.Average();

    /// <summary>Mean over latents of <see cref="Normalized"/>.</summary>
    public double MeanNormalized => _normalized.Average();

    /// <summary>Measures codes. Cost: sorts the non-zero entries of every latent, and one sweep over them for each pair of classes.</summary>
    /// <param name="codes">Codes, [samples, atoms], of any sign.</param>
    /// <param name="labels">Class of each sample, [samples]; classes without samples play no part.</param>
    /// <exception cref="ArgumentException">Another number of labels, or fewer than two classes with samples.</exception>
    public static ClassWasserstein Measure(SparseCodes codes, RowLabels labels)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(labels);
        int rows = codes.RowCount;
        if (labels.RowCount != rows)
        {
            Throw.Argument($"labels has {labels.RowCount} entries, but codes has {rows} rows.", nameof(labels));
        }

        int[] classes = [.. labels.Labels.ToArray().Distinct().Order()];
        if (classes.Length < 2)
        {
            Throw.Argument($"labels holds {classes.Length} classes; a distance between classes needs two.", nameof(labels));
        }

        var sizes = new int[classes.Length];
        var values = new List<(float Value, int Class)>[codes.AtomCount];
        for (int row = 0; row < rows; row++)
        {
            int label = classes.AsSpan().BinarySearch(labels.Labels[row]);
            sizes[label]++;
            SparseRow code = codes[row];
            for (int i = 0; i < code.Count; i++)
            {
                (values[code.Atoms[i]] ??= []).Add((code.Values[i], label));
            }
        }

        double[] distances = new double[codes.AtomCount], normalized = new double[codes.AtomCount];
        for (int atom = 0; atom < distances.Length; atom++)
        {
            if (values[atom] is { } entries)
            {
                distances[atom] = MeanDistance(entries, sizes);
                double mean = entries.Sum(e => (double)e.Value) / rows;
                double variance = (entries.Sum(e => (e.Value - mean) * (e.Value - mean)) + ((rows - entries.Count) * mean * mean)) / rows;
                normalized[atom] = variance > 0 ? distances[atom] / Math.Sqrt(variance) : 0;
            }
        }

        return new ClassWasserstein(distances, normalized);
    }

    /// <summary>Σ over pairs of ∫|F_a − F_b| dv: both distribution functions are steps that change at the entries and, by the classes' zeros, at 0.</summary>
    private static double MeanDistance(List<(float Value, int Class)> entries, int[] sizes)
    {
        var zeros = (int[])sizes.Clone();
        foreach ((float Value, int Class) entry in entries)
        {
            zeros[entry.Class]--;
        }

        List<(float Value, int Class, int Count)> steps = [.. entries.Select(e => (e.Value, e.Class, 1)), .. zeros.Select((count, label) => (0f, label, count))];
        steps.Sort((a, b) => a.Value.CompareTo(b.Value));
        var below = new double[sizes.Length];
        double total = 0, previous = steps[0].Value;
        foreach ((float value, int label, int count) in steps)
        {
            double width = value - previous;
            for (int a = 0; width > 0 && a < below.Length; a++)
            {
                for (int b = 0; b < a; b++)
                {
                    total += width * Math.Abs(below[a] - below[b]);
                }
            }

            previous = value;
            below[label] += (double)count / sizes[label];
        }

        return total / (sizes.Length * (sizes.Length - 1) / 2);
    }
}
